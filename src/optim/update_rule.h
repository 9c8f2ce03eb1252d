/*
 * How a step's gradient changes a parameter block: Adam, AdamW, or Muon for some of the block's
 * matrices and Adam for the rest. It knows the block and the shapes of matrices in it, no networks.
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
    double weight_decay; ///< of LB_ADAMW
    int muon_steps;      ///< of LB_MUON
    double clip;         ///< largest norm of the gradient; 0: any
    bool averages;       ///< whether steps will ask for a mean
    /** Those that LB_MUON is for, in the order of their offsets; copied. */
    const struct lb_muon_matrix *matrices;
    int matrix_count;
    struct lb_gemm *gemm;   ///< the caller's, for LB_MUON; must outlive the rule
    struct lb_ranks *ranks; ///< likewise, with the same gradients and parameters; NULL: none
};

struct lb_update_rule {
    struct lb_device *device;
    enum lb_optimizer optimizer;
    double weight_decay;
    struct lb_adam adam;       ///< holds the gradient and both moments; M of Muon is in its moment1
    struct lb_muon muon;       ///< used by LB_MUON alone
    struct lb_runs by_adam;    ///< likewise: the rest of the block
    struct lb_clip clip;       ///< used if the norm has a limit
    struct lb_average average; ///< of the parameters; its mean is NULL where none is wanted
};

/** Hyperparameters of one step. */
struct lb_update {
    long step; ///< from 0
    double lr;
    double muon_lr;
    struct lb_gradient gradient;
    bool averaged;              ///< the mean takes in the parameters behind this step
    const struct lb_runs *part; ///< NULL: the whole block; else the numbers that change: not with
                                ///< Muon, a largest norm or a mean
    cl_mem skip;                ///< NULL, or if its first int is not 0 the step changes nothing
};

/** For a block of `count` numbers, moments 0. Starts as {0}; the caller destroys it, also on
 * failure. */
enum lb_status lb_update_rule_create(struct lb_update_rule *rule, struct lb_device *device,
                                     size_t count, const struct lb_update_rule_params *params);
void lb_update_rule_destroy(struct lb_update_rule *rule);

/** Enqueues a step. */
enum lb_status lb_update_rule_step(struct lb_update_rule *rule, cl_mem parameters,
                                   const struct lb_update *update);

/** Enqueues the end of all steps: the parameters become their mean over the steps that were
 * averaged, if there were any. */
enum lb_status lb_update_rule_finish(struct lb_update_rule *rule, cl_mem parameters);

/** Bytes on the device for a block of `count` numbers, the gradient included. */
double lb_update_rule_bytes(size_t count, const struct lb_update_rule_params *params);

#endif
