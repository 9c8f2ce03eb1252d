#include "nn/layer.h"

#include "nn/activation.h"

/* Views start on cache lines. */
static size_t round_up(size_t n)
{
    return (n + 31) / 32 * 32;
}

const struct lb_layer_kind *const lb_layer_kinds[] = {
    &lb_layer_dense, &lb_layer_conv, &lb_layer_deconv, &lb_layer_pool, &lb_layer_up, NULL,
};

static bool is_too_large(struct lb_shape shape)
{
    return (double)shape.height * shape.width * shape.channels >= 1 << 30;
}

/* Up to this, the sizes of a list's parameters do not overflow. */
static bool has_too_many_weights(const struct lb_layer *layer)
{
    const struct lb_parameter_shape shape = layer->kind->parameters(layer);
    double count = 1.0;
    for (int i = 0; i < shape.rank; i++) {
        count *= (double)shape.weight[i];
    }
    return count > 1099511627776.0;
}

struct lb_layer_list lb_layer_list(struct lb_shape input)
{
    return (struct lb_layer_list){.input = input};
}

struct lb_shape lb_layer_list_output(const struct lb_layer_list *list)
{
    return list->layer[list->count - 1].out;
}

/* Assigns the layer's number and offsets in the block. */
static void place_parameters(struct lb_layer_list *list, struct lb_layer *layer)
{
    layer->number = -1;
    const struct lb_parameter_shape shape = layer->kind->parameters(layer);
    if (shape.rank == 0) {
        return;
    }
    int number = 0;
    for (int k = 0; k < list->count; k++) {
        number += list->layer[k].number >= 0;
    }
    layer->number = number;
    layer->weight = list->block_size;
    layer->bias = layer->weight + round_up(lb_layer_weight_count(layer));
    list->block_size = layer->bias + round_up(shape.bias);
}

bool lb_layer_list_try(struct lb_layer_list *list, const struct lb_layer *layer,
                       struct lb_text *why)
{
    if (list->count == LB_NETWORK_MAX_LAYERS) {
        lb_text_addf(why, "a network has at most %d layers (remove some)", LB_NETWORK_MAX_LAYERS);
        return false;
    }
    struct lb_layer *added = &list->layer[list->count];
    *added = *layer;
    added->in = list->count > 0 ? lb_layer_list_output(list) : list->input;
    const bool inputs_fit = !is_too_large(added->in); // so that twice a size fits an int
    if (inputs_fit && !added->kind->shape(added, why)) {
        return false;
    }
    if (!inputs_fit || is_too_large(added->out)) {
        lb_text_addf(why,
                     "its input is %dx%dx%d and its output %dx%dx%d: 2^30 numbers or more (use "
                     "smaller layers)",
                     added->in.height, added->in.width, added->in.channels, added->out.height,
                     added->out.width, added->out.channels);
        return false;
    }
    if (has_too_many_weights(added)) {
        lb_text_add(why, "it has more than 2^40 weights (use smaller layers)");
        return false;
    }
    place_parameters(list, added);
    list->count++;
    return true;
}

enum lb_status lb_layer_list_add(struct lb_layer_list *list, struct lb_context *ctx,
                                 const struct lb_layer *layer)
{
    struct lb_text why = {0};
    enum lb_status status = LB_OK;
    if (!lb_layer_list_try(list, layer, &why)) {
        status = why.failed ? lb_fail_memory(ctx, "network")
                            : lb_fail(ctx, LB_ERR_ARGUMENT, "network: layer %d: %s", list->count,
                                      why.data);
    }
    lb_text_free(&why);
    return status;
}

enum lb_status lb_layer_list_mlp(struct lb_layer_list *list, struct lb_context *ctx,
                                 const struct lb_mlp *mlp)
{
    *list = lb_layer_list(lb_shape_vector(mlp->in));
    list->activation = mlp->activation;
    for (int k = 0; k < mlp->hidden_count; k++) {
        const struct lb_layer hidden = {.kind = &lb_layer_dense,
                                        .out = lb_shape_vector(mlp->hidden[k]),
                                        .activation = mlp->activation};
        LB_TRY(lb_layer_list_add(list, ctx, &hidden));
    }
    const struct lb_layer last = {.kind = &lb_layer_dense,
                                  .out = lb_shape_vector(mlp->out),
                                  .activation = mlp->output_activation};
    return lb_layer_list_add(list, ctx, &last);
}

size_t lb_layer_list_products(const struct lb_layer_list *list, int rows, bool input_gradient,
                              struct lb_gemm_shape shapes[LB_LIST_PRODUCTS])
{
    size_t n = 0;
    for (int k = 0; k < list->count; k++) {
        const struct lb_layer *layer = &list->layer[k];
        const int products = layer->kind->products(layer, rows, shapes + n);
        const bool dx = lb_layer_list_needs_dinput(list, k, input_gradient);
        n += (size_t)(products > 0 && !dx ? products - 1 : products);
    }
    return n;
}

double lb_layer_list_flops(const struct lb_layer_list *list, int rows, bool input_gradient)
{
    struct lb_gemm_shape shapes[LB_LIST_PRODUCTS];
    const size_t n = lb_layer_list_products(list, rows, input_gradient, shapes);
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += 2.0 * shapes[i].m * shapes[i].n * shapes[i].k;
    }
    return sum;
}

bool lb_layer_list_has_images(const struct lb_layer_list *list)
{
    for (int k = 0; k < list->count; k++) {
        const struct lb_layer *layer = &list->layer[k];
        if (layer->kind != &lb_layer_dense || layer->out.height * layer->out.width > 1) {
            return true;
        }
    }
    return false;
}

bool lb_layer_list_needs_dinput(const struct lb_layer_list *list, int k, bool input_gradient)
{
    bool needs = input_gradient;
    for (int i = 0; i < k; i++) {
        needs = needs || list->layer[i].number >= 0;
    }
    return needs;
}

void lb_shape_add_text(struct lb_text *text, struct lb_shape shape)
{
    if (shape.height != 1 || shape.width != 1) {
        lb_text_addf(text, "%dx%dx%d", shape.height, shape.width, shape.channels);
    } else {
        lb_text_addf(text, "%d", shape.channels);
    }
}

void lb_layer_list_describe(const struct lb_layer_list *list, struct lb_text *text)
{
    if (!lb_layer_list_has_images(list)) {
        lb_text_addf(text, "%d", lb_shape_size(list->input));
        for (int k = 0; k < list->count; k++) {
            lb_text_addf(text, "-%d", lb_shape_size(list->layer[k].out));
        }
        return;
    }
    lb_shape_add_text(text, list->input);
    for (int k = 0; k < list->count; k++) {
        const struct lb_layer *layer = &list->layer[k];
        lb_text_add(text, " -> ");
        if (layer->kind != &lb_layer_dense) {
            lb_text_addf(text, "%s ", layer->kind->name);
        }
        lb_shape_add_text(text, layer->out);
    }
}

size_t lb_layer_weight_count(const struct lb_layer *layer)
{
    const struct lb_parameter_shape shape = layer->kind->parameters(layer);
    size_t count = shape.rank > 0 ? 1 : 0;
    for (int i = 0; i < shape.rank; i++) {
        count *= shape.weight[i];
    }
    return count;
}

size_t lb_layer_parameter_count(const struct lb_layer *layer)
{
    return lb_layer_weight_count(layer) + layer->kind->parameters(layer).bias;
}

bool lb_layer_has_slope(const struct lb_layer *layer)
{
    return layer->activation != LB_LINEAR;
}
