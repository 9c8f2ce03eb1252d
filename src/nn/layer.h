/*
 * Layers: one row of functions for each kind, and networks are lists of layers.
 *
 * Everything that depends on a network's structure (passes, initial weights, memory, arithmetic,
 * files, ONNX, descriptions) iterates over the list and calls the rows; nothing else looks at
 * sizes. A new kind is one file with its row, declared below.
 *
 * Images are (height, width, channels), channels fastest; a vector of n numbers is 1 x 1 x n.
 * Parameters, gradients and moments are blocks with the same layout, defined by the list: a layer's
 * weight and bias are views of it. Layers that have parameters are numbered: layerK.weight,
 * layerK.bias in files.
 */
#ifndef LB_NN_LAYER_H
#define LB_NN_LAYER_H

#include <stdbool.h>
#include <stdint.h>

#include <lowbend/network.h>
#include <lowbend/tensor.h>

#include "base/text.h"
#include "gemm/gemm.h"
#include "io/onnx.h"

struct lb_network;
struct lb_layer_kind;

struct lb_layer {
    const struct lb_layer_kind *kind;
    struct lb_shape in;
    struct lb_shape out;
    enum lb_activation activation; ///< LB_LINEAR for kinds without activation
    int kernel;                    ///< kernel height and width of convolutions
    int stride;
    int padding;   ///< zero rows and columns on each side
    int number;    ///< index among the layers with parameters; -1: none
    size_t weight; ///< offsets in the block, in floats, multiples of 32
    size_t bias;
};

/** A layer's tensors as stored in files. */
struct lb_parameter_shape {
    int rank; ///< rank of the weight; 0: no parameters
    size_t weight[LB_TENSOR_MAX_RANK];
    size_t bias;
    int matrix_axes; ///< number of leading weight axes that form the rows of its matrix
    size_t fan_out;  ///< number of outputs that an input contributes to, for convolutions with one
                     ///< output pixel per tap
};

/** Source of a layer's initial weights, which depend on nothing else. */
struct lb_weight_seed {
    uint64_t seed;
    uint32_t stream;
};

/** One layer's part in a pass over a batch. X is its input, Z the pre-activation, Y = act(Z). */
struct lb_layer_pass {
    int rows;
    struct lb_matrix input; ///< X (rows, in)
    cl_mem output;          ///< Y (rows, out)
    cl_mem pooled;   ///< if not NULL, receives the output of a following lb_layer_pool, and Y need
                     ///< not exist
    cl_mem slope;    ///< act'(Z) (rows, out), written by forward; NULL: not needed
    cl_mem dz;       ///< dL/dZ (rows, out)
    cl_mem gradient; ///< block that receives dL/d parameters, summed over rows; NULL: not needed
    cl_mem dinput;   ///< receives dL/dX (rows, in); NULL: not needed
    cl_mem input_slope; ///< elementwise factor of dL/dX; NULL: none
    bool accumulate;    ///< add dL/dX to the existing values; not with input_slope
};

enum { LB_LAYER_PRODUCTS = 3 };

struct lb_layer_kind {
    const char *name;
    /** Parses a token of a network's text (layers.h). Returns false, setting nothing, if the
     * token is not of this kind; otherwise sets the kind's parameters, even if shape() will
     * reject them. */
    bool (*parse)(struct lb_layer *layer, const char *token);
    /** Sets `out` from `in` and the kind's parameters; false, with the reason and the sizes in
     * `why`, if the layer is impossible. */
    bool (*shape)(struct lb_layer *layer, struct lb_text *why);
    /** Tensors in files; the block holds the same numbers in the same order. */
    struct lb_parameter_shape (*parameters)(const struct lb_layer *layer);
    /** Initialises the weight; biases start at 0. */
    void (*initialise)(const struct lb_layer *layer, float *weight, struct lb_weight_seed seed);
    /** Enqueue. */
    enum lb_status (*forward)(struct lb_network *network, const struct lb_layer *layer,
                              const struct lb_layer_pass *pass);
    enum lb_status (*backward)(struct lb_network *network, const struct lb_layer *layer,
                               const struct lb_layer_pass *pass);
    /** Whether forward() supports pass->pooled; NULL: never. */
    bool (*pools)(struct lb_network *network, const struct lb_layer *layer,
                  const struct lb_layer_pass *pass);
    /** The matrix products of a training step, in this order: forward, dW, dX, or none. bench
     * counts them as arithmetic, and tune measures them. If a step runs a product for each of
     * several classes of pixels, this returns a single one with all operations. Returns their
     * number, 3 or 0. */
    int (*products)(const struct lb_layer *layer, int rows,
                    struct lb_gemm_shape shapes[LB_LAYER_PRODUCTS]);
    /** Device memory in bytes that a training step needs for the layer, besides parameters. */
    double (*bytes)(const struct lb_layer *layer, double rows);
    /** Adds the nodes for the pre-activation, or for the output of kinds without activation. `out`
     * names it, constants are named with `prefix`, and `parameters` is the block. Dense layers use
     * shape (n, numbers), the others (n, channels, height, width). */
    void (*add_onnx)(const struct lb_layer *layer, struct lb_onnx *onnx, const float *parameters,
                     const char *prefix, const char *in, const char *out);
    /** Appends its token in the form that parse() accepts: "512", "conv24k5". */
    void (*describe)(const struct lb_layer *layer, struct lb_text *text);
    bool activates; ///< false: its activation is always LB_LINEAR
};

