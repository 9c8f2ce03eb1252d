/*
 * Layers: one row of functions for each kind, and networks are lists of layers.
 *
 * Whoever needs to know a network (passes, first weights, memory, arithmetic, files, ONNX, what a
 * run says of itself) walks the list and asks the rows; nobody else looks at sizes. A new kind is
 * one file with its row, declared below.
 *
 * Images are (height, width, channels), channels fastest; a vector of n numbers is 1 x 1 x n.
 * Parameters, gradients and moments are blocks of one layout, the list's: a layer's weight and bias
 * are views of it. Layers that have parameters are numbered: layerK.weight, layerK.bias in files.
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
    enum lb_activation activation; ///< LB_LINEAR for kinds that have none
    int kernel;                    ///< of convolutions: its height and width
    int stride;
    int padding;   ///< rows and columns of zeros on each side
    int number;    ///< among the layers with parameters; -1: it has none
    size_t weight; ///< offsets in the block, in floats, multiples of 32
    size_t bias;
};

/** A layer's tensors, as files have them. */
struct lb_parameter_shape {
    int rank; ///< of the weight; 0: no parameters
    size_t weight[LB_TENSOR_MAX_RANK];
    size_t bias;
    int matrix_axes; ///< the weight's first axes that are the rows of its matrix
    size_t fan_out;  ///< numbers of the output that one of its rows' inputs takes part in, at one
                     ///< place of the kernel a pixel of the output
};

/** Where a layer's weights come from: numbers that depend on these alone. */
struct lb_weight_seed {
    uint64_t seed;
    uint32_t stream;
};

/** One layer's part in a pass over a batch. X is its input, Z what is activated, Y = act(Z). */
struct lb_layer_pass {
    int rows;
    struct lb_matrix input; ///< X (rows, in)
    cl_mem output;          ///< Y (rows, out)
    cl_mem pooled;   ///< if not NULL, receives what lb_layer_pool makes of Y, and Y need not exist
    cl_mem slope;    ///< act'(Z) (rows, out), written by forward; NULL: not wanted
    cl_mem dz;       ///< dL/dZ (rows, out)
    cl_mem gradient; ///< block that receives dL/d parameters, summed over rows; NULL: no
    cl_mem dinput;   ///< receives dL/dX (rows, in); NULL: not wanted
    cl_mem input_slope; ///< what dL/dX is multiplied by, number by number; NULL: by nothing
    bool accumulate;    ///< dL/dX is added to what is there; not with input_slope
};

enum { LB_LAYER_PRODUCTS = 3 };

struct lb_layer_kind {
    const char *name;
    /** Takes a token of a network's text (layers.h): false, and nothing is set, if it is none of
     * this kind's; else the kind's own numbers are set, also those that shape() will refuse. */
    bool (*parse)(struct lb_layer *layer, const char *token);
    /** Sets `out` from `in` and the kind's own numbers; false, with the reason and the sizes in
     * `why`, if there is no such layer. */
    bool (*shape)(struct lb_layer *layer, struct lb_text *why);
    /** Files have these tensors, the block the same numbers in the same order. */
    struct lb_parameter_shape (*parameters)(const struct lb_layer *layer);
    /** Draws the weight; biases start at 0. */
    void (*initialise)(const struct lb_layer *layer, float *weight, struct lb_weight_seed seed);
    /** Enqueue. */
    enum lb_status (*forward)(struct lb_network *network, const struct lb_layer *layer,
                              const struct lb_layer_pass *pass);
    enum lb_status (*backward)(struct lb_network *network, const struct lb_layer *layer,
                               const struct lb_layer_pass *pass);
    /** Whether forward() takes pass->pooled; NULL: never. */
    bool (*pools)(struct lb_network *network, const struct lb_layer *layer,
                  const struct lb_layer_pass *pass);
    /** The matrix products of a training step, in this order: forward, dW, dX, or none. They are
     * what bench counts as arithmetic and what tune measures; where the step does a product for
     * each of some classes of pixels, one of all their operations. Returns their number, 3 or 0. */
    int (*products)(const struct lb_layer *layer, int rows,
                    struct lb_gemm_shape shapes[LB_LAYER_PRODUCTS]);
    /** Bytes on the device that a training step takes for the layer, besides parameters. */
    double (*bytes)(const struct lb_layer *layer, double rows);
    /** Adds the nodes for what is activated, or of kinds without activation for the output: its
     * name is `out`, names of constants begin with `prefix`, and `parameters` is the block. Dense
     * layers take and give (n, numbers), the others (n, channels, height, width). */
    void (*add_onnx)(const struct lb_layer *layer, struct lb_onnx *onnx, const float *parameters,
                     const char *prefix, const char *in, const char *out);
    /** Appends its token, which parse() takes: "512", "conv24k5". */
    void (*describe)(const struct lb_layer *layer, struct lb_text *text);
    bool activates; ///< false: its activation is always LB_LINEAR
};

