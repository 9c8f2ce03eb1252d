#include "nn/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"

/* Views start on cache lines. */
static size_t round_up(size_t n)
{
    return (n + 31) / 32 * 32;
}

enum lb_status lb_network_create(struct lb_network **out, struct lb_device *device,
                                 struct lb_gemm *gemm, const struct lb_network_info *info)
{
    *out = NULL;
    if (info->layers < 1 || info->layers > LB_NETWORK_MAX_LAYERS) {
        return lb_fail(device->ctx, LB_ERR_ARGUMENT,
                       "network: %d layers: must be 1 to %d (use fewer hidden widths)",
                       info->layers, LB_NETWORK_MAX_LAYERS);
    }
    size_t count = 0;
    struct lb_network *network = calloc(1, sizeof *network);
    if (network == NULL) {
        return lb_fail_memory(device->ctx, "network");
    }
    network->device = device;
    network->gemm = gemm;
    network->info = *info;
    enum lb_status status = LB_OK;
    for (int k = 0; k < info->layers; k++) {
        const int in = info->sizes[k];
        const int columns = info->sizes[k + 1];
        if (in < 1 || columns < 1) {
            status = lb_fail(device->ctx, LB_ERR_ARGUMENT,
                             "network: layer %d is %d x %d: widths must be at least 1", k, in,
                             columns);
            goto fail;
        }
        network->weight[k] = count;
        count += round_up((size_t)in * (size_t)columns);
        network->bias[k] = count;
        count += round_up((size_t)columns);
    }
    if (count >= (size_t)1 << 31) {
        status = lb_fail(device->ctx, LB_ERR_ARGUMENT,
                         "network: %zu parameters: at most 2^31 - 1 (use smaller hidden widths)",
                         count);
        goto fail;
    }
    network->parameter_count = count;
    LB_CHECK(lb_buffer_create(device, &network->parameters, count * sizeof(float),
                              "network parameters"));
    LB_CHECK(lb_buffer_zero(device, network->parameters, 0, count * sizeof(float)));
    LB_CHECK(lb_kernel_get(device, &network->column_sum, "nn/column_sum.cl", "column_sum", NULL));
    LB_CHECK(lb_kernel_get(device, &network->scale_by, "nn/scale.cl", "scale_by", NULL));
    *out = network;
    return LB_OK;
fail:
    lb_network_destroy(&network);
    return status;
}

void lb_network_destroy(struct lb_network **network)
{
    if (network == NULL || *network == NULL) {
        return;
    }
    lb_tape_destroy(&(*network)->apply_tape);
    lb_buffer_release(&(*network)->parameters);
    if ((*network)->owns_gemm) {
        lb_gemm_destroy(&(*network)->gemm);
    }
    free(*network);
    *network = NULL;
}

const struct lb_network_info *lb_network_get_info(const struct lb_network *network)
{
    return &network->info;
}

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

enum lb_status lb_network_initialise(struct lb_network *network, uint64_t seed, uint32_t stream)
{
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
        const double scale = he ? sqrt(2.0 / in) : sqrt(6.0 / ((double)in + columns));
        const size_t count = (size_t)in * (size_t)columns;
        struct drawer drawer = {{0, (uint32_t)k, 0, stream},
                                {(uint32_t)seed, (uint32_t)(seed >> 32)}};
        float *weight = values + network->weight[k];
        for (size_t i = 0; i < count; i += 2) {
            double pair[2];
            draw_pair(&drawer, he, pair);
            weight[i] = (float)(scale * pair[0]);
            if (i + 1 < count) {
                weight[i + 1] = (float)(scale * pair[1]);
            }
        }
    }
    const enum lb_status status = lb_buffer_write(network->device, network->parameters, 0, values,
                                                  network->parameter_count * sizeof *values);
    free(values);
    return status;
}

enum lb_status lb_network_scale_output(struct lb_network *network, float factor)
{
    struct lb_device *device = network->device;
    const int last = network->info.layers - 1;
    const cl_int offset = (cl_int)network->weight[last];
    const cl_int n = (cl_int)(network->parameter_count - network->weight[last]);
    cl_kernel kernel;
    LB_TRY(lb_kernel_get(device, &kernel, "nn/scale.cl", "scale", NULL));
    return lb_launch(device, kernel, LB_GRID(n), LB_ARG(network->parameters), LB_ARG(offset),
                     LB_ARG(n), LB_ARG(factor));
}
