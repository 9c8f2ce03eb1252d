/* A network's parameters as one array without padding: W_0, b_0, W_1, ... */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/network.h"

size_t lb_network_parameter_count(const struct lb_network *network)
{
    size_t count = 0;
    for (int k = 0; k < network->layers.count; k++) {
        count += lb_layer_parameter_count(&network->layers.layer[k]);
    }
    return count;
}

/* Calls copy() for each view, with its offsets in the block and in the array, and its length. */
static void each_view(const struct lb_network *network, float *block, float *array,
                      void (*copy)(float *in_block, float *in_array, size_t n))
{
    for (int k = 0; k < network->layers.count; k++) {
        const struct lb_layer *layer = &network->layers.layer[k];
        const size_t weights = lb_layer_weight_count(layer);
        const size_t biases = layer->kind->parameters(layer).bias;
        copy(block + layer->weight, array, weights);
        copy(block + layer->bias, array + weights, biases);
        array += weights + biases;
    }
}

static void to_array(float *in_block, float *in_array, size_t n)
{
    memcpy(in_array, in_block, n * sizeof *in_array);
}

static void to_block(float *in_block, float *in_array, size_t n)
{
    memcpy(in_block, in_array, n * sizeof *in_block);
}

enum lb_status lb_network_get_parameters(struct lb_network *network, float *values)
{
    const size_t bytes = network->layers.block_size * sizeof(float);
    float *block = malloc(bytes);
    if (block == NULL) {
        return lb_fail_memory(network->device->ctx, "network parameters");
    }
    const enum lb_status status =
        lb_buffer_read(network->device, network->parameters, 0, block, bytes);
    if (status == LB_OK) {
        each_view(network, block, values, to_array);
    }
    free(block);
    return status;
}

enum lb_status lb_network_set_parameters(struct lb_network *network, const float *values)
{
    const size_t n = lb_network_parameter_count(network);
    const size_t bytes = network->layers.block_size * sizeof(float);
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(values[i])) {
            return lb_fail(network->device->ctx, LB_ERR_NUMERIC,
                           "network: parameter %zu is %g (set finite ones)", i, (double)values[i]);
        }
    }
    float *block = calloc(network->layers.block_size, sizeof *block); // the padding is 0
    float *copy = malloc((n + 1) * sizeof *copy); // a list may have no parameters
    enum lb_status status = LB_OK;
    if (block == NULL || copy == NULL) {
        status = lb_fail_memory(network->device->ctx, "network parameters");
    } else {
        memcpy(copy, values, n * sizeof *copy);
        each_view(network, block, copy, to_block);
        status = lb_buffer_write(network->device, network->parameters, 0, block, bytes);
    }
    free(block);
    free(copy);
    return status;
}

enum lb_status lb_network_has_weights(struct lb_network *network, bool *has)
{
    const size_t n = network->layers.block_size;
    float *block = malloc(n * sizeof *block);
    if (block == NULL) {
        return lb_fail_memory(network->device->ctx, "network parameters");
    }
    const enum lb_status status =
        lb_buffer_read(network->device, network->parameters, 0, block, n * sizeof *block);
    *has = false;
    for (size_t i = 0; i < n && status == LB_OK && !*has; i++) {
        *has = block[i] != 0.0f;
    }
    free(block);
    return status;
}

bool lb_network_same_layers(const struct lb_network *a, const struct lb_network *b)
{
    const struct lb_layer_list *x = &a->layers;
    const struct lb_layer_list *y = &b->layers;
    bool same = x->count == y->count && memcmp(&x->input, &y->input, sizeof x->input) == 0;
    for (int k = 0; k < x->count && same; k++) {
        const struct lb_layer *p = &x->layer[k];
        const struct lb_layer *q = &y->layer[k];
        same = p->kind == q->kind && p->activation == q->activation && p->kernel == q->kernel &&
               p->stride == q->stride && p->padding == q->padding &&
               memcmp(&p->out, &q->out, sizeof p->out) == 0;
    }
    return same;
}
