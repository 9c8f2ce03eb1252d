/* Transposed convolutions: the adjoint of a convolution with kernel 4, stride 2, padding 1. */
#include <stdio.h>

#include "nn/column_sum.h"
#include "nn/convolution.h"
#include "nn/initialise.h"
#include "nn/layers.h"
#include "nn/network.h"

enum { KERNEL = 4, STRIDE = 2, PADDING = 1 };

/* ---- shapes ---------------------------------------------------------------------------------- */

/* "deconv32" */
static bool parse(struct lb_layer *layer, const char *token)
{
    int channels = 0;
    if (!lb_token_word(&token, "deconv") || !lb_token_number(&token, &channels) || *token != '\0') {
        return false;
    }
    layer->kind = &lb_layer_deconv;
    layer->out = (struct lb_shape){0, 0, channels};
    layer->kernel = KERNEL;
    layer->stride = STRIDE;
    layer->padding = PADDING;
    return true;
}

static bool shape(struct lb_layer *layer, struct lb_text *why)
{
    if (layer->out.channels < 1) {
        lb_text_add(why, "it has 0 channels: must be at least 1");
        return false;
    }
    layer->out.height = STRIDE * layer->in.height;
    layer->out.width = STRIDE * layer->in.width;
    return true;
}

static struct lb_parameter_shape parameters(const struct lb_layer *layer)
{
    const size_t channels = (size_t)layer->out.channels;
    /* A row of the matrix product is a patch of 4 x 4 pixels, as stored. Patches overlap, so a
     * pixel yields 2 x 2 pixels */
    return (struct lb_parameter_shape){4,
                                       {(size_t)layer->in.channels, KERNEL, KERNEL, channels},
                                       channels,
                                       1,
                                       STRIDE * STRIDE * channels};
}

/* The convolution from this layer's output to its input. */
static struct lb_convolution convolution_of(const struct lb_layer *layer)
{
    return (struct lb_convolution){
        .image = layer->out,
        .map = layer->in,
        .kernel = KERNEL,
        .stride = STRIDE,
        .padding = PADDING,
        .weight = layer->weight,
        .transposed = true,
    };
}

static int products(const struct lb_layer *layer, int rows,
                    struct lb_gemm_shape shapes[LB_LAYER_PRODUCTS])
{
    const struct lb_convolution convolution = convolution_of(layer);
    const int pixels = rows * layer->in.height * layer->in.width;
    const int patch = lb_convolution_patch(&convolution);
    const int in = layer->in.channels;
    shapes[0] = lb_convolution_adjoint_shape(&convolution, rows);
    shapes[1] = (struct lb_gemm_shape){true, false, patch, in, pixels};
    shapes[2] = (struct lb_gemm_shape){false, true, pixels, in, patch};
    return LB_LAYER_PRODUCTS;
}

/* Outputs, their gradients and slopes. */
static double bytes(const struct lb_layer *layer, double rows)
{
    return (lb_layer_has_slope(layer) ? 3.0 : 2.0) * sizeof(float) * rows *
           lb_shape_size(layer->out);
}

/* ---- passes ---------------------------------------------------------------------------------- */

static void initialise(const struct lb_layer *layer, float *weight, struct lb_weight_seed seed)
{
    const int taps =
        KERNEL * KERNEL / (STRIDE * STRIDE); // taps that contribute to one number of the output
    lb_draw_weights(layer, weight, taps * layer->in.channels, taps * layer->out.channels, seed);
}

/* Y = act(adjoint(X) + b) */
static enum lb_status forward(struct lb_network *network, const struct lb_layer *layer,
                              const struct lb_layer_pass *pass)
{
    const struct lb_convolution convolution = convolution_of(layer);
    const struct lb_epilogue epilogue = lb_convolution_activate(network, layer, pass);
    return lb_convolution_adjoint(network, &convolution, pass->rows, pass->input.mem, pass->output,
                                  0.0f, &epilogue);
}

static enum lb_status backward(struct lb_network *network, const struct lb_layer *layer,
                               const struct lb_layer_pass *pass)
{
    const struct lb_convolution convolution = convolution_of(layer);
    const int pixels = pass->rows * layer->out.height * layer->out.width;
    const struct lb_epilogue epilogue = lb_convolution_scale(layer, pass);
    if (pass->gradient != NULL) {
        LB_TRY(lb_convolution_weights(network, &convolution, pass->rows, pass->dz, pass->input.mem,
                                      pass->gradient, NULL));
        LB_TRY(lb_column_sum_many(network, pass->dz, pixels, layer->out.channels, pass->gradient,
                                  layer->bias));
    }
    return pass->dinput != NULL
               ? lb_convolution_run(network, &convolution, pass->rows, pass->dz, pass->dinput,
                                    pass->accumulate ? 1.0f : 0.0f, &epilogue)
               : LB_OK;
}

/* ---- files and words ------------------------------------------------------------------------- */

static void add_onnx(const struct lb_layer *layer, struct lb_onnx *onnx, const float *block,
                     const char *prefix, const char *in, const char *out)
{
    static const int order[] = {0, 3, 1, 2}; // ONNX order is (in,out,k,k)
    lb_convolution_add_onnx(layer, onnx, "ConvTranspose", order, block, prefix, in, out);
}

static void describe(const struct lb_layer *layer, struct lb_text *text)
{
    lb_text_addf(text, "deconv%d", layer->out.channels);
}

const struct lb_layer_kind lb_layer_deconv = {
    .name = "deconv",
    .parse = parse,
    .shape = shape,
    .parameters = parameters,
    .initialise = initialise,
    .forward = forward,
    .backward = backward,
    .products = products,
    .bytes = bytes,
    .add_onnx = add_onnx,
    .describe = describe,
    .activates = true,
};
