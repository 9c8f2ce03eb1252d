#include "nn/network.h"

#include <stdlib.h>

#include "device/vector.h"

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
            status =
                lb_fail(device->ctx, LB_ERR_ARGUMENT,
                        "network: layer %d is %d x %d: widths must be at least 1", k, in, columns);
            goto fail;
        }
        network->weight[k] = count;
        count += round_up((size_t)in * (size_t)columns);
        network->bias[k] = count;
        count += round_up((size_t)columns);
    }
    if (count >= (size_t)1 << 31) {
        status =
            lb_fail(device->ctx, LB_ERR_ARGUMENT,
                    "network: %zu parameters: at most 2^31 - 1 (use smaller hidden widths)", count);
        goto fail;
    }
    network->parameter_count = count;
    LB_CHECK(lb_buffer_create(device, &network->parameters, count * sizeof(float),
                              "network parameters"));
    LB_CHECK(lb_buffer_zero(device, network->parameters, 0, count * sizeof(float)));
    LB_CHECK(lb_step_kernel(device, &network->column_sum, "column_sum"));
    LB_CHECK(lb_step_kernel(device, &network->scale_by, "scale_by"));
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
    lb_activations_destroy(&(*network)->apply_activations);
    lb_buffer_release(&(*network)->parameters);
    lb_normalisation_destroy(&(*network)->normalisation);
    if ((*network)->owns_gemm) {
        lb_gemm_destroy(&(*network)->gemm);
    }
    free(*network);
    *network = NULL;
}

int lb_network_get_normalisation(const struct lb_network *network, const float **mean,
                                 const float **scale)
{
    *mean = network->normalisation.mean;
    *scale = network->normalisation.scale;
    return network->normalisation.channels;
}

const struct lb_network_info *lb_network_get_info(const struct lb_network *network)
{
    return &network->info;
}
