/* checkpoint.safetensors: all that a run needs to go on as if it had never stopped. Of the training
 * of its projection the same is in projection-checkpoint.safetensors. */
#ifndef LB_RUN_CHECKPOINT_H
#define LB_RUN_CHECKPOINT_H

#include <lowbend/train.h>

#include "loss/loss.h"
#include "nn/network.h"
#include "optim/update_rule.h"

/** Where a run stands. Holds nothing that depends on time, so that equal runs give equal files. */
struct lb_position {
    enum lb_phase phase;
    int step; ///< steps done in this phase
    bool finished;
    int metrics_lines; ///< lines of metrics.csv, the header included
    int skipped;       ///< steps left out, see lb_train_params.skip_nonfinite
};

/** A network that is trained: its parameters and moments go to NAME.parameters, NAME.moment1 and
 * NAME.moment2, the mean of its weights and the number of steps in it, if one is kept, to
 * NAME.average and NAME.averaged, its output mean, if it has one, to NAME.output_mean. */
struct lb_checkpoint_network {
    const char *name;
    struct lb_network *network; ///< NULL: there is none, and nothing of it in the file
    struct lb_update_rule *rule;
};

/** The numbers of each step of the logging interval that has begun, for interval.NAME. */
struct lb_checkpoint_history {
    const char *name;
    const struct lb_loss *loss; ///< whose first log_every slots they are
};

enum { LB_CHECKPOINT_MAX_NETWORKS = 4, LB_CHECKPOINT_MAX_HISTORIES = 4 };

/** What a checkpoint is taken of, and what it is put back into. */
struct lb_checkpoint {
    struct lb_device *device;
    const struct lb_train_params *params; ///< resolved
    /** In the order of the file. The first one's normalisation is in the file, too. */
    struct lb_checkpoint_network networks[LB_CHECKPOINT_MAX_NETWORKS];
    size_t network_count;
    struct lb_checkpoint_history histories[LB_CHECKPOINT_MAX_HISTORIES];
    size_t history_count;
    /** NULL: of the run itself. Else of its projection, with all that decides what that becomes. */
    const char *projection;
};

/** Writes weights, moments, the interval's histories and the position, unless a weight or a moment
 * is not finite (LB_ERR_NUMERIC; the older checkpoint stays). */
enum lb_status lb_checkpoint_write(const struct lb_checkpoint *checkpoint,
                                   const struct lb_position *position, const char *run);

/** LB_ERR_FORMAT if the file is damaged or of another network; LB_ERR_ARGUMENT if it is of another
 * projection. */
enum lb_status lb_checkpoint_read(const struct lb_checkpoint *checkpoint,
                                  struct lb_position *position, const char *run);

/** The position alone, for which no device is needed. LB_ERR_FORMAT, LB_ERR_NOT_FOUND. */
enum lb_status lb_checkpoint_read_position(struct lb_context *ctx,
                                           const struct lb_train_params *params,
                                           struct lb_position *position, const char *run);

/** Whether there is one of the run to read; LB_ERR_MEMORY. */
enum lb_status lb_checkpoint_find(struct lb_context *ctx, const char *run, bool *found);

#endif
