/* Layers without parameters that resize images: pool and up. */
#include <stdio.h>
#include <string.h>

#include "device/profile.h"
#include "device/vector.h"
#include "nn/layers.h"
#include "nn/network.h"

static bool parse_word(struct lb_layer *layer, const struct lb_layer_kind *kind, const char *token)
{
    if (strcmp(token, kind->name) != 0) {
        return false;
    }
    layer->kind = kind;
    return true;
}

static struct lb_parameter_shape no_parameters(const struct lb_layer *layer)
{
    (void)layer;
    return (struct lb_parameter_shape){0};
}

static int no_products(const struct lb_layer *layer, int rows,
                       struct lb_gemm_shape shapes[LB_LAYER_PRODUCTS])
{
    (void)layer, (void)rows, (void)shapes;
    return 0;
}

/* Outputs and their gradients. */
static double bytes(const struct lb_layer *layer, double rows)
{
    return 2.0 * sizeof(float) * rows * lb_shape_size(layer->out);
}

static void describe(const struct lb_layer *layer, struct lb_text *text)
{
    lb_text_add(text, layer->kind->name);
}

/* ---- passes ---------------------------------------------------------------------------------- */

/* A kernel of cl/nn/resample.cl: output shape and factor. */
struct resampling {
    cl_kernel kernel;
    struct lb_shape shape;
    cl_float factor;
};

static enum lb_status resample(struct lb_network *network, struct resampling resampling, int rows,
                               cl_mem from, cl_mem to, cl_mem slope, bool accumulate)
{
    const struct lb_shape shape = resampling.shape;
    const cl_int n = rows * lb_shape_size(shape);
    const cl_int scaled = slope != NULL;
    const cl_int added = accumulate;
    const struct lb_ndrange grid =
        lb_ndrange_rows(network->device, (size_t)rows * (size_t)shape.height,
                        (size_t)shape.width * (size_t)shape.channels);
    const cl_mem factors = scaled ? slope : from; // not read if equal to `from`
    lb_profile_expect(network->device, 4.0 * n, 3.0 * sizeof(float) * n);
    return lb_launch(network->device, resampling.kernel, grid, LB_ARG(from), LB_ARG(to),
                     LB_ARG(factors), LB_ARG(n), LB_ARG(shape.width), LB_ARG(shape.channels),
                     LB_ARG(resampling.factor), LB_ARG(scaled), LB_ARG(added));
}

static enum lb_status resample_forward(struct lb_network *network, struct resampling resampling,
                                       const struct lb_layer_pass *pass)
{
    return resample(network, resampling, pass->rows, pass->input.mem, pass->output, NULL, false);
}

static enum lb_status resample_backward(struct lb_network *network, struct resampling resampling,
                                        const struct lb_layer_pass *pass)
{
    return pass->dinput == NULL ? LB_OK
                                : resample(network, resampling, pass->rows, pass->dz, pass->dinput,
                                           pass->input_slope, pass->accumulate);
}

/* ---- files ----------------------------------------------------------------------------------- */

/* ---- pool ------------------------------------------------------------------------------------ */

static bool pool_parse(struct lb_layer *layer, const char *token)
{
    return parse_word(layer, &lb_layer_pool, token);
}

static bool pool_shape(struct lb_layer *layer, struct lb_text *why)
{
    const struct lb_shape in = layer->in;
    if (in.height % 2 == 1 || in.width % 2 == 1) {
        lb_text_addf(why,
                     "the image is %dx%d, which 2x2 blocks do not fill (pool even sizes; conv24s2 "
                     "halves odd ones)",
                     in.height, in.width);
        return false;
    }
    layer->out = (struct lb_shape){in.height / 2, in.width / 2, in.channels};
    return true;
}

static enum lb_status pool_forward(struct lb_network *network, const struct lb_layer *layer,
                                   const struct lb_layer_pass *pass)
{
    return resample_forward(network, (struct resampling){network->block_sum, layer->out, 0.25f},
                            pass);
}

static enum lb_status pool_backward(struct lb_network *network, const struct lb_layer *layer,
                                    const struct lb_layer_pass *pass)
{
    return resample_backward(network, (struct resampling){network->spread, layer->in, 0.25f}, pass);
}

static void pool_add_onnx(const struct lb_layer *layer, struct lb_onnx *onnx,
                          const float *parameters, const char *prefix, const char *in,
                          const char *out)
{
    static const struct lb_onnx_attribute attributes[] = {
        {"kernel_shape", NULL, 2, {2, 2}},
        {"strides", NULL, 2, {2, 2}},
    };
    (void)layer, (void)parameters, (void)prefix;
    lb_onnx_add_node_with(onnx, "AveragePool", &in, 1, attributes, LB_COUNT(attributes), out);
}

const struct lb_layer_kind lb_layer_pool = {
    .name = "pool",
    .parse = pool_parse,
    .shape = pool_shape,
    .parameters = no_parameters,
    .forward = pool_forward,
    .backward = pool_backward,
    .products = no_products,
    .bytes = bytes,
    .add_onnx = pool_add_onnx,
    .describe = describe,
};

/* ---- up -------------------------------------------------------------------------------------- */

static bool up_parse(struct lb_layer *layer, const char *token)
{
    return parse_word(layer, &lb_layer_up, token);
}

static bool up_shape(struct lb_layer *layer, struct lb_text *why)
{
    (void)why;
    layer->out = (struct lb_shape){2 * layer->in.height, 2 * layer->in.width, layer->in.channels};
    return true;
}

static enum lb_status up_forward(struct lb_network *network, const struct lb_layer *layer,
                                 const struct lb_layer_pass *pass)
{
    return resample_forward(network, (struct resampling){network->spread, layer->out, 1.0f}, pass);
}

static enum lb_status up_backward(struct lb_network *network, const struct lb_layer *layer,
                                  const struct lb_layer_pass *pass)
{
    return resample_backward(network, (struct resampling){network->block_sum, layer->in, 1.0f},
                             pass);
}

/* The attributes are those of PyTorch's exporter, which every runtime supports. */
static void up_add_onnx(const struct lb_layer *layer, struct lb_onnx *onnx, const float *parameters,
                        const char *prefix, const char *in, const char *out)
{
    static const float factors[] = {1.0f, 1.0f, 2.0f, 2.0f};
    static const struct lb_onnx_attribute attributes[] = {
        {"coordinate_transformation_mode", "asymmetric", 0, {0}},
        {"mode", "nearest", 0, {0}},
        {"nearest_mode", "floor", 0, {0}},
    };
    char scales[64];
    (void)layer, (void)parameters, (void)prefix;
    snprintf(scales, sizeof scales, "%s.scales", out);
    lb_onnx_add_constant(
        onnx, &(const struct lb_tensor){scales, LB_F32, 1, {LB_COUNT(factors)}, factors});
    lb_onnx_add_node_with(onnx, "Resize", (const char *const[]){in, "", scales}, 3, attributes,
                          LB_COUNT(attributes), out); // no region of interest
}

const struct lb_layer_kind lb_layer_up = {
    .name = "up",
    .parse = up_parse,
    .shape = up_shape,
    .parameters = no_parameters,
    .forward = up_forward,
    .backward = up_backward,
    .products = no_products,
    .bytes = bytes,
    .add_onnx = up_add_onnx,
    .describe = describe,
};
