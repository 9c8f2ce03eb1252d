/* A network that learns: with its activations, its gradient, and how that changes it. */
#ifndef LB_TRAIN_LEARNER_H
#define LB_TRAIN_LEARNER_H

#include "nn/network.h"
#include "optim/update_rule.h"

struct lb_learner {
    struct lb_network *network;
    struct lb_activations *activations;
    struct lb_update_rule rule;
    struct lb_gradient gradient; ///< that the last step left
    bool shares;                 ///< of several ranks each updates its share of the block
    struct lb_runs part;         ///< with `shares`: this rank's
};

/** For batches of `rows` rows, all weights 0. Starts as {0}; `gemm` and `ranks` (NULL: none) must
 * outlive it; the caller destroys it, also on failure. */
enum lb_status lb_learner_create(struct lb_learner *learner, struct lb_gemm *gemm,
                                 struct lb_device *device, struct lb_ranks *ranks,
                                 const struct lb_train_params *params,
                                 const struct lb_layer_list *layers, int rows);
void lb_learner_destroy(struct lb_learner *learner);

/** Bytes on the device that its update rule takes, with gradient and moments. */
double lb_learner_rule_bytes(const struct lb_train_params *params,
                             const struct lb_layer_list *layers);

#endif
