/* Networks on a device: load, save, apply. */
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

/** Input or output of a layer for one image, row by row with channels fastest. A vector of n
 * numbers is 1 x 1 x n. */
struct lb_shape {
    int height;
    int width;
    int channels;
};

/** One layer of a network. */
struct lb_layer_info {
    /**
     * Operation, with zero padding around images:
     *
     * - "dense": y (n,out) = act(x (n,in) W (in,out) + b (out)), row-major, where in and out count
     *   all numbers of the shapes;
     * - "conv": y[n,i,j,o] = act(b[o] + sum_{u,v,c} x[n, s i + u - p, s j + v - p, c] W[u,v,c,o])
     *   with kernel, stride s and padding p;
     * - "deconv": a transposed convolution to twice the height and width,
     *   y[n, s i + u - p, s j + v - p, o] sums x[n,i,j,c] W[c,u,v,o], then + b[o] and act;
     * - "pool": the mean of each 2x2 block;
     * - "up": each pixel to 2x2.
     *
     * Later versions may add kinds.
     */
    const char *kind;
    struct lb_shape in;
    struct lb_shape out;
    enum lb_activation activation; ///< act; LB_LINEAR for kinds without one
    size_t parameters;             ///< number of weights and biases; 0 for kinds without
    int kernel;                    ///< height and width of W; 0 for kinds without kernel
    int stride;                    ///< s
    int padding;                   ///< p
    int reserved[13];              ///< 0: reserved for kinds of later versions
};

/**
 * Loads a network from a .safetensors file of float32 tensors, where K counts the layers with
 * parameters from 0:
 *
 * - layerK.weight: (in,out) of dense layers, (k,k,in,out) of conv, (in,4,4,out) of deconv; in the
 *   last two, in and out count channels;
 * - layerK.bias: (out);
 * - output_mean: (height,width,channels), added to the last layer's pre-activations; often absent.
 *
 * Metadata: `activation`, `output_activation` (of the last layer); `input_mean` and `input_scale`
 * if images are normalised. With image layers also `input`, "32x32x3" or "16" for a vector, and
 * `layers`, the layers in the syntax of --hidden: "pool,conv24,conv48s2,256,16". Without `layers`
 * all layers are dense.
 *
 * @return LB_OK, LB_ERR_NOT_FOUND, LB_ERR_IO, LB_ERR_FORMAT (inconsistent shapes, missing or
 *         unknown tensors, NaN), LB_ERR_OPENCL, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_network_load(struct lb_network **out, struct lb_device *device,
                                      enum lb_gemm_kind gemm, const char *path);
/** Writes the same format; equal weights give equal bytes. */
LB_API enum lb_status lb_network_save(struct lb_network *network, const char *path);
LB_API void lb_network_destroy(struct lb_network **network);

/** Number of layers, including those without parameters. */
LB_API int lb_network_layer_count(const struct lb_network *network);
/** Describes layer k; layer 0 takes the input. LB_ERR_ARGUMENT, without a message, if there is no
 * such layer. */
LB_API enum lb_status lb_network_get_layer(const struct lb_network *network, int k,
                                           struct lb_layer_info *info);
/** Size of one input: all numbers of the first layer's `in`. */
LB_API int lb_network_inputs(const struct lb_network *network);
/** Size of one output: all numbers of the last layer's `out`. */
LB_API int lb_network_outputs(const struct lb_network *network);

/**
 * Input normalisation of the network: the first layer sees (x - mean_c) scale_c for channel c.
 *
 * @param mean, scale  receive arrays of the returned length, owned by the network
 * @return the number of channels; 0: no normalisation, and the arrays are NULL
 */
LB_API int lb_network_get_normalisation(const struct lb_network *network, const float **mean,
                                        const float **scale);

/** Number of weights and biases. */
LB_API size_t lb_network_parameter_count(const struct lb_network *network);

/**
 * All parameters, layer by layer: the weight, row-major and shaped as in files, then the bias.
 * Excludes what training does not change: the normalisation and output_mean. `values` holds
 * lb_network_parameter_count() floats and stays the caller's.
 *
 * @return LB_OK, LB_ERR_NUMERIC (when setting: a value is not finite, and nothing is set),
 *         LB_ERR_OPENCL, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_network_get_parameters(struct lb_network *network, float *values);
LB_API enum lb_status lb_network_set_parameters(struct lb_network *network, const float *values);

/** out (n, outputs) = network(in (n, inputs)), in host memory, for any n, in batches. */
LB_API enum lb_status lb_network_apply(struct lb_network *network, const float *in, size_t n,
                                       float *out);

#ifdef __cplusplus
}
#endif

#endif
