/* checkpoint.safetensors: all that a run needs to go on as if it had never stopped. */
#ifndef LB_RUN_CHECKPOINT_H
#define LB_RUN_CHECKPOINT_H

#include "train/trainer.h"

/** Where a run stands. Holds nothing that depends on time, so that equal runs give equal files. */
struct lb_position {
    enum lb_phase phase;
    int step; ///< steps done in this phase
    bool finished;
    int metrics_lines; ///< lines of metrics.csv, the header included
    int skipped;       ///< steps left out, see lb_train_params.skip_nonfinite
};

/** Writes weights, moments, the started logging interval and the position, unless a weight is not
 * finite (LB_ERR_NUMERIC; the older checkpoint stays). */
enum lb_status lb_checkpoint_write(struct lb_trainer *trainer, const struct lb_position *position,
                                   const char *run);

/** LB_ERR_FORMAT if the file is damaged or of another network. */
enum lb_status lb_checkpoint_read(struct lb_trainer *trainer, struct lb_position *position,
                                  const char *run);

/** Whether there is one to read; LB_ERR_MEMORY. */
enum lb_status lb_checkpoint_find(struct lb_context *ctx, const char *run, bool *found);

#endif
