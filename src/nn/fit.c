/* Initial weights fitted to data, layer by layer. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/philox.h"
#include "device/vector.h"
#include "nn/network.h"

/* Most pre-activations examined per layer: more would not improve the estimate. */
enum { MOST_NUMBERS = 1 << 22 };

static size_t rows_to_look_at(const struct lb_layer *layer, size_t rows, size_t before)
{
    const size_t wanted = MOST_NUMBERS / (size_t)lb_shape_size(layer->out);
    const size_t most = wanted > 1 ? wanted : 1;
    const size_t left = before < most ? most - before : 0;
    return rows < left ? rows : left;
}

static enum lb_status sum(const struct lb_fit *fit, double *values, size_t n)
{
    return fit->sum != NULL ? fit->sum(fit->user, values, n) : LB_OK;
}

/* Mean of each of `columns` columns of n rows, and *variance, the mean squared deviation. */
static enum lb_status spread(const struct lb_fit *fit, const float *values, size_t n,
                             size_t columns, double *mean, double *variance)
{
    double square = 0.0;
    double rows = (double)n;
    for (size_t j = 0; j < columns; j++) {
        mean[j] = 0.0;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < columns; j++) {
            mean[j] += (double)values[i * columns + j];
        }
    }
    LB_TRY(sum(fit, &rows, 1));
    LB_TRY(sum(fit, mean, columns));
    for (size_t j = 0; j < columns; j++) {
        mean[j] /= rows;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < columns; j++) {
            const double difference = (double)values[i * columns + j] - mean[j];
            square += difference * difference;
        }
    }
    LB_TRY(sum(fit, &square, 1));
    *variance = square / (rows * (double)columns);
    return LB_OK;
}

/* Whether a spread exceeds the rounding of its means and can be scaled to 1. */
static bool varies(double variance, const double *mean, size_t columns)
{
    double square = 0.0;
    for (size_t j = 0; j < columns; j++) {
        square += mean[j] * mean[j] / (double)columns;
    }
    return isfinite(variance) && variance > 1e-60 && variance > 1e-10 * square;
}

/* Uniform in [-1,1]. */
static double draw(struct lb_weight_seed seed, int layer, size_t j)
{
    const uint32_t counter[4] = {(uint32_t)j, UINT32_MAX - (uint32_t)layer, 0, seed.stream};
    const uint32_t key[2] = {(uint32_t)seed.seed, (uint32_t)(seed.seed >> 32)};
    uint32_t bits[4];
    lb_philox4x32(counter, key, bits);
    return 2.0 * lb_philox_uniform(bits[0]) - 1.0;
}

/* Computes Z into the buffer of the layer's output. */
static enum lb_status run_without_activation(struct lb_network *network,
                                             const struct lb_layer *layer,
                                             const struct lb_layer_pass *pass)
{
    struct lb_layer linear = *layer;
    struct lb_layer_pass all = *pass;
    linear.activation = LB_LINEAR;
    all.slope = NULL;
    return layer->kind->forward(network, &linear, &all);
}

/* The biases are still 0, so Z scales like the weight. */
static enum lb_status fit_layer(struct lb_network *network, const struct lb_layer *layer,
                                const struct lb_layer_pass *pass, const struct lb_fit *fit)
{
    struct lb_device *device = network->device;
    const size_t columns = layer->kind->parameters(layer).bias;
    const size_t weights = lb_layer_weight_count(layer);
    const size_t end = layer->bias - layer->weight + columns;
    const size_t numbers = rows_to_look_at(layer, (size_t)pass->rows, fit->rows_before) *
                           (size_t)lb_shape_size(layer->out);
    double variance;
    float *block = malloc(end * sizeof *block);
    float *values = malloc((numbers > 0 ? numbers : 1) * sizeof *values);
    double *mean = malloc(columns * sizeof *mean);
    enum lb_status status = LB_OK;
    if (block == NULL || values == NULL || mean == NULL) {
        status = lb_fail_memory(device->ctx, "first weights");
        goto fail;
    }
    LB_CHECK(pass->rows > 0 ? run_without_activation(network, layer, pass) : LB_OK);
    LB_CHECK(lb_buffer_read(device, pass->output, 0, values, numbers * sizeof *values));
    LB_CHECK(spread(fit, values, numbers / columns, columns, mean, &variance));
    if (!varies(variance, mean, columns)) {
        goto fail; // constant inputs or a single row: nothing to fit
    }
    LB_CHECK(lb_buffer_read(device, network->parameters, layer->weight * sizeof *block, block,
                            end * sizeof *block));
    const double scale = (layer->number == 0 ? fit->first : fit->others) / sqrt(variance);
    const double reach = layer->number == 0 ? fit->first_reach : 0.0;
    float *bias = block + (layer->bias - layer->weight);
    for (size_t i = 0; i < weights; i++) {
        block[i] = (float)(scale * (double)block[i]);
    }
    for (size_t j = 0; j < columns; j++) {
        bias[j] = (float)(reach * draw(fit->seed, layer->number, j) - scale * mean[j]);
    }
    LB_CHECK(lb_buffer_write(device, network->parameters, layer->weight * sizeof *block, block,
                             end * sizeof *block));
fail:
    free(block);
    free(values);
    free(mean);
    return status;
}

enum lb_status lb_network_fit(struct lb_network *network, struct lb_activations *activations,
                              struct lb_matrix input, int rows, const struct lb_fit *fit)
{
    struct lb_layer_pass pass = {.rows = rows};
    assert(fit->first > 0.0 && fit->others > 0.0);
    LB_TRY(rows > 0 ? lb_network_normalise(network, activations, input, rows, &pass.input) : LB_OK);
    for (int k = 0; k < network->layers.count - 1; k++) {
        const struct lb_layer *layer = &network->layers.layer[k];
        pass.output = activations->output[k];
        if (layer->number >= 0) {
            LB_TRY(fit_layer(network, layer, &pass, fit));
        }
        LB_TRY(rows > 0 ? layer->kind->forward(network, layer, &pass) : LB_OK);
        pass.input = (struct lb_matrix){pass.output, 0, (size_t)lb_shape_size(layer->out)};
    }
    return LB_OK;
}
