/* Dense layers:  y (n,out) = act(x (n,in) W (in,out) + b (out)) */
#include <stdio.h>

#include "nn/activation.h"
#include "nn/column_sum.h"
#include "nn/initialise.h"
#include "nn/layers.h"
#include "nn/network.h"

static int inputs_of(const struct lb_layer *layer)
{
    return lb_shape_size(layer->in);
}

static int outputs_of(const struct lb_layer *layer)
{
    return lb_shape_size(layer->out);
}

/* ---- shapes ---------------------------------------------------------------------------------- */

static bool exists(struct lb_shape shape)
{
    return shape.height >= 1 && shape.width >= 1 && shape.channels >= 1;
}

/* "512", or "dense4x4x96" if the output is an image. */
static bool parse(struct lb_layer *layer, const char *token)
{
    struct lb_shape out = {1, 1, 0};
    if (!lb_token_number(&token, &out.channels) &&
        !(lb_token_word(&token, "dense") && lb_token_number(&token, &out.height) &&
          lb_token_word(&token, "x") && lb_token_number(&token, &out.width) &&
          lb_token_word(&token, "x") && lb_token_number(&token, &out.channels))) {
        return false;
    }
    if (*token != '\0') {
        return false;
    }
    layer->kind = &lb_layer_dense;
    layer->out = out;
    return true;
}

static bool shape(struct lb_layer *layer, struct lb_text *why)
{
    if (!exists(layer->in) || !exists(layer->out)) {
        lb_text_add(why, "it is ");
        lb_shape_add_text(why, layer->in);
        lb_text_add(why, " to ");
        lb_shape_add_text(why, layer->out);
        lb_text_add(why, ": widths must be at least 1");
        return false;
    }
    return true;
}

static struct lb_parameter_shape parameters(const struct lb_layer *layer)
{
    const size_t columns = (size_t)outputs_of(layer);
    return (struct lb_parameter_shape){2, {(size_t)inputs_of(layer), columns}, columns, 1, columns};
}

static int products(const struct lb_layer *layer, int rows,
                    struct lb_gemm_shape shapes[LB_LAYER_PRODUCTS])
{
    const int in = inputs_of(layer);
    const int out = outputs_of(layer);
    shapes[0] = (struct lb_gemm_shape){false, false, rows, out, in};
    shapes[1] = (struct lb_gemm_shape){true, false, in, out, rows};
    shapes[2] = (struct lb_gemm_shape){false, true, rows, in, out};
    return LB_LAYER_PRODUCTS;
}

/* Outputs, their gradients and slopes. */
static double bytes(const struct lb_layer *layer, double rows)
{
    return (lb_layer_has_slope(layer) ? 3.0 : 2.0) * sizeof(float) * rows * outputs_of(layer);
}

/* ---- passes ---------------------------------------------------------------------------------- */

static void initialise(const struct lb_layer *layer, float *weight, struct lb_weight_seed seed)
{
    lb_draw_weights(layer, weight, inputs_of(layer), outputs_of(layer), seed);
}

static struct lb_matrix whole(cl_mem mem, int columns)
{
    return (struct lb_matrix){mem, 0, (size_t)columns};
}

static struct lb_matrix weight_of(const struct lb_layer *layer, cl_mem block)
{
    return (struct lb_matrix){block, layer->weight, (size_t)outputs_of(layer)};
}

/* Y = act(X W + b) */
static enum lb_status forward(struct lb_network *network, const struct lb_layer *layer,
                              const struct lb_layer_pass *pass)
{
    const int out = outputs_of(layer);
    const struct lb_gemm_call call = {
        .m = pass->rows,
        .n = out,
        .k = inputs_of(layer),
        .a = pass->input,
        .b = weight_of(layer, network->parameters),
        .c = whole(pass->output, out),
        .epilogue = {.kind = LB_EPILOGUE_ACTIVATE,
                     .function = lb_activation_row(layer->activation)->function,
                     .bias = network->parameters,
                     .bias_offset = layer->bias,
                     .slope = whole(pass->slope, out)},
    };
    return lb_gemm_run(network->gemm, &call);
}

/* dW = X^T dZ, db = column sums of dZ */
static enum lb_status parameter_gradient(struct lb_network *network, const struct lb_layer *layer,
                                         const struct lb_layer_pass *pass)
{
    const int columns = outputs_of(layer);
    const bool fused = lb_gemm_sums_columns(network->gemm);
    const struct lb_gemm_call call = {
        .transpose_a = true,
        .m = inputs_of(layer),
        .n = columns,
        .k = pass->rows,
        .a = pass->input,
        .b = whole(pass->dz, columns),
        .c = weight_of(layer, pass->gradient),
        .b_sums = {fused ? pass->gradient : NULL, layer->bias},
    };
    LB_TRY(lb_gemm_run(network->gemm, &call));
    return fused ? LB_OK
                 : lb_column_sum(network, pass->dz, 0, pass->rows, columns, pass->gradient,
                                 layer->bias);
}

/* dX = dZ W^T, times the slope of the previous layer if there is one */
static enum lb_status input_gradient(struct lb_network *network, const struct lb_layer *layer,
                                     const struct lb_layer_pass *pass)
{
    const int in = inputs_of(layer);
    const int out = outputs_of(layer);
    const struct lb_gemm_call call = {
        .transpose_b = true,
        .m = pass->rows,
        .n = in,
        .k = out,
        .a = whole(pass->dz, out),
        .b = weight_of(layer, network->parameters),
        .c = whole(pass->dinput, in),
        .beta = pass->accumulate ? 1.0f : 0.0f,
        .epilogue = {.kind = pass->input_slope != NULL ? LB_EPILOGUE_SCALE : LB_EPILOGUE_NONE,
                     .slope = whole(pass->input_slope, in)},
    };
    return lb_gemm_run(network->gemm, &call);
}

static enum lb_status backward(struct lb_network *network, const struct lb_layer *layer,
                               const struct lb_layer_pass *pass)
{
    if (pass->gradient != NULL) {
        LB_TRY(parameter_gradient(network, layer, pass));
    }
    return pass->dinput != NULL ? input_gradient(network, layer, pass) : LB_OK;
}

/* ---- files and words ------------------------------------------------------------------------- */

static void add_onnx(const struct lb_layer *layer, struct lb_onnx *onnx, const float *block,
                     const char *prefix, const char *in, const char *out)
{
    const struct lb_parameter_shape shapes = parameters(layer);
    char weight[48];
    char bias[48];
    snprintf(weight, sizeof weight, "%s.layer%d.weight", prefix, layer->number);
    snprintf(bias, sizeof bias, "%s.layer%d.bias", prefix, layer->number);
    const struct lb_tensor w = {
        weight, LB_F32, 2, {shapes.weight[0], shapes.weight[1]}, block + layer->weight};
    const struct lb_tensor b = {bias, LB_F32, 1, {shapes.bias}, block + layer->bias};
    lb_onnx_add_constant(onnx, &w);
    lb_onnx_add_constant(onnx, &b);
    lb_onnx_add_node(onnx, "Gemm", (const char *const[]){in, weight, bias}, 3, out);
}

static void describe(const struct lb_layer *layer, struct lb_text *text)
{
    const struct lb_shape out = layer->out;
    if (out.height * out.width > 1) {
        lb_text_addf(text, "dense%dx%dx%d", out.height, out.width, out.channels);
    } else {
        lb_text_addf(text, "%d", out.channels);
    }
}

const struct lb_layer_kind lb_layer_dense = {
    .name = "dense",
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
