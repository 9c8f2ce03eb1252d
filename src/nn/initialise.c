/* Initial weights from the seed. */
#include <math.h>
#include <stdlib.h>

#include "base/parallel.h"
#include "base/philox.h"
#include "nn/activation.h"
#include "nn/initialise.h"
#include "nn/network.h"

/* Numbers drawn in order from one Philox stream, two per block. */
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
    struct drawer drawer; ///< at the first pair
};

/* Draws pairs first to last - 1. */
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
    enum { PAIRS_PER_THREAD = 10000 }; // fewer take less time than starting a thread
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

/* On the host, because it happens once and compiling a kernel would take longer on a CPU device. */
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
    const size_t n = (size_t)lb_network_outputs(network);
    const bool in_bias =
        last->kind->parameters(last).bias == n; // otherwise the bias has one number per channel
    if (activation->inverse == NULL) {
        return lb_fail(network->device->ctx, LB_ERR_ARGUMENT,
                       "network: an output cannot be %s (use linear or sigmoid)", activation->name);
    }
    LB_TRY(lb_network_scale_output(network, 0.0f));
    float *mean = malloc(n * sizeof *mean);
    if (mean == NULL) {
        return lb_fail_memory(network->device->ctx, "network");
    }
    for (size_t j = 0; j < n; j++) {
        mean[j] = (float)activation->inverse((double)output[j]);
    }
    enum lb_status status = lb_network_set_output_mean(network, in_bias ? NULL : mean);
    if (status == LB_OK && in_bias) {
        status = lb_buffer_write(network->device, network->parameters, last->bias * sizeof *mean,
                                 mean, n * sizeof *mean);
    }
    free(mean);
    return status;
}
