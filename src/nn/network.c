#include "nn/network.h"

#include <stdlib.h>

#include "device/vector.h"

enum lb_status lb_network_create(struct lb_network **out, struct lb_device *device,
                                 struct lb_gemm *gemm, const struct lb_layer_list *layers)
{
    const size_t count = layers->block_size;
    *out = NULL;
    if (layers->count < 1) {
        return lb_fail(device->ctx, LB_ERR_ARGUMENT, "network: 0 layers: must be 1 to %d",
                       LB_NETWORK_MAX_LAYERS);
    }
    if (count >= (size_t)1 << 31) {
        return lb_fail(device->ctx, LB_ERR_ARGUMENT,
                       "network: %zu parameters: at most 2^31 - 1 (use smaller layers)", count);
    }
    struct lb_network *network = calloc(1, sizeof *network);
    if (network == NULL) {
        return lb_fail_memory(device->ctx, "network");
    }
    network->device = device;
    network->gemm = gemm;
    network->layers = *layers;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_buffer_create(device, &network->parameters, count * sizeof(float),
                              "network parameters"));
    LB_CHECK(lb_buffer_zero(device, network->parameters, 0, count * sizeof(float)));
    LB_CHECK(lb_step_kernel(device, &network->column_sum, "column_sum"));
    LB_CHECK(lb_step_kernel(device, &network->scale_by, "scale_by"));
    LB_CHECK(lb_step_kernel(device, &network->gather, "gather"));
    LB_CHECK(lb_step_kernel(device, &network->block_sum, "block_sum"));
    LB_CHECK(lb_step_kernel(device, &network->spread, "spread"));
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
    lb_buffer_release(&(*network)->output_mean);
    lb_buffer_release(&(*network)->scratch);
    lb_normalisation_destroy(&(*network)->normalisation);
    if ((*network)->owns_gemm) {
        lb_gemm_destroy(&(*network)->gemm);
    }
    free(*network);
    *network = NULL;
}

void lb_network_drop_scratch(struct lb_network *network)
{
    lb_buffer_release(&network->scratch);
    network->scratch_floats = 0;
}

enum lb_status lb_network_reserve(struct lb_network *network, size_t floats)
{
    if (floats > network->scratch_floats) {
        /* Enqueued commands keep the old buffer alive until they are done */
        lb_network_drop_scratch(network);
        LB_TRY(lb_buffer_create(network->device, &network->scratch, floats * sizeof(float),
                                "a layer's scratch buffer"));
        network->scratch_floats = floats;
    }
    return LB_OK;
}

enum lb_status lb_network_set_output_mean(struct lb_network *network, const float *mean)
{
    const size_t bytes = (size_t)lb_network_outputs(network) * sizeof *mean;
    if (mean == NULL) {
        lb_buffer_release(&network->output_mean);
        return LB_OK;
    }
    if (network->output_mean == NULL) {
        LB_TRY(lb_buffer_create(network->device, &network->output_mean, bytes, "mean image"));
    }
    return lb_buffer_write(network->device, network->output_mean, 0, mean, bytes);
}

int lb_network_get_normalisation(const struct lb_network *network, const float **mean,
                                 const float **scale)
{
    *mean = network->normalisation.mean;
    *scale = network->normalisation.scale;
    return network->normalisation.channels;
}

int lb_network_layer_count(const struct lb_network *network)
{
    return network->layers.count;
}

enum lb_status lb_network_get_layer(const struct lb_network *network, int k,
                                    struct lb_layer_info *info)
{
    *info = (struct lb_layer_info){0};
    if (k < 0 || k >= network->layers.count) {
        return LB_ERR_ARGUMENT;
    }
    const struct lb_layer *layer = &network->layers.layer[k];
    *info = (struct lb_layer_info){
        .kind = layer->kind->name,
        .in = layer->in,
        .out = layer->out,
        .activation = layer->activation,
        .parameters = lb_layer_parameter_count(layer),
        .kernel = layer->kernel,
        .stride = layer->stride,
        .padding = layer->padding,
    };
    return LB_OK;
}

int lb_network_inputs(const struct lb_network *network)
{
    return lb_shape_size(network->layers.input);
}

int lb_network_outputs(const struct lb_network *network)
{
    return lb_shape_size(lb_layer_list_output(&network->layers));
}
