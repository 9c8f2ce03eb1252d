/* Training curves for pictures and reports. */
#ifndef LB_REPORT_LOSS_PICTURE_H
#define LB_REPORT_LOSS_PICTURE_H

#include <lowbend/train.h>

#include "report/panels.h"
#include "run/run.h"

/**
 * Curves of RUN/metrics.csv so far: of the encoder unless the run is plain, of the decoder once it
 * has lines. `minimum`: E*, NAN if unknown. LB_ERR_NOT_FOUND without the file.
 */
enum lb_status lb_plot_loss(struct lb_context *ctx, const char *run,
                            const struct lb_train_params *params, double minimum, lb_plot_fn draw,
                            void *user);

/** loss.png from metrics.csv. */
enum lb_status lb_picture_loss(struct lb_run *run);

#endif
