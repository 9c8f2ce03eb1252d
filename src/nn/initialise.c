/* First weights: from the seed alone, then fitted to the data. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/parallel.h"
#include "base/philox.h"
#include "nn/activation.h"
#include "nn/initialise.h"
#include "nn/network.h"

/* Numbers drawn in order from one Philox stream, two a block. */
struct drawer {
    uint32_t counter[4];
    uint32_t key[2];
};

static void draw_pair(struct drawer *drawer, bool normal, double pair[2])
{
    uint32_t bits[4];
    lb_philox4x32(drawer->counter, drawer->key, bits);
    drawer->counter[0]++;
    const double u = lb_philox_uniform(bits[0]);
    const double v = lb_philox_uniform(bits[1]);
    if (normal) { // Box-Muller
        const double radius = sqrt(-2.0 * log(u));
        pair[0] = radius * cos(6.283185307179586 * v);
        pair[1] = radius * sin(6.283185307179586 * v);
    } else {
        pair[0] = 2.0 * u - 1.0;
        pair[1] = 2.0 * v - 1.0;
    }
}

/* A layer's weights, drawn in pairs. */
struct weights {
    float *values;
    size_t count;
    double scale;
    bool normal;
    struct drawer drawer; ///< of the first pair
};

/* The pairs first to last - 1. */
static void draw_weights(void *user, size_t first, size_t last)
{
    const struct weights *weights = user;
    struct drawer drawer = weights->drawer;
    drawer.counter[0] += (uint32_t)first;
    for (size_t i = 2 * first; i < 2 * last; i += 2) {
        double pair[2];
        draw_pair(&drawer, weights->normal, pair);
        weights->values[i] = (float)(weights->scale * pair[0]);
        if (i + 1 < weights->count) {
            weights->values[i + 1] = (float)(weights->scale * pair[1]);
        }
    }
}

void lb_draw_weights(const struct lb_layer *layer, float *weight, int fan_in, int fan_out,
                     struct lb_weight_seed seed)
{
    enum { PAIRS_PER_THREAD = 10000 }; // fewer take less time than a thread's start
    const bool he = lb_activation_row(layer->activation)->gain == LB_GAIN_HE;
    struct weights weights = {
        .values = weight,
        .count = lb_layer_weight_count(layer),
        .scale = he ? sqrt(2.0 / fan_in) : sqrt(6.0 / ((double)fan_in + fan_out)),
        .normal = he,
        .drawer = {{0, (uint32_t)layer->number, 0, seed.stream},
                   {(uint32_t)seed.seed, (uint32_t)(seed.seed >> 32)}},
    };
    lb_parallel_for((weights.count + 1) / 2, PAIRS_PER_THREAD, draw_weights, &weights);
}

enum lb_status lb_network_initialise(struct lb_network *network, uint64_t seed, uint32_t stream)
{
    const size_t count = network->layers.block_size;
    float *values = calloc(count, sizeof *values);
    if (values == NULL) {
        return lb_fail_memory(network->device->ctx, "network parameters");
    }
    for (int k = 0; k < network->layers.count; k++) {
        const struct lb_layer *layer = &network->layers.layer[k];
        if (layer->number >= 0) {
            layer->kind->initialise(layer, values + layer->weight,
                                    (struct lb_weight_seed){seed, stream});
        }
    }
    const enum lb_status status =
        lb_buffer_write(network->device, network->parameters, 0, values, count * sizeof *values);
    free(values);
    return status;
}

static const struct lb_layer *last_layer(const struct lb_network *network)
{
    return &network->layers.layer[network->layers.count - 1];
}

/* On the host: it happens once, and a kernel would take a CPU device's compiler longer. */
enum lb_status lb_network_scale_output(struct lb_network *network, float factor)
{
    struct lb_device *device = network->device;
    const size_t first = last_layer(network)->weight;
    const size_t n = network->layers.block_size - first;
    float *values = malloc(n * sizeof *values);
    if (values == NULL) {
        return lb_fail_memory(device->ctx, "network");
    }
    enum lb_status status = LB_OK;
    LB_CHECK(lb_buffer_read(device, network->parameters, first * sizeof *values, values,
                            n * sizeof *values));
    for (size_t i = 0; i < n; i++) {
        values[i] *= factor;
    }
    LB_CHECK(lb_buffer_write(device, network->parameters, first * sizeof *values, values,
                             n * sizeof *values));
fail:
    free(values);
    return status;
}

