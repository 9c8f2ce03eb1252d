#include "nn/layer.h"

#include "nn/activation.h"

/* Views start on cache lines. */
static size_t round_up(size_t n)
{
    return (n + 31) / 32 * 32;
}

static bool is_too_large(struct lb_shape shape)
{
    return (double)shape.height * shape.width * shape.channels > 1 << 30;
}

struct lb_layer_list lb_layer_list(struct lb_shape input)
{
    return (struct lb_layer_list){.input = input};
}

struct lb_shape lb_layer_list_output(const struct lb_layer_list *list)
{
    return list->layer[list->count - 1].out;
}

/* Gives the layer its number and its places in the block. */
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

enum lb_status lb_layer_list_add(struct lb_layer_list *list, struct lb_context *ctx,
                                 const struct lb_layer *layer)
{
    if (list->count == LB_NETWORK_MAX_LAYERS) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "network: %d layers: must be 1 to %d (use fewer hidden widths)",
                       list->count + 1, LB_NETWORK_MAX_LAYERS);
    }
    struct lb_layer *added = &list->layer[list->count];
    *added = *layer;
    added->in = list->count > 0 ? lb_layer_list_output(list) : list->input;
    LB_TRY(added->kind->shape(added, list->count, ctx));
    if (is_too_large(added->in) || is_too_large(added->out)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "network: layer %d has more than 2^30 inputs or outputs (use smaller ones)",
                       list->count);
    }
    place_parameters(list, added);
    list->count++;
    return LB_OK;
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
        const bool last_counts = k > 0 || input_gradient; // dX
        n += (size_t)(products > 0 && !last_counts ? products - 1 : products);
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

void lb_layer_list_describe(const struct lb_layer_list *list, struct lb_text *text)
{
    lb_text_addf(text, "%d", lb_shape_size(list->input));
    for (int k = 0; k < list->count; k++) {
        lb_text_add(text, "-");
        list->layer[k].kind->describe(&list->layer[k], text);
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
