/* Convolutions: zero padding, square kernels, stride 1 or 2. */
#include <stdio.h>

#include "nn/convolution.h"
#include "nn/initialise.h"
#include "nn/layers.h"
#include "nn/network.h"

enum { MAX_KERNEL = 7 };

/* ---- shapes ---------------------------------------------------------------------------------- */

/* "conv24", "conv24k5", "conv24s2", "conv24k4s2" */
static bool parse(struct lb_layer *layer, const char *token)
{
    int channels = 0;
    int kernel = 3;
    int stride = 1;
    if (!lb_token_word(&token, "conv") || !lb_token_number(&token, &channels) ||
        (lb_token_word(&token, "k") && !lb_token_number(&token, &kernel)) ||
        (lb_token_word(&token, "s") && !lb_token_number(&token, &stride)) || *token != '\0') {
        return false;
    }
    layer->kind = &lb_layer_conv;
    layer->out = (struct lb_shape){0, 0, channels};
    layer->kernel = kernel;
    layer->stride = stride;
    layer->padding = kernel % 2 == 1 ? kernel / 2 : kernel / 2 - 1;
    return true;
}

static bool kernel_exists(const struct lb_layer *layer)
{
    const bool odd = layer->kernel % 2 == 1 && layer->kernel >= 1 && layer->kernel <= MAX_KERNEL;
    return (odd && (layer->stride == 1 || layer->stride == 2)) ||
           (layer->kernel == 4 && layer->stride == 2);
}

static bool shape(struct lb_layer *layer, struct lb_text *why)
{
    const struct lb_shape in = layer->in;
    const int padded_height = in.height + 2 * layer->padding;
    const int padded_width = in.width + 2 * layer->padding;
    if (!kernel_exists(layer)) {
        lb_text_addf(why,
                     "there is no kernel %dx%d of stride %d (odd kernels from 1 to %d have stride "
                     "1 or 2, kernel 4 has stride 2)",
                     layer->kernel, layer->kernel, layer->stride, MAX_KERNEL);
        return false;
    }
    if (layer->out.channels < 1) {
        lb_text_add(why, "it has 0 channels: must be at least 1");
        return false;
    }
    if (padded_height < layer->kernel || padded_width < layer->kernel) {
        lb_text_addf(
            why,
            "the kernel is %dx%d, but the image %dx%d, %dx%d when padded (use a smaller kernel)",
            layer->kernel, layer->kernel, in.height, in.width, padded_height, padded_width);
        return false;
    }
    layer->out.height = (padded_height - layer->kernel) / layer->stride + 1;
    layer->out.width = (padded_width - layer->kernel) / layer->stride + 1;
    return true;
}

static struct lb_parameter_shape parameters(const struct lb_layer *layer)
{
    const size_t kernel = (size_t)layer->kernel;
    const size_t channels = (size_t)layer->out.channels;
    return (struct lb_parameter_shape){
        4, {kernel, kernel, (size_t)layer->in.channels, channels}, channels, 3, channels};
}

static struct lb_convolution convolution_of(const struct lb_layer *layer)
{
    return (struct lb_convolution){
        .image = layer->in,
        .map = layer->out,
        .kernel = layer->kernel,
        .stride = layer->stride,
        .padding = layer->padding,
        .weight = layer->weight,
    };
}

static int products(const struct lb_layer *layer, int rows,
                    struct lb_gemm_shape shapes[LB_LAYER_PRODUCTS])
{
    const struct lb_convolution convolution = convolution_of(layer);
    const int pixels = rows * layer->out.height * layer->out.width;
    const int patch = lb_convolution_patch(&convolution);
    const int out = layer->out.channels;
    shapes[0] = (struct lb_gemm_shape){false, false, pixels, out, patch};
    shapes[1] = (struct lb_gemm_shape){true, false, patch, out, pixels};
    shapes[2] = lb_convolution_adjoint_shape(&convolution, rows);
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
    const int taps = layer->kernel * layer->kernel;
    lb_draw_weights(layer, weight, taps * layer->in.channels, taps * layer->out.channels, seed);
}

static struct lb_gemm_call forward_call(struct lb_network *network, const struct lb_layer *layer,
                                        const struct lb_layer_pass *pass)
{
    const struct lb_convolution convolution = convolution_of(layer);
    const struct lb_epilogue epilogue = lb_convolution_activate(network, layer, pass);
    return lb_convolution_call(network, &convolution, pass->rows, pass->input.mem, pass->output,
                               &epilogue);
}

static bool pools(struct lb_network *network, const struct lb_layer *layer,
                  const struct lb_layer_pass *pass)
{
    const struct lb_gemm_call call = forward_call(network, layer, pass);
    return lb_gemm_pools(network->gemm, &call);
}

/* Y = act(conv(X) + b) */
static enum lb_status forward(struct lb_network *network, const struct lb_layer *layer,
                              const struct lb_layer_pass *pass)
{
    struct lb_gemm_call call = forward_call(network, layer, pass);
    if (pass->pooled != NULL) {
        call.c.mem = pass->pooled;
        call.pooled = true;
    }
    return lb_gemm_run(network->gemm, &call);
}

static enum lb_status backward(struct lb_network *network, const struct lb_layer *layer,
                               const struct lb_layer_pass *pass)
{
    const struct lb_convolution convolution = convolution_of(layer);
    const struct lb_epilogue epilogue = lb_convolution_scale(layer, pass);
    if (pass->gradient != NULL) {
        LB_TRY(lb_convolution_weights(network, &convolution, pass->rows, pass->input.mem, pass->dz,
                                      pass->gradient, &layer->bias));
    }
    return pass->dinput != NULL
               ? lb_convolution_adjoint(network, &convolution, pass->rows, pass->dz, pass->dinput,
                                        pass->accumulate ? 1.0f : 0.0f, &epilogue)
               : LB_OK;
}

/* ---- files and words ------------------------------------------------------------------------- */

static void add_onnx(const struct lb_layer *layer, struct lb_onnx *onnx, const float *block,
                     const char *prefix, const char *in, const char *out)
{
    static const int order[] = {3, 2, 0, 1}; // ONNX order is (out,in,k,k)
    lb_convolution_add_onnx(layer, onnx, "Conv", order, block, prefix, in, out);
}

static void describe(const struct lb_layer *layer, struct lb_text *text)
{
    lb_text_addf(text, "conv%d", layer->out.channels);
    if (layer->kernel != 3) {
        lb_text_addf(text, "k%d", layer->kernel);
    }
    if (layer->stride != 1) {
        lb_text_addf(text, "s%d", layer->stride);
    }
}

const struct lb_layer_kind lb_layer_conv = {
    .name = "conv",
    .parse = parse,
    .shape = shape,
    .parameters = parameters,
    .initialise = initialise,
    .forward = forward,
    .backward = backward,
    .pools = pools,
    .products = products,
    .bytes = bytes,
    .add_onnx = add_onnx,
    .describe = describe,
    .activates = true,
};
