/*
 * A network in training, with its update rule, and with the buffers of a phase: activations and
 * gradients. These exist only while a phase uses the network.
 *
 * A divided learner passes a batch through the network in parts, so that it needs the activations
 * of only one part. It first computes all outputs, part by part; the loss sees them together, so
 * any loss works. The backward pass recomputes each part's activations and adds up the parts'
 * gradients in row order.
 */
#ifndef LB_TRAIN_LEARNER_H
#define LB_TRAIN_LEARNER_H

#include "nn/network.h"
#include "optim/update_rule.h"
#include "ranks/rank_block.h"

struct lb_learner {
    struct lb_network *network;
    struct lb_activations *activations; ///< NULL: it has no buffers
    struct lb_update_rule rule;
    struct lb_gradient gradient; ///< from the last step
    bool shares;                 ///< each rank updates only its share of the block
    struct lb_runs part;         ///< with `shares`: this rank's part
    struct lb_rank_block
        parameters_block;                ///< location of the ranks' parameters, if all can map them
    struct lb_rank_block gradient_block; ///< likewise
    struct {
        int rows; ///< rows of a batch; 0: not divided, and the fields below are unused
        cl_mem input;
        cl_mem input_gradient;
        cl_mem output;          ///< (rows, outputs)
        cl_mem output_gradient; ///< (rows, outputs)
        cl_mem gradient;        ///< of one part
        cl_kernel add;
    } whole; ///< batch of a divided learner
};

/** What a phase needs of a network. */
struct lb_learner_use {
    int rows;    ///< of a batch
    int part;    ///< rows that pass through the network at once; less than `rows`: it is divided
    bool trains; ///< false: the network is only applied, so that only its last output is kept
};

/** With all weights 0 and without buffers. Initialise with {0}; `gemm` and `ranks` (NULL: none)
 * must outlive it; the caller destroys it, also on failure. */
enum lb_status lb_learner_create(struct lb_learner *learner, struct lb_gemm *gemm,
                                 struct lb_device *device, struct lb_ranks *ranks,
                                 const struct lb_train_params *params,
                                 const struct lb_layer_list *layers);
/** Creates the buffers for a use. There must be none; after a failure there may be some. */
enum lb_status lb_learner_hold_buffers(struct lb_learner *learner,
                                       const struct lb_learner_use *use);
/** Releases them; commands in the queue keep them until they are done. */
void lb_learner_drop_buffers(struct lb_learner *learner);
/** Enqueues writing to all of activations and work space: drivers may allocate a buffer only at its
 * first use. */
enum lb_status lb_learner_touch_buffers(struct lb_learner *learner);
/** Their size in bytes, without those of the update rule; *largest receives the largest one. */
double lb_learner_buffer_bytes(const struct lb_layer_list *layers, const struct lb_learner_use *use,
                               double *largest);
/** Moves parameters and gradient to memory that all ranks of this machine map, if the device uses
 * host memory. Collective; call it before there are any weights. */
enum lb_status lb_learner_share_buffers(struct lb_learner *learner, struct lb_ranks *ranks);
void lb_learner_destroy(struct lb_learner *learner);

/** Outputs of the last forward pass (rows, outputs). */
cl_mem lb_learner_output(const struct lb_learner *learner);
/** Buffer for dL/d output before a backward pass. */
cl_mem lb_learner_output_gradient(const struct lb_learner *learner);

/** Like lb_network_forward(). */
enum lb_status lb_learner_forward(struct lb_learner *learner, struct lb_matrix input, int rows);
/** Like lb_network_backward(), with the parameter gradient in learner->gradient. */
enum lb_status lb_learner_backward(struct lb_learner *learner, struct lb_matrix input, int rows,
                                   struct lb_input_gradient input_gradient);

/** Device memory in bytes of its update rule; with `trains` including gradient and work space. */
double lb_learner_rule_bytes(const struct lb_train_params *params,
                             const struct lb_layer_list *layers, bool trains);
/** As lb_gemm_pack_bytes(), for the products of its update rule. */
double lb_learner_rule_pack_bytes(const struct lb_device *device,
                                  const struct lb_train_params *params,
                                  const struct lb_layer_list *layers);

#endif
