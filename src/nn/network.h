/*
 * The network's private side: a list of layers, one parameter block, and the passes over a batch,
 * which walk the list: layer k makes H_k (rows, out_k) of H_{k-1}, H_{-1} being the input.
 */
#ifndef LB_NN_NETWORK_H
#define LB_NN_NETWORK_H

#include <stdint.h>

#include <lowbend/network.h>

#include "device/device.h"
#include "gemm/gemm.h"
#include "nn/activations.h"
#include "nn/layer.h"
#include "nn/normalise.h"

struct lb_network {
    struct lb_device *device;
    struct lb_gemm *gemm;
    bool owns_gemm;
    struct lb_layer_list layers;
    cl_mem parameters;                     ///< the block, layers.block_size floats
    struct lb_normalisation normalisation; ///< of the input
    cl_mem output_mean; ///< (outputs): added to the last layer's pre-activations; NULL: none
    cl_mem scratch;     ///< of one pass of one layer at a time, see lb_network_reserve()
    size_t scratch_floats;
    cl_kernel column_sum;
    cl_kernel scale_by;
    cl_kernel gather;
    cl_kernel block_sum;
    cl_kernel spread;
    struct lb_activations *apply_activations; ///< of lb_network_apply(), made at its first call
};

/**
 * Creates a network with all parameters 0; `gemm` stays the caller's and must outlive it.
 * LB_ERR_ARGUMENT for a list without layers, or too many parameters.
 */
enum lb_status lb_network_create(struct lb_network **out, struct lb_device *device,
                                 struct lb_gemm *gemm, const struct lb_layer_list *layers);

/**
 * Draws the weights, by the gain of each layer's activation; biases 0. The numbers depend on seed
 * and stream alone, not on the device.
 */
enum lb_status lb_network_initialise(struct lb_network *network, uint64_t seed, uint32_t stream);

/** How lb_network_fit() leaves a network. */
struct lb_fit {
    double first;       ///< standard deviation of the first layer's pre-activations
    double first_reach; ///< they are centred at uniform numbers in [-first_reach, first_reach]
    double others;      ///< standard deviation of those of the layers behind
    struct lb_weight_seed seed; ///< of the uniform numbers
    /** Where several fit one network, each to its rows: makes values (n) their sum over all. NULL:
     * these are all rows. */
    enum lb_status (*sum)(void *user, double *values, size_t n);
    void *user;
    size_t rows_before; ///< of the others, with `sum`
};

/**
 * Fits all layers but the last, in order, to the inputs that they get: weights are scaled and
 * biases set so that pre-activations have the standard deviation that `fit` says, and each unit's
 * (of convolutions: each channel's) the mean 0, but for the first layer's. The biases must be 0. A
 * layer whose pre-activations do not vary, or are not finite, is left as it is.
 *
 * @param activations  for at least `rows` rows; overwritten
 * @param rows         may be 0 where `fit` has a sum
 */
enum lb_status lb_network_fit(struct lb_network *network, struct lb_activations *activations,
                              struct lb_matrix input, int rows, const struct lb_fit *fit);

enum { LB_NETWORK_MAX_NOTES = 8 };
/** lb_network_save() with `count` notes more in the metadata, of keys that the file does not have.
 */
enum lb_status lb_network_save_with(struct lb_network *network, const char *path,
                                    const struct lb_metadata *notes, size_t count);

/** Whether two networks have the same layers, so that one's parameters fit the other. */
bool lb_network_same_layers(const struct lb_network *a, const struct lb_network *b);

/** Waits; *has is false while all parameters are 0, as lb_network_create() makes them. */
enum lb_status lb_network_has_weights(struct lb_network *network, bool *has);

/** Multiplies the last layer's weights and bias. */
enum lb_status lb_network_scale_output(struct lb_network *network, float factor);

/** Makes the output `output` (outputs) for every input: the last layer's weights become 0, its bias
 * or, where that has one number a channel, the output mean what its activation takes to `output`,
 * which a sigmoid reaches up to 0.001. LB_ERR_ARGUMENT for an activation that output layers do not
 * have. */
enum lb_status lb_network_start_output(struct lb_network *network, const float *output);

/**
 * Sets what is added to the last layer's pre-activations: a constant, of which no gradient is
 * taken. It is the mean image of decoders that end in an image layer, whose bias has one number a
 * channel.
 *
 * @param mean  (outputs), copied; NULL: nothing is added
 */
enum lb_status lb_network_set_output_mean(struct lb_network *network, const float *mean);

/**
 * Enqueues what the first layer sees of an input (rows, inputs): *seen is the input itself, or
 * its normalised copy in `activations`. The passes do this themselves.
 */
enum lb_status lb_network_normalise(struct lb_network *network, struct lb_activations *activations,
                                    struct lb_matrix input, int rows, struct lb_matrix *seen);

/** Enqueues the forward pass of the first `rows` rows; the result is activations->output[layers -
 * 1]. */
enum lb_status lb_network_forward(struct lb_network *network, struct lb_activations *activations,
                                  struct lb_matrix input, int rows);

/** Sees that the scratch buffer holds so many floats; what it held may be lost. */
enum lb_status lb_network_reserve(struct lb_network *network, size_t floats);

/** What a backward pass leaves behind besides the parameter gradient. */
struct lb_input_gradient {
    cl_mem mem;      ///< (rows, inputs); NULL: not wanted
    bool accumulate; ///< add to what is there
};

/**
 * Enqueues the backward pass of the last forward pass.
 *
 * @param activations  gradient[layers - 1] holds dL/d output (rows, outputs); overwritten
 * @param gradient  receives dL/d parameters, a block, summed over rows; NULL: not wanted
 * @param input_gradient  not for networks that normalise
 */
enum lb_status lb_network_backward(struct lb_network *network, struct lb_activations *activations,
                                   struct lb_matrix input, int rows, cl_mem gradient,
                                   struct lb_input_gradient input_gradient);

#endif
