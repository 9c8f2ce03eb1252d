/*
 * Private part of the network: a list of layers, one parameter block, and passes over a batch,
 * which iterate over the list: layer k computes H_k (rows, out_k) from H_{k-1}, where H_{-1} is the
 * input.
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
    cl_mem scratch;     ///< for one pass of one layer at a time, see lb_network_reserve()
    size_t scratch_floats;
    cl_kernel column_sum;
    cl_kernel scale_by;
    cl_kernel gather;
    cl_kernel block_sum;
    cl_kernel spread;
    struct lb_activations *apply_activations; ///< for lb_network_apply(), created by its first call
};

/**
 * Creates a network with all parameters 0; the caller owns `gemm`, which must outlive it.
 * LB_ERR_ARGUMENT for a list without layers, or too many parameters.
 */
enum lb_status lb_network_create(struct lb_network **out, struct lb_device *device,
                                 struct lb_gemm *gemm, const struct lb_layer_list *layers);

/**
 * Initialises the weights with the gain of each layer's activation; biases are 0. The numbers
 * depend only on seed and stream, not on the device.
 */
enum lb_status lb_network_initialise(struct lb_network *network, uint64_t seed, uint32_t stream);

/** Target of lb_network_fit(). */
struct lb_fit {
    double first; ///< standard deviation of the first layer's pre-activations
    double
        first_reach; ///< they are centred at uniform random numbers in [-first_reach, first_reach]
    double others;   ///< standard deviation for the other layers
    struct lb_weight_seed seed; ///< of the uniform numbers
    /** If several processes fit one network, each on its rows: replaces values (n) by their sum
     * over all. NULL: these are all rows. */
    enum lb_status (*sum)(void *user, double *values, size_t n);
    void *user;
    size_t rows_before; ///< rows of earlier processes, with `sum`
};

/**
 * Fits all layers but the last, in order, to their inputs: scales weights and sets biases so that
 * pre-activations have the standard deviation given in `fit`, and mean 0 per unit (per channel of
 * convolutions), except in the first layer. The biases must be 0. A layer whose pre-activations are
 * constant or not finite is left unchanged.
 *
 * @param activations  for at least `rows` rows; overwritten
 * @param rows         may be 0 if `fit` has a sum
 */
enum lb_status lb_network_fit(struct lb_network *network, struct lb_activations *activations,
                              struct lb_matrix input, int rows, const struct lb_fit *fit);

enum { LB_NETWORK_MAX_NOTES = 8 };
/** lb_network_save() with `count` additional metadata entries, whose keys must not exist yet. */
enum lb_status lb_network_save_with(struct lb_network *network, const char *path,
                                    const struct lb_metadata *notes, size_t count);

/** Whether two networks have the same layers, so that parameters can be copied. */
bool lb_network_same_layers(const struct lb_network *a, const struct lb_network *b);

/** Waits; *has is false while all parameters are 0, their value after lb_network_create(). */
enum lb_status lb_network_has_weights(struct lb_network *network, bool *has);

/** Multiplies the last layer's weights and bias. */
enum lb_status lb_network_scale_output(struct lb_network *network, float factor);

/** Makes the output `output` (outputs) for every input: sets the last layer's weights to 0, and its
 * bias, or the output mean if the bias is per channel, to the inverse activation of `output` (up to
 * 0.001 for a sigmoid). LB_ERR_ARGUMENT for an activation that output layers cannot have. */
enum lb_status lb_network_start_output(struct lb_network *network, const float *output);

/**
 * Sets a constant that is added to the last layer's pre-activations and not trained: the mean image
 * of decoders that end in an image layer, whose bias is per channel.
 *
 * @param mean  (outputs), copied; NULL: none
 */
enum lb_status lb_network_set_output_mean(struct lb_network *network, const float *mean);

/**
 * Enqueues the first layer's view of an input (rows, inputs): *seen is the input itself, or its
 * normalised copy in `activations`. The passes do this themselves.
 */
enum lb_status lb_network_normalise(struct lb_network *network, struct lb_activations *activations,
                                    struct lb_matrix input, int rows, struct lb_matrix *seen);

/** Enqueues the forward pass of the first `rows` rows; the result is activations->output[layers -
 * 1]. */
enum lb_status lb_network_forward(struct lb_network *network, struct lb_activations *activations,
                                  struct lb_matrix input, int rows);

/** Ensures that the scratch buffer holds that many floats; its content may be lost. */
enum lb_status lb_network_reserve(struct lb_network *network, size_t floats);
/** Releases the scratch buffer; later passes create it again. */
void lb_network_drop_scratch(struct lb_network *network);

/** Input gradient of a backward pass. */
struct lb_input_gradient {
    cl_mem mem;      ///< (rows, inputs); NULL: not needed
    bool accumulate; ///< add to the existing values
};

/**
 * Enqueues the backward pass of the last forward pass.
 *
 * @param activations  gradient[layers - 1] holds dL/d output (rows, outputs); overwritten
 * @param gradient  receives dL/d parameters, a block, summed over rows; NULL: not needed
 * @param input_gradient  not for networks with normalisation
 */
enum lb_status lb_network_backward(struct lb_network *network, struct lb_activations *activations,
                                   struct lb_matrix input, int rows, cl_mem gradient,
                                   struct lb_input_gradient input_gradient);

#endif
