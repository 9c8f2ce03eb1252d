/* Networks as safetensors: layerK.weight (in,out), layerK.bias (out); activations and normalisation
 * as metadata. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lowbend/tensor.h>

#include "base/text.h"
#include "nn/network.h"

enum { NAME_BYTES = 32 };

static enum lb_status fail_format(struct lb_context *ctx, const char *path, const char *why)
{
    return lb_fail(ctx, LB_ERR_FORMAT,
                   "%s: is no network: %s (take a file written by `lowbend train`)", path, why);
}

/* Finds layer k in the file and checks its shapes; *found is false behind the last layer. */
static enum lb_status read_shape(struct lb_context *ctx, const char *path,
                                 const struct lb_tensor_file *file, int k,
                                 struct lb_network_info *info, bool *found)
{
    char name[NAME_BYTES];
    char why[160];
    snprintf(name, sizeof name, "layer%d.weight", k);
    const struct lb_tensor *weight = lb_tensor_file_find(file, name);
    snprintf(name, sizeof name, "layer%d.bias", k);
    const struct lb_tensor *bias = lb_tensor_file_find(file, name);
    *found = weight != NULL && bias != NULL;
    if (!*found) {
        if (weight != NULL || bias != NULL || k == 0) {
            snprintf(why, sizeof why, "layer%d.weight or layer%d.bias is missing", k, k);
            return fail_format(ctx, path, why);
        }
        return LB_OK;
    }
    if (weight->dtype != LB_F32 || bias->dtype != LB_F32 || weight->rank != 2 || bias->rank != 1 ||
        bias->shape[0] != weight->shape[1]) {
        snprintf(why, sizeof why, "layer%d must be a float32 weight (in,out) and bias (out)", k);
        return fail_format(ctx, path, why);
    }
    if (k >= LB_NETWORK_MAX_LAYERS) {
        return fail_format(ctx, path, "it has too many layers");
    }
    for (int i = 0; i < 2; i++) {
        if (weight->shape[i] < 1 || weight->shape[i] > 1u << 30) {
            snprintf(why, sizeof why, "layer%d has an impossible width", k);
            return fail_format(ctx, path, why);
        }
    }
    if (k > 0 && (size_t)info->sizes[k] != weight->shape[0]) {
        snprintf(why, sizeof why, "layer%d takes %zu numbers, but layer%d gives %d", k,
                 weight->shape[0], k - 1, info->sizes[k]);
        return fail_format(ctx, path, why);
    }
    info->sizes[k] = (int)weight->shape[0];
    info->sizes[k + 1] = (int)weight->shape[1];
    info->layers = k + 1;
    return LB_OK;
}

static enum lb_status read_info(struct lb_context *ctx, const char *path,
                                const struct lb_tensor_file *file, struct lb_network_info *info)
{
    *info = (struct lb_network_info){0};
    const char *activation = lb_tensor_file_metadata(file, "activation");
    const char *output = lb_tensor_file_metadata(file, "output_activation");
    if (activation == NULL || output == NULL ||
        lb_activation_parse(&info->activation, activation) != LB_OK ||
        lb_activation_parse(&info->output_activation, output) != LB_OK) {
        return fail_format(ctx, path,
                           "its metadata names no known activation and output_activation");
    }
    bool found = true;
    for (int k = 0; found; k++) {
        LB_TRY(read_shape(ctx, path, file, k, info, &found));
    }
    if (lb_tensor_file_count(file) != 2 * (size_t)info->layers) {
        char why[160];
        snprintf(why, sizeof why, "layer%d is missing, or tensors are no layers", info->layers);
        return fail_format(ctx, path, why);
    }
    return LB_OK;
}

/* Copies one tensor into the parameter block at `offset`, refusing what is not finite. */
static enum lb_status read_values(struct lb_context *ctx, const char *path,
                                  const struct lb_tensor *tensor, float *block, size_t offset)
{
    const float *values = tensor->data;
    const size_t count = lb_tensor_count(tensor);
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            char why[160];
            snprintf(why, sizeof why, "%s holds NaN or infinity at element %zu", tensor->name, i);
            return fail_format(ctx, path, why);
        }
    }
    memcpy(block + offset, values, count * sizeof *values);
    return LB_OK;
}

