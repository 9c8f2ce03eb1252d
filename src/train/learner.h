/*
 * A network that learns: with its activations, its gradient, and how that changes it.
 *
 * A divided learner passes a batch through the network in parts, so that it keeps the activations
 * of one part alone. All outputs are made first, part by part, and seen by the loss together, which
 * is why any loss will do; the backward pass makes each part's activations again, and adds up the
 * parts' gradients in the order of the rows.
 */
#ifndef LB_TRAIN_LEARNER_H
#define LB_TRAIN_LEARNER_H

#include "nn/network.h"
#include "optim/update_rule.h"
#include "ranks/rank_block.h"

struct lb_learner {
    struct lb_network *network;
    struct lb_activations *activations;
    struct lb_update_rule rule;
    struct lb_gradient gradient;           ///< that the last step left
    bool shares;                           ///< of several ranks each updates its share of the block
    struct lb_runs part;                   ///< with `shares`: this rank's
    struct lb_rank_block parameters_block; ///< where the ranks' parameters are, if all can map them
    struct lb_rank_block gradient_block;   ///< likewise
    struct {
        int rows; ///< of a batch; 0: not divided, and nothing below is there
        cl_mem input;
        cl_mem input_gradient;
        cl_mem output;          ///< (rows, outputs)
        cl_mem output_gradient; ///< (rows, outputs)
        cl_mem gradient;        ///< of one part
        cl_kernel add;
    } whole; ///< batch of a divided learner
};

/** For batches of `rows` rows, all weights 0. Starts as {0}; `gemm` and `ranks` (NULL: none) must
 * outlive it; the caller destroys it, also on failure. */
enum lb_status lb_learner_create(struct lb_learner *learner, struct lb_gemm *gemm,
                                 struct lb_device *device, struct lb_ranks *ranks,
                                 const struct lb_train_params *params,
                                 const struct lb_layer_list *layers, int rows);
/** The learner's batches have `rows` rows from now on, and no more of them pass at a time than it
 * was created for. */
enum lb_status lb_learner_divide(struct lb_learner *learner, int rows);
/** What lb_learner_divide() allocates of which lb_learner_create() was told to have `part` rows;
 * *largest receives the largest buffer. */
double lb_learner_whole_bytes(const struct lb_layer_list *layers, int rows, int part,
                              double *largest);
/** Moves parameters and gradient to memory that all ranks of this machine map, where the device
 * works in the host's memory. All ranks must call this together, before there are any weights. */
enum lb_status lb_learner_share_buffers(struct lb_learner *learner, struct lb_ranks *ranks);
void lb_learner_destroy(struct lb_learner *learner);

/** Outputs of the last forward pass (rows, outputs). */
cl_mem lb_learner_output(const struct lb_learner *learner);
/** Where dL/d output goes before a backward pass. */
cl_mem lb_learner_output_gradient(const struct lb_learner *learner);

/** As lb_network_forward(). */
enum lb_status lb_learner_forward(struct lb_learner *learner, struct lb_matrix input, int rows);
/** As lb_network_backward(), with the gradient by the parameters to learner->gradient. */
enum lb_status lb_learner_backward(struct lb_learner *learner, struct lb_matrix input, int rows,
                                   struct lb_input_gradient input_gradient);

/** Bytes on the device that its update rule takes, with gradient and moments. */
double lb_learner_rule_bytes(const struct lb_train_params *params,
                             const struct lb_layer_list *layers);

#endif
