/* checkpoint.safetensors: everything a run needs to continue as if never stopped.
 * projection-checkpoint.safetensors holds the same for the training of its projection. */
#ifndef LB_RUN_CHECKPOINT_H
#define LB_RUN_CHECKPOINT_H

#include <lowbend/train.h>

#include "loss/loss.h"
#include "nn/network.h"
#include "optim/update_rule.h"

/** Position of a run. Contains nothing that depends on time, so that equal runs give equal
 * files. */
struct lb_position {
    enum lb_phase phase;
    int step; ///< steps done in this phase
    bool finished;
    int metrics_lines; ///< lines of metrics.csv including the header
    int skipped;       ///< skipped steps, see lb_train_params.skip_nonfinite
};

/** A network in training: its parameters and moments are stored in NAME.parameters, NAME.moment1
 * and NAME.moment2; the running mean of its weights and its number of steps, if any, in
 * NAME.average and NAME.averaged; its output mean, if any, in NAME.output_mean. */
struct lb_checkpoint_network {
    const char *name;
    struct lb_network *network; ///< NULL: not stored
    struct lb_update_rule *rule;
};

/** Per-step numbers of the present logging interval, stored in interval.NAME. */
struct lb_checkpoint_history {
    const char *name;
    const struct lb_loss *loss; ///< the loss whose first log_every slots are stored
};

enum { LB_CHECKPOINT_MAX_NETWORKS = 4, LB_CHECKPOINT_MAX_HISTORIES = 4 };

/** Objects that a checkpoint saves and restores. */
struct lb_checkpoint {
    struct lb_device *device;
    const struct lb_train_params *params; ///< resolved
    /** In file order. The normalisation of the first one is stored too. */
    struct lb_checkpoint_network networks[LB_CHECKPOINT_MAX_NETWORKS];
    size_t network_count;
    struct lb_checkpoint_history histories[LB_CHECKPOINT_MAX_HISTORIES];
    size_t history_count;
    /** NULL: checkpoint of the run itself. Else of its projection, with all settings that determine
     * the result. */
    const char *projection;
};

/** Writes weights, moments, the interval's histories and the position, unless a weight or moment is
 * not finite (LB_ERR_NUMERIC; the previous checkpoint stays). */
enum lb_status lb_checkpoint_write(const struct lb_checkpoint *checkpoint,
                                   const struct lb_position *position, const char *run);

/** LB_ERR_FORMAT if the file is damaged or belongs to another network; LB_ERR_ARGUMENT if it
 * belongs to another projection. */
enum lb_status lb_checkpoint_read(const struct lb_checkpoint *checkpoint,
                                  struct lb_position *position, const char *run);

/** Reads only the position, without a device. LB_ERR_FORMAT, LB_ERR_NOT_FOUND. */
enum lb_status lb_checkpoint_read_position(struct lb_context *ctx,
                                           const struct lb_train_params *params,
                                           struct lb_position *position, const char *run);

/** Whether the run has a checkpoint; LB_ERR_MEMORY. */
enum lb_status lb_checkpoint_find(struct lb_context *ctx, const char *run, bool *found);

#endif
