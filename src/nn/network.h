/*
 * The network's private side: one parameter block, and the passes over a batch.
 *
 *     layer k:  H_k (rows, sizes[k+1]) = act_k(H_{k-1} (rows, sizes[k]) W_k + b_k),  H_{-1} = input
 *
 * Weights, gradients and Adam moments are blocks of one layout: W_k at weight[k], b_k at bias[k].
 */
#ifndef LB_NN_NETWORK_H
#define LB_NN_NETWORK_H

#include <stdint.h>

#include <lowbend/network.h>

#include "device/device.h"
#include "gemm/gemm.h"
#include "nn/normalise.h"

struct lb_activations;

struct lb_network {
    struct lb_device *device;
    struct lb_gemm *gemm;
    bool owns_gemm;
    struct lb_network_info info;
    size_t weight[LB_NETWORK_MAX_LAYERS]; ///< offsets in floats, multiples of 32
    size_t bias[LB_NETWORK_MAX_LAYERS];
    size_t parameter_count; ///< length of the block, padding included
    cl_mem parameters;
    struct lb_normalisation normalisation; ///< of the input
    cl_kernel column_sum;
    cl_kernel scale_by;
    struct lb_activations *apply_activations; ///< of lb_network_apply(), made at its first call
};

/** Activations of one batch of at most `rows` rows, for a forward and a backward pass. */
struct lb_activations {
    int rows;
    int layers;
    cl_mem input; ///< normalised; NULL until a network that normalises was applied
    cl_mem output[LB_NETWORK_MAX_LAYERS];   ///< H_k
    cl_mem slope[LB_NETWORK_MAX_LAYERS];    ///< act'; NULL for linear layers and inference
    cl_mem gradient[LB_NETWORK_MAX_LAYERS]; ///< dL/dH_k, then dL/dZ_k; NULL for inference
};

/**
 * Creates a network with all parameters 0; `gemm` stays the caller's and must outlive it.
 * LB_ERR_ARGUMENT for sizes below 1 or too many layers.
 */
enum lb_status lb_network_create(struct lb_network **out, struct lb_device *device,
                                 struct lb_gemm *gemm, const struct lb_network_info *info);

/**
 * Draws the weights: normal, variance 2/in (He) for elu, relu, softplus and silu layers, uniform in
 * +-sqrt(6/(in+out)) (Xavier) for tanh, sigmoid and linear ones; biases 0. The numbers depend on
 * seed and stream alone, not on the device.
 */
enum lb_status lb_network_initialise(struct lb_network *network, uint64_t seed, uint32_t stream);

/**
 * Fits the first layer to n inputs (n, in) in host memory: its weights are scaled so that its
 * pre-activations have standard deviation 2, and its biases centre them at uniform numbers in
 * [-1,1] (drawn from seed and stream), so that the bends of its units are spread over the data.
 * Without this a decoder of small, low-dimensional codes starts as good as linear, and stays so for
 * long.
 */
enum lb_status lb_network_fit_input(struct lb_network *network, const float *inputs, size_t n,
                                    uint64_t seed, uint32_t stream);

/** Whether two networks have the same layers, so that one's parameters fit the other. */
bool lb_network_same_layers(const struct lb_network *a, const struct lb_network *b);

/** Waits; *has is false while all parameters are 0, as lb_network_create() makes them. */
enum lb_status lb_network_has_weights(struct lb_network *network, bool *has);

/** Multiplies the last layer's weights and bias. */
enum lb_status lb_network_scale_output(struct lb_network *network, float factor);

/** Makes the output `output` (last size) for every input: the last layer's weights become 0, its
 * bias what its activation takes to `output`, which a sigmoid reaches up to 0.001. */
enum lb_status lb_network_start_output(struct lb_network *network, const float *output);

/** `training`: with room for slopes and gradients. */
enum lb_status lb_activations_create(struct lb_activations **out, const struct lb_network *network,
                                     int rows, bool training);
void lb_activations_destroy(struct lb_activations **tape);

/**
 * Enqueues what the first layer sees of an input (rows, sizes[0]): *seen is the input itself, or
 * its normalised copy in the tape. The passes do this themselves.
 */
enum lb_status lb_network_normalise(struct lb_network *network, struct lb_activations *tape,
                                    struct lb_matrix input, int rows, struct lb_matrix *seen);

/** Enqueues the forward pass of the first `rows` rows; the result is tape->output[layers - 1]. */
enum lb_status lb_network_forward(struct lb_network *network, struct lb_activations *tape,
                                  struct lb_matrix input, int rows);

/** What a backward pass leaves behind besides the parameter gradient. */
struct lb_input_gradient {
    cl_mem mem;      ///< (rows, sizes[0]); NULL: not wanted
    bool accumulate; ///< add to what is there
};

/**
 * Enqueues the backward pass of the last forward pass.
 *
 * @param tape      gradient[layers - 1] holds dL/d output (rows, last size); overwritten
 * @param gradient  receives dL/d parameters (parameter_count), summed over rows; NULL: not wanted
 * @param input_gradient  not for networks that normalise
 */
enum lb_status lb_network_backward(struct lb_network *network, struct lb_activations *tape,
                                   struct lb_matrix input, int rows, cl_mem gradient,
                                   struct lb_input_gradient input_gradient);

/** The last layer's output of a tape. */
static inline cl_mem lb_activations_output(const struct lb_activations *tape)
{
    return tape->output[tape->layers - 1];
}

/** Where dL/d output goes before a backward pass. */
static inline cl_mem lb_activations_output_gradient(const struct lb_activations *tape)
{
    return tape->gradient[tape->layers - 1];
}

static inline int lb_network_inputs(const struct lb_network *network)
{
    return network->info.sizes[0];
}

static inline int lb_network_outputs(const struct lb_network *network)
{
    return network->info.sizes[network->info.layers];
}

#endif
