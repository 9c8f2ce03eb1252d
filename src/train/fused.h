/*
 * Loss and gradient of a batch of pairs by one kernel, for small networks on CPU devices: host side
 * of cl/train/fused.cl. It replaces forward pass, loss and backward pass, whose many short launches
 * take longer than their arithmetic there.
 */
#ifndef LB_TRAIN_FUSED_H
#define LB_TRAIN_FUSED_H

#include "loss/isometry.h"
#include "nn/network.h"
#include "optim/gradient.h"

struct lb_fused {
    struct lb_device *device;
    const struct lb_network *network;
    cl_kernel gradient;
    cl_kernel mean;
    int pairs;
    int share; ///< pairs of a work-item
    int items;
    size_t work_size; ///< floats that a work-item works in
    cl_mem layers;
    cl_mem work;
    struct lb_isometry *isometry; ///< whose slots get the means
    cl_mem gradients;             ///< (work-items, block_size)
    cl_mem terms;                 ///< (steps, work-items, 4) of the steps that wait for their means
    int first;                    ///< slot of the first of them
    int waiting;                  ///< how many
};

/** Whether the fused kernel is the faster way: a CPU device, the panel back end, and a network
 * whose layers and activations of a few pairs fit into a core's second cache. */
bool lb_fused_pays(const struct lb_network *network);

/** Device memory that it takes for batches of `pairs` pairs, but for some kilobytes. */
double lb_fused_bytes(const struct lb_network *network, int pairs);

/**
 * Starts as {0}; for batches of `pairs` pairs. The network's output must be linear; network and
 * loss must outlive this, and the loss's means are complete whenever they are read. The caller
 * destroys it, also on failure.
 */
enum lb_status lb_fused_create(struct lb_fused *fused, const struct lb_network *network,
                               struct lb_isometry *isometry, int pairs);
void lb_fused_destroy(struct lb_fused *fused);

/**
 * Enqueues the gradient of mean distortion + lambda mean bending, 0 in the padding, and the means
 * to slot `slot` of the loss, at the latest when they are read.
 *
 * @param images   (3 pairs, inputs): of all x, all y, all averages, as the first layer sees them
 * @param distance (pairs)
 */
enum lb_status lb_fused_run(struct lb_fused *fused, cl_mem images, cl_mem distance, int slot);

/** The gradient that lb_fused_run() leaves. */
struct lb_gradient lb_fused_gradient(const struct lb_fused *fused);

#endif