enum lb_status lb_network_start_output(struct lb_network *network, const float *output)
{
    const struct lb_layer *last = last_layer(network);
    const struct lb_activation_row *activation = lb_activation_row(last->activation);
    const size_t columns = last->kind->parameters(last).bias;
    assert(columns == (size_t)lb_network_outputs(network));
    if (activation->inverse == NULL) {
        return lb_fail(network->device->ctx, LB_ERR_ARGUMENT,
                       "network: an output cannot be %s (use linear or sigmoid)", activation->name);
    }
    LB_TRY(lb_network_scale_output(network, 0.0f));
    float *bias = malloc(columns * sizeof *bias);
    if (bias == NULL) {
        return lb_fail_memory(network->device->ctx, "network");
    }
    for (size_t j = 0; j < columns; j++) {
        bias[j] = (float)activation->inverse((double)output[j]);
    }
    const enum lb_status status =
        lb_buffer_write(network->device, network->parameters, last->bias * sizeof *bias, bias,
                        columns * sizeof *bias);
    free(bias);
    return status;
}

/* Standard deviation of the fitted layer's pre-activations, by experiment: 1 to 3 do equally well.
 */
static const double input_spread = 2.0;

/* Mean (l) of n vectors, and the mean squared distance from it. */
static double spread(const float *vectors, size_t n, size_t l, double *mean)
{
    double square = 0.0;
    for (size_t j = 0; j < l; j++) {
        mean[j] = 0.0;
        for (size_t i = 0; i < n; i++) {
            mean[j] += (double)vectors[i * l + j] / (double)n;
        }
        for (size_t i = 0; i < n; i++) {
            const double difference = (double)vectors[i * l + j] - mean[j];
            square += difference * difference / (double)n;
        }
    }
    return square;
}

enum lb_status lb_network_fit_input(struct lb_network *network, const float *inputs, size_t n,
                                    uint64_t seed, uint32_t stream)
{
    struct lb_device *device = network->device;
    const struct lb_layer *first = &network->layers.layer[0];
    const size_t in = (size_t)lb_network_inputs(network);
    const size_t columns = first->kind->parameters(first).bias;
    const size_t count = in * columns;
    const size_t end = first->bias + columns;      // W_0 and b_0 open the block
    assert(count == lb_layer_weight_count(first)); // a product of the whole input
    float *block = malloc(end * sizeof *block);
    double *mean = malloc(in * sizeof *mean);
    enum lb_status status = LB_OK;
    if (block == NULL || mean == NULL) {
        status = lb_fail_memory(device->ctx, "first weights");
        goto fail;
    }
    LB_CHECK(lb_buffer_read(device, network->parameters, 0, block, end * sizeof *block));
    float *weight = block + first->weight;
    float *bias = block + first->bias;
    double square = 0.0;
    for (size_t i = 0; i < count; i++) {
        square += (double)weight[i] * (double)weight[i] / (double)count;
    }
    const double variance = square * spread(inputs, n, in, mean);
    if (!(variance > 0.0) || !isfinite(variance)) {
        goto fail; // constant inputs: nothing to fit
    }
    const double scale = input_spread / sqrt(variance);
    for (size_t i = 0; i < count; i++) {
        weight[i] = (float)(scale * (double)weight[i]);
    }
    struct drawer drawer = {{0, UINT32_MAX, 0, stream}, {(uint32_t)seed, (uint32_t)(seed >> 32)}};
    for (size_t j = 0; j < columns; j++) {
        double pair[2];
        double centre = 0.0;
        for (size_t i = 0; i < in; i++) {
            centre += (double)weight[i * columns + j] * mean[i];
        }
        draw_pair(&drawer, false, pair);
        bias[j] = (float)(pair[0] - centre);
    }
    LB_CHECK(lb_buffer_write(device, network->parameters, 0, block, end * sizeof *block));
fail:
    free(block);
    free(mean);
    return status;
}