/** y (n,out) = act(x (n,in) W (in,out) + b (out)) */
extern const struct lb_layer_kind lb_layer_dense;
/** y[n,i,j,o] = act(b[o] + sum_{u,v,c} x[n, s i + u - p, s j + v - p, c] W[u,v,c,o]), 0 outside */
extern const struct lb_layer_kind lb_layer_conv;
/** The adjoint of a convolution with kernel 4, stride 2, padding 1, with weight (cin,4,4,cout): y =
 * act(b + ...) has twice the height and width */
extern const struct lb_layer_kind lb_layer_deconv;
/** The mean of each 2 x 2 block. */
extern const struct lb_layer_kind lb_layer_pool;
/** Repeats each pixel 2 x 2: twice the height and width. */
extern const struct lb_layer_kind lb_layer_up;

/** All kinds, terminated by NULL. */
extern const struct lb_layer_kind *const lb_layer_kinds[];

/** A network's layers, in order. */
struct lb_layer_list {
    struct lb_shape input;
    enum lb_activation activation; ///< of all layers but the last, even if there is only one
    int count;
    struct lb_layer layer[LB_NETWORK_MAX_LAYERS];
    size_t block_size; ///< floats of the parameter block, padding included
};

/** An empty list for inputs of this shape. */
struct lb_layer_list lb_layer_list(struct lb_shape input);

/**
 * Appends a layer: the caller gives its kind, activation and the kind's parameters (`out` for dense
 * layers; out.channels, kernel, stride and padding for convolutions); the rest is filled in.
 * LB_ERR_ARGUMENT for an impossible layer, or too many.
 */
enum lb_status lb_layer_list_add(struct lb_layer_list *list, struct lb_context *ctx,
                                 const struct lb_layer *layer);
/** The same without a message: false with the reason in `why`, leaving the list unchanged. */
bool lb_layer_list_try(struct lb_layer_list *list, const struct lb_layer *layer,
                       struct lb_text *why);

/** Description of a multilayer perceptron. */
struct lb_mlp {
    int in;
    const int *hidden; ///< widths of the hidden layers
    int hidden_count;
    int out;
    enum lb_activation activation;        ///< of the hidden layers
    enum lb_activation output_activation; ///< of the last layer
};
/** Makes the layer list of a multilayer perceptron. Errors as lb_layer_list_add(). */
enum lb_status lb_layer_list_mlp(struct lb_layer_list *list, struct lb_context *ctx,
                                 const struct lb_mlp *mlp);

/** Whether a layer works on images of more than one pixel, so that shapes matter and not only
 * sizes. */
bool lb_layer_list_has_images(const struct lb_layer_list *list);

/** Whether a backward pass needs the gradient by layer k's input: an earlier layer has parameters,
 * or the gradient by the network's input is requested. */
bool lb_layer_list_needs_dinput(const struct lb_layer_list *list, int k, bool input_gradient);

/** Shape of the last layer's output; the list must not be empty. */
struct lb_shape lb_layer_list_output(const struct lb_layer_list *list);

enum { LB_LIST_PRODUCTS = LB_LAYER_PRODUCTS * LB_NETWORK_MAX_LAYERS };
/** The matrix products of a training step over `rows` rows, with or without the input gradient;
 * returns their number. */
size_t lb_layer_list_products(const struct lb_layer_list *list, int rows, bool input_gradient,
                              struct lb_gemm_shape shapes[LB_LIST_PRODUCTS]);
/** Their floating-point operations. */
double lb_layer_list_flops(const struct lb_layer_list *list, int rows, bool input_gradient);

/** Appends "32x32x3", or "16" for a vector. */
void lb_shape_add_text(struct lb_text *text, struct lb_shape shape);

/** Appends "768-512-16": the input size, then each layer; with image layers "32x32x3 -> pool
 * 16x16x3 -> conv 16x16x24 -> 256 -> 16". */
void lb_layer_list_describe(const struct lb_layer_list *list, struct lb_text *text);

/** Size of the layer's weight; 0: no parameters. */
size_t lb_layer_weight_count(const struct lb_layer *layer);
/** Size of its weight and bias. */
size_t lb_layer_parameter_count(const struct lb_layer *layer);
/** Whether passes store act'(Z), which is 1 for linear layers. */
bool lb_layer_has_slope(const struct lb_layer *layer);

/** Number of elements of a shape; for layers it fits an int. */
static inline int lb_shape_size(struct lb_shape shape)
{
    return shape.height * shape.width * shape.channels;
}

static inline struct lb_shape lb_shape_vector(int n)
{
    return (struct lb_shape){1, 1, n};
}

#endif
