/*
 * Loss and gradient of a batch of pairs by one kernel, for small networks on CPU devices: host side
 * of cl/train/fused.cl. It replaces forward pass, loss and backward pass, whose many short launches
 * take longer than their arithmetic there.
 */
#ifndef LB_TRAIN_FUSED_H
#define LB_TRAIN_FUSED_H

#include "nn/network.h"

struct lb_fused {
    struct lb_device *device;
    const struct lb_network *network; ///< NULL: not in use
    cl_kernel gradient;
    cl_kernel mean;
    int pairs;
    int share; ///< pairs of a work-item
    int items;
    size_t work_size; ///< floats that a work-item works in
    cl_mem layers;
    cl_mem work;
    cl_mem gradients; ///< (work-items, parameter_count)
    cl_mem terms;     ///< (steps, work-items, 4) of the steps that wait for lb_fused_finish()
    int first;        ///< slot of the first of them
    int waiting;      ///< how many
};

/** Whether the fused kernel is the faster way: a CPU device, the panel back end, and a network
 * whose layers and activations of a few pairs fit into a core's second cache. */
bool lb_fused_pays(const struct lb_network *network);

/** Device memory that it takes for batches of `pairs` pairs, but for some kilobytes. */
double lb_fused_bytes(const struct lb_network *network, int pairs);

/**
 * Starts as {0}; for batches of `pairs` pairs. The network's output must be linear; it must
 * outlive this. The caller destroys it, also on failure.
 */
enum lb_status lb_fused_create(struct lb_fused *fused, const struct lb_network *network, int pairs);
void lb_fused_destroy(struct lb_fused *fused);

/** A batch and the weights of its loss, as lb_loss_run() has them. */
struct lb_fused_batch {
    cl_mem images;   ///< (3 pairs, inputs): of all x, all y, all averages
    cl_mem distance; ///< (pairs)
    double lambda;
    double c;
};

/**
 * Enqueues the gradient of mean distortion + lambda mean bending: its parts are in
 * fused->gradients, for lb_adam_step() to add, 0 in the padding.
 *
 * @param terms  lb_loss_terms[]: slot `slot` is written by lb_fused_finish() at the latest
 */
enum lb_status lb_fused_run(struct lb_fused *fused, const struct lb_fused_batch *batch,
                            cl_mem terms, int slot);

/** Enqueues the means of the loss that have not been made yet: one launch for many steps. */
enum lb_status lb_fused_finish(struct lb_fused *fused, cl_mem terms);

#endif