static enum lb_status read_parameters(struct lb_network *network, const char *path,
                                      const struct lb_tensor_file *file)
{
    struct lb_context *ctx = network->device->ctx;
    float *block = calloc(network->parameter_count, sizeof *block);
    if (block == NULL) {
        return lb_fail_memory(ctx, path);
    }
    enum lb_status status = LB_OK;
    for (int k = 0; k < network->info.layers; k++) {
        char name[NAME_BYTES];
        snprintf(name, sizeof name, "layer%d.weight", k);
        LB_CHECK(
            read_values(ctx, path, lb_tensor_file_find(file, name), block, network->weight[k]));
        snprintf(name, sizeof name, "layer%d.bias", k);
        LB_CHECK(read_values(ctx, path, lb_tensor_file_find(file, name), block, network->bias[k]));
    }
    LB_CHECK(lb_buffer_write(network->device, network->parameters, 0, block,
                             network->parameter_count * sizeof *block));
fail:
    free(block);
    return status;
}

enum lb_status lb_network_load(struct lb_network **out, struct lb_device *device,
                               enum lb_gemm_kind gemm, const char *path)
{
    struct lb_tensor_file *file = NULL;
    struct lb_gemm *own_gemm = NULL;
    struct lb_network_info info;
    *out = NULL;
    enum lb_status status = lb_tensor_file_read(&file, device->ctx, path);
    if (status != LB_OK) {
        return status;
    }
    LB_CHECK(read_info(device->ctx, path, file, &info));
    LB_CHECK(lb_gemm_create(&own_gemm, device, gemm));
    LB_CHECK(lb_network_create(out, device, own_gemm, &info));
    (*out)->owns_gemm = true;
    own_gemm = NULL;
    LB_CHECK(lb_normalisation_read(&(*out)->normalisation, device, info.sizes[0], file, path));
    LB_CHECK(read_parameters(*out, path, file));
    lb_tensor_file_free(&file);
    return LB_OK;
fail:
    lb_network_destroy(out);
    lb_gemm_destroy(&own_gemm);
    lb_tensor_file_free(&file);
    return status;
}

enum lb_status lb_network_save(struct lb_network *network, const char *path)
{
    struct lb_device *device = network->device;
    const struct lb_network_info *info = &network->info;
    struct lb_tensor tensors[2 * LB_NETWORK_MAX_LAYERS];
    char names[2 * LB_NETWORK_MAX_LAYERS][NAME_BYTES];
    const struct lb_normalisation *normalisation = &network->normalisation;
    struct lb_text mean = {0};
    struct lb_text scale = {0};
    enum lb_status status = LB_OK;
    lb_normalisation_add_text(&mean, normalisation->mean, normalisation->channels);
    lb_normalisation_add_text(&scale, normalisation->scale, normalisation->channels);
    float *block = malloc(network->parameter_count * sizeof *block);
    if (block == NULL || mean.failed || scale.failed) {
        status = lb_fail_memory(device->ctx, path);
        goto fail;
    }
    const struct lb_metadata metadata[] = {
        {"activation", lb_activation_name(info->activation)},
        {"output_activation", lb_activation_name(info->output_activation)},
        {"input_mean", mean.data},
        {"input_scale", scale.data},
    };
    const size_t entries = LB_COUNT(metadata) - (normalisation->channels == 0 ? 2 : 0);
    LB_CHECK(lb_buffer_read(device, network->parameters, 0, block,
                            network->parameter_count * sizeof *block));
    for (int k = 0; k < info->layers; k++) {
        const size_t in = (size_t)info->sizes[k];
        const size_t columns = (size_t)info->sizes[k + 1];
        snprintf(names[2 * k], NAME_BYTES, "layer%d.weight", k);
        snprintf(names[2 * k + 1], NAME_BYTES, "layer%d.bias", k);
        tensors[2 * k] =
            (struct lb_tensor){names[2 * k], LB_F32, 2, {in, columns}, block + network->weight[k]};
        tensors[2 * k + 1] =
            (struct lb_tensor){names[2 * k + 1], LB_F32, 1, {columns}, block + network->bias[k]};
    }
    LB_CHECK(lb_tensor_file_write(device->ctx, path, tensors, 2 * (size_t)info->layers, metadata,
                                  entries));
fail:
    lb_text_free(&mean);
    lb_text_free(&scale);
    free(block);
    return status;
}