/** y (n,out) = act(x (n,in) W (in,out) + b (out)) */
extern const struct lb_layer_kind lb_layer_dense;
/** y[n,i,j,o] = act(b[o] + sum_{u,v,c} x[n, s i + u - p, s j + v - p, c] W[u,v,c,o]), 0 outside */
extern const struct lb_layer_kind lb_layer_conv;
/** The adjoint of a convolution with kernel 4, stride 2, padding 1, of weight (cin,4,4,cout):
 * y = act(b + ...) has twice the height and width */
extern const struct lb_layer_kind lb_layer_deconv;
/** The mean of each 2 x 2 block. */
extern const struct lb_layer_kind lb_layer_pool;
/** Each pixel four times: twice the height and width. */
extern const struct lb_layer_kind lb_layer_up;

/** All kinds, then NULL. */
extern const struct lb_layer_kind *const lb_layer_kinds[];

/** A network's layers, in order. */
struct lb_layer_list {
    struct lb_shape input;
    enum lb_activation activation; ///< of all layers but the last, also where there are none
    int count;
    struct lb_layer layer[LB_NETWORK_MAX_LAYERS];
    size_t block_size; ///< floats of the parameter block, padding included
};

/** Empty, for inputs of this shape. */
struct lb_layer_list lb_layer_list(struct lb_shape input);

/**
 * Appends a layer: its kind, its activation and the kind's own numbers (of dense ones `out`, of
 * convolutions out.channels, kernel, stride and padding) are given, the rest is filled in.
 * LB_ERR_ARGUMENT for one that cannot be, or too many.
 */
enum lb_status lb_layer_list_add(struct lb_layer_list *list, struct lb_context *ctx,
                                 const struct lb_layer *layer);
/** The same without a message: false, and the list as it was, with the reason in `why`. */
bool lb_layer_list_try(struct lb_layer_list *list, const struct lb_layer *layer,
                       struct lb_text *why);

/** What a multilayer perceptron is made of. */
struct lb_mlp {
    int in;
    const int *hidden; ///< widths of the hidden layers
    int hidden_count;
    int out;
    enum lb_activation activation;        ///< of the hidden layers
    enum lb_activation output_activation; ///< of the last
};
/** Makes the list of a multilayer perceptron. Errors as lb_layer_list_add(). */
enum lb_status lb_layer_list_mlp(struct lb_layer_list *list, struct lb_context *ctx,
                                 const struct lb_mlp *mlp);

/** Whether a layer works on images of more than one pixel: then shapes matter, not sizes alone. */
bool lb_layer_list_has_images(const struct lb_layer_list *list);

/** Whether a backward pass needs the gradient by layer k's input: something below has parameters,
 * or the gradient by the network's input is wanted. */
bool lb_layer_list_needs_dinput(const struct lb_layer_list *list, int k, bool input_gradient);

/** Shape of the last layer's output; the list must not be empty. */
struct lb_shape lb_layer_list_output(const struct lb_layer_list *list);

enum { LB_LIST_PRODUCTS = LB_LAYER_PRODUCTS * LB_NETWORK_MAX_LAYERS };
/** The matrix products of a training step over `rows` rows, with the gradient by the input or
 * without; returns their number. */
size_t lb_layer_list_products(const struct lb_layer_list *list, int rows, bool input_gradient,
                              struct lb_gemm_shape shapes[LB_LIST_PRODUCTS]);
/** Their floating-point operations. */
double lb_layer_list_flops(const struct lb_layer_list *list, int rows, bool input_gradient);

/** Appends "32x32x3", or "16" for a vector. */
void lb_shape_add_text(struct lb_text *text, struct lb_shape shape);

/** Appends "768-512-16": the input's numbers, then each layer; with image layers "32x32x3 -> pool
 * 16x16x3 -> conv 16x16x24 -> 256 -> 16". */
void lb_layer_list_describe(const struct lb_layer_list *list, struct lb_text *text);

/** Numbers in the layer's weight; 0: it has no parameters. */
size_t lb_layer_weight_count(const struct lb_layer *layer);
/** Numbers in its weight and bias. */
size_t lb_layer_parameter_count(const struct lb_layer *layer);
/** Whether passes keep act'(Z): it is 1 everywhere for linear layers. */
bool lb_layer_has_slope(const struct lb_layer *layer);

/** Numbers of a shape; of layers they fit an int. */
static inline int lb_shape_size(struct lb_shape shape)
{
    return shape.height * shape.width * shape.channels;
}

static inline struct lb_shape lb_shape_vector(int n)
{
    return (struct lb_shape){1, 1, n};
}

#endif
