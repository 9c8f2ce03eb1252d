/* Layers without parameters that change the size of images: pool and up. */
#include <stdio.h>
#include <string.h>

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

static enum lb_status not_yet(struct lb_network *network, const struct lb_layer *layer,
                              const struct lb_layer_pass *pass)
{
    (void)layer, (void)pass;
    return lb_fail(network->device->ctx, LB_ERR_UNSUPPORTED, "not yet");
}

static void add_onnx(const struct lb_layer *layer, struct lb_onnx *onnx, const float *block,
                     const char *prefix, const char *in, const char *out)
{
    (void)layer, (void)onnx, (void)block, (void)prefix, (void)in, (void)out;
}

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
                     "the image is %dx%d, which blocks of 2x2 do not fill (pool even sides; "
                     "conv24s2 halves odd ones)",
                     in.height, in.width);
        return false;
    }
    layer->out = (struct lb_shape){in.height / 2, in.width / 2, in.channels};
    return true;
}

const struct lb_layer_kind lb_layer_pool = {
    .name = "pool",
    .parse = pool_parse,
    .shape = pool_shape,
    .parameters = no_parameters,
    .forward = not_yet,
    .backward = not_yet,
    .products = no_products,
    .bytes = bytes,
    .add_onnx = add_onnx,
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

const struct lb_layer_kind lb_layer_up = {
    .name = "up",
    .parse = up_parse,
    .shape = up_shape,
    .parameters = no_parameters,
    .forward = not_yet,
    .backward = not_yet,
    .products = no_products,
    .bytes = bytes,
    .add_onnx = add_onnx,
    .describe = describe,
};
