/*
 * Loss and gradient of a batch of pairs in one kernel, for small networks on CPU devices: host side
 * of cl/train/fused.cl. It replaces forward pass, loss and backward pass, whose many short launches
 * would take longer than their arithmetic.
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
    int share; ///< pairs per work-item
    int items;
    size_t work_size; ///< floats of a work-item's work area
    cl_mem layers;
    cl_mem work;
    struct lb_isometry *isometry; ///< receives the means in its slots
    cl_mem gradients;             ///< (work-items, block_size)
    cl_mem terms;                 ///< (steps, work-items, 4) for the steps whose means are pending
    int first;                    ///< slot of the first of them
    int waiting;                  ///< number of them
};

/** Whether the fused kernel is faster: a CPU device, the panel back end, and a network whose layers
 * and activations for a few pairs fit into a core's second-level cache. */
bool lb_fused_pays(struct lb_device *device, const struct lb_layer_list *layers,
                   enum lb_gemm_kind gemm);

/** Device memory in bytes for batches of `pairs` pairs, up to a few kilobytes. */
double lb_fused_bytes(const struct lb_network *network, int pairs);

/**
 * Initialise with {0}; for batches of `pairs` pairs. The network's output must be linear; network
 * and loss must outlive this. The loss's means are complete whenever they are read. The caller
 * destroys it, also on failure.
 */
enum lb_status lb_fused_create(struct lb_fused *fused, const struct lb_network *network,
                               struct lb_isometry *isometry, int pairs);
void lb_fused_destroy(struct lb_fused *fused);

/**
 * Enqueues the gradient of mean distortion + lambda mean bending, with 0 in the padding, and the
 * means for slot `slot` of the loss, at the latest when they are read.
 *
 * @param images   (3 pairs, inputs): all x, all y, all averages, normalised for the first layer
 * @param distance (pairs)
 */
enum lb_status lb_fused_run(struct lb_fused *fused, cl_mem images, cl_mem distance, int slot);

/** The gradient computed by lb_fused_run(). */
struct lb_gradient lb_fused_gradient(const struct lb_fused *fused);

#endif
