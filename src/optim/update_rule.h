/*
 * Parameter updates: Adam, AdamW, or Muon for some matrices of the block and Adam for the rest.
 * Depends on the block and the shapes of its matrices, but not on networks.
 */
#ifndef LB_OPTIM_UPDATE_RULE_H
#define LB_OPTIM_UPDATE_RULE_H

#include <lowbend/train.h>

#include "optim/adam.h"
#include "optim/average.h"
#include "optim/clip.h"
#include "optim/muon.h"

struct lb_update_rule_params {
    enum lb_optimizer optimizer;
    double weight_decay; ///< for LB_ADAMW
    int muon_steps;      ///< for LB_MUON
    double clip;         ///< largest norm of the gradient; 0: no limit
    bool averages;       ///< whether steps will be averaged
    /** Matrices that LB_MUON updates, in order of their offsets; copied. */
    const struct lb_muon_matrix *matrices;
    int matrix_count;
    struct lb_gemm *gemm;   ///< owned by the caller, for LB_MUON; must outlive the rule
    struct lb_ranks *ranks; ///< likewise; ranks with the same gradients and parameters; NULL: none
};

struct lb_update_rule {
    struct lb_device *device;
    enum lb_optimizer optimizer;
    double weight_decay;
    struct lb_adam
        adam; ///< holds the gradient and both moments; M of Muon is stored in its moment1
    struct lb_muon muon;       ///< only for LB_MUON
    struct lb_runs by_adam;    ///< likewise: the rest of the block
    struct lb_clip clip;       ///< only if the norm is limited
    struct lb_average average; ///< of the parameters; its mean is NULL if not needed
};

/** Hyperparameters of one step. */
struct lb_update {
    long step; ///< from 0
    double lr;
    double muon_lr;
    struct lb_gradient gradient;
    bool averaged;              ///< the mean includes the parameters after this step
    const struct lb_runs *part; ///< NULL: the whole block; else the numbers that change; not with
                                ///< Muon, clipping or a mean
    cl_mem skip;                ///< NULL, or if its first int is not 0 the step changes nothing
};

/** For a block of `count` numbers, with moments 0. Initialise with {0}; the caller destroys it,
 * also on failure. */
enum lb_status lb_update_rule_create(struct lb_update_rule *rule, struct lb_device *device,
                                     size_t count, const struct lb_update_rule_params *params);
void lb_update_rule_destroy(struct lb_update_rule *rule);

/** Releases what only steps need, the gradient (unless `keeps_gradient`) and Muon's buffers, or
 * creates it again. Moments and means of weights stay. */
void lb_update_rule_drop_buffers(struct lb_update_rule *rule, bool keeps_gradient);
enum lb_status lb_update_rule_hold_buffers(struct lb_update_rule *rule);

/** Enqueues a step. */
enum lb_status lb_update_rule_step(struct lb_update_rule *rule, cl_mem parameters,
                                   const struct lb_update *update);

/** Enqueues the end of all steps: replaces the parameters by their mean over the averaged steps, if
 * there are any. */
enum lb_status lb_update_rule_finish(struct lb_update_rule *rule, cl_mem parameters);

/** Device memory in bytes for a block of `count` numbers; with `steps` including the buffers that
 * only steps need. */
double lb_update_rule_bytes(size_t count, const struct lb_update_rule_params *params, bool steps);

#endif
