/* Multilayer perceptrons on a device: loading, saving, applying. */
#ifndef LOWBEND_NETWORK_H
#define LOWBEND_NETWORK_H

#include <stddef.h>

#include <lowbend/device.h>
#include <lowbend/options.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LB_NETWORK_MAX_LAYERS 32

struct lb_network;

/** Layer k computes act(x W_k + b_k), W_k of sizes[k] rows and sizes[k + 1] columns, row-major. */
struct lb_network_info {
    int layers;
    int sizes[LB_NETWORK_MAX_LAYERS + 1];
    enum lb_activation activation;        ///< of the hidden layers
    enum lb_activation output_activation; ///< of the last
};

/**
 * Loads a network from a .safetensors file: layerK.weight (in,out), layerK.bias (out), metadata
 * `activation` and `output_activation`; `input_mean` and `input_scale` where images are normalised.
 *
 * @return LB_OK, LB_ERR_NOT_FOUND, LB_ERR_IO, LB_ERR_FORMAT (shapes that do not fit, NaN),
 *         LB_ERR_OPENCL, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_network_load(struct lb_network **out, struct lb_device *device,
                                      enum lb_gemm_kind gemm, const char *path);
/** Writes the same file; equal weights give equal bytes. */
LB_API enum lb_status lb_network_save(struct lb_network *network, const char *path);
LB_API void lb_network_destroy(struct lb_network **network);
LB_API const struct lb_network_info *lb_network_get_info(const struct lb_network *network);

/**
 * How the network normalises its input: the first layer sees (x - mean_c) scale_c, c the channel.
 *
 * @param mean, scale  receive arrays of as many numbers as are returned, which stay the network's
 * @return the number of channels; 0: numbers enter as they are, and the arrays are NULL
 */
LB_API int lb_network_get_normalisation(const struct lb_network *network, const float **mean,
                                        const float **scale);

/** Number of weights and biases. */
LB_API size_t lb_network_parameter_count(const struct lb_network *network);

/**
 * All parameters, layer by layer: the weight (in, out), row-major, then the bias (out). `values`
 * holds lb_network_parameter_count() floats and stays the caller's.
 *
 * @return LB_OK, LB_ERR_NUMERIC (setting one that is not finite; nothing is set), LB_ERR_OPENCL,
 *         LB_ERR_MEMORY
 */
LB_API enum lb_status lb_network_get_parameters(struct lb_network *network, float *values);
LB_API enum lb_status lb_network_set_parameters(struct lb_network *network, const float *values);

/** out (n, last size) = network(in (n, first size)), host memory, any n, in batches. */
LB_API enum lb_status lb_network_apply(struct lb_network *network, const float *in, size_t n,
                                       float *out);

#ifdef __cplusplus
}
#endif

#endif
