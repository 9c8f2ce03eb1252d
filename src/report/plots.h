/* The charts of a run as descriptions, which pictures and pages draw alike. */
#ifndef LB_REPORT_PLOTS_H
#define LB_REPORT_PLOTS_H

#include <lowbend/dataset.h>
#include <lowbend/evaluate.h>
#include <lowbend/train.h>

#include "draw/plot.h"

/** Receives the charts of a figure one after another; they are gone when it returns. */
typedef enum lb_status (*lb_plot_fn)(void *user, const struct lb_plot *plot);

/** Histogram of the singular values; perfect up to scale if all are equal. */
enum lb_status lb_plot_singular_values(const struct lb_evaluation *evaluation, lb_plot_fn draw,
                                       void *user);

/** Latent against true distances, and their ratio; `info` tells the ideal curve. */
enum lb_status lb_plot_distances(struct lb_context *ctx, const struct lb_evaluation *evaluation,
                                 const struct lb_dataset_info *info, double epsilon,
                                 lb_plot_fn draw, void *user);

/** Errors of interpolated images, unless all are unknown, and of latent midpoints, over d. */
enum lb_status lb_plot_interpolation_error(struct lb_context *ctx,
                                           const struct lb_evaluation *evaluation, double epsilon,
                                           lb_plot_fn draw, void *user);

/**
 * The curves of RUN/metrics.csv as far as it goes: of the encoder unless the run is plain, of the
 * decoder once it has lines. `minimum`: E*, NAN where unknown. LB_ERR_NOT_FOUND without the file.
 */
enum lb_status lb_plot_loss(struct lb_context *ctx, const char *run,
                            const struct lb_train_params *params, double minimum, lb_plot_fn draw,
                            void *user);

/** Draws charts side by side: `user` of lb_panels_draw(). */
struct lb_panels {
    struct lb_canvas *canvas;
    struct lb_rect next; ///< where the next chart goes
};
enum lb_status lb_panels_draw(void *panels, const struct lb_plot *plot);

/** Counts charts: `user` is an int. */
enum lb_status lb_panels_count(void *count, const struct lb_plot *plot);

#endif
