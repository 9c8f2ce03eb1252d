/* First weights: from the seed alone, then fitted to the data. */
#include <math.h>
#include <stdlib.h>

#include "base/parallel.h"
#include "base/philox.h"
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

static bool is_rectifier(enum lb_activation activation)
{
    return activation == LB_ELU || activation == LB_RELU || activation == LB_SOFTPLUS ||
           activation == LB_SILU;
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

enum lb_status lb_network_initialise(struct lb_network *network, uint64_t seed, uint32_t stream)
{
    enum { PAIRS_PER_THREAD = 10000 }; // fewer take less time than a thread's start
    float *values = calloc(network->parameter_count, sizeof *values);
    if (values == NULL) {
        return lb_fail_memory(network->device->ctx, "network parameters");
    }
    const int layers = network->info.layers;
    for (int k = 0; k < layers; k++) {
        const int in = network->info.sizes[k];
        const int columns = network->info.sizes[k + 1];
        const bool he = is_rectifier(k + 1 < layers ? network->info.activation
                                                    : network->info.output_activation);
        struct weights weights = {
            .values = values + network->weight[k],
            .count = (size_t)in * (size_t)columns,
            .scale = he ? sqrt(2.0 / in) : sqrt(6.0 / ((double)in + columns)),
            .normal = he,
            .drawer = {{0, (uint32_t)k, 0, stream}, {(uint32_t)seed, (uint32_t)(seed >> 32)}},
        };
        lb_parallel_for((weights.count + 1) / 2, PAIRS_PER_THREAD, draw_weights, &weights);
    }
    const enum lb_status status = lb_buffer_write(network->device, network->parameters, 0, values,
                                                  network->parameter_count * sizeof *values);
    free(values);
    return status;
}

/* On the host: it happens once, and a kernel would take a CPU device's compiler longer. */
enum lb_status lb_network_scale_output(struct lb_network *network, float factor)
{
    struct lb_device *device = network->device;
    const size_t first = network->weight[network->info.layers - 1];
    const size_t n = network->parameter_count - first;
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

/* What a unit's pre-activation must be for it to give `value`. */
static double pre_activation(enum lb_activation activation, double value)
{
    if (activation != LB_SIGMOID) {
        return value;
    }
    const double inside = fmin(fmax(value, 1e-3), 1.0 - 1e-3); // 0 and 1 are reached nowhere
    return log(inside / (1.0 - inside));
}

enum lb_status lb_network_start_output(struct lb_network *network, const float *output)
{
    const struct lb_network_info *info = &network->info;
    const size_t columns = (size_t)lb_network_outputs(network);
    LB_TRY(lb_network_scale_output(network, 0.0f));
    float *bias = malloc(columns * sizeof *bias);
    if (bias == NULL) {
        return lb_fail_memory(network->device->ctx, "network");
    }
    for (size_t j = 0; j < columns; j++) {
        bias[j] = (float)pre_activation(info->output_activation, (double)output[j]);
    }
    const enum lb_status status = lb_buffer_write(network->device, network->parameters,
                                                  network->bias[info->layers - 1] * sizeof *bias,
                                                  bias, columns * sizeof *bias);
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
    const size_t in = (size_t)network->info.sizes[0];
    const size_t columns = (size_t)network->info.sizes[1];
    const size_t count = in * columns;
    const size_t end = network->bias[0] + columns; // W_0 and b_0 open the block
    float *block = malloc(end * sizeof *block);
    double *mean = malloc(in * sizeof *mean);
    enum lb_status status = LB_OK;
    if (block == NULL || mean == NULL) {
        status = lb_fail_memory(device->ctx, "first weights");
        goto fail;
    }
    LB_CHECK(lb_buffer_read(device, network->parameters, 0, block, end * sizeof *block));
    float *weight = block + network->weight[0];
    float *bias = block + network->bias[0];
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
