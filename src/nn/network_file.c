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

static const struct lb_tensor *find(const struct lb_tensor_file *file, int number, const char *what)
{
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "layer%d.%s", number, what);
    return lb_tensor_file_find(file, name);
}

/* The layers that the tensors show; without other words in the file all of them are dense. */
static enum lb_status read_layers(struct lb_context *ctx, const char *path,
                                  const struct lb_tensor_file *file, enum lb_activation activation,
                                  struct lb_layer_list *list)
{
    char why[160];
    for (int k = 0;; k++) {
        const struct lb_tensor *weight = find(file, k, "weight");
        const struct lb_tensor *bias = find(file, k, "bias");
        if (weight == NULL && bias == NULL && k > 0) {
            return LB_OK;
        }
        if (weight == NULL || bias == NULL) {
            snprintf(why, sizeof why, "layer%d.weight or layer%d.bias is missing", k, k);
            return fail_format(ctx, path, why);
        }
        struct lb_layer layer = {.activation = activation};
        const char *wrong = lb_layer_dense.load(&layer, weight, bias);
        if (wrong != NULL) {
            snprintf(why, sizeof why, "layer%d %s", k, wrong);
            return fail_format(ctx, path, why);
        }
        if (k >= LB_NETWORK_MAX_LAYERS) {
            return fail_format(ctx, path, "it has too many layers");
        }
        if (k == 0) {
            *list = lb_layer_list(layer.in);
        } else if (lb_shape_size(layer.in) != lb_shape_size(lb_layer_list_output(list))) {
            snprintf(why, sizeof why, "layer%d takes %d numbers, but layer%d gives %d", k,
                     lb_shape_size(layer.in), k - 1, lb_shape_size(lb_layer_list_output(list)));
            return fail_format(ctx, path, why);
        }
        LB_TRY(lb_layer_list_add(list, ctx, &layer));
    }
}

static enum lb_status read_list(struct lb_context *ctx, const char *path,
                                const struct lb_tensor_file *file, struct lb_layer_list *list)
{
    const char *activation_name = lb_tensor_file_metadata(file, "activation");
    const char *output_name = lb_tensor_file_metadata(file, "output_activation");
    enum lb_activation activation;
    enum lb_activation output;
    if (activation_name == NULL || output_name == NULL ||
        lb_activation_parse(&activation, activation_name) != LB_OK ||
        lb_activation_parse(&output, output_name) != LB_OK) {
        return fail_format(ctx, path,
                           "its metadata names no known activation and output_activation");
    }
    LB_TRY(read_layers(ctx, path, file, activation, list));
    list->activation = activation;
    list->layer[list->count - 1].activation = output;
    const struct lb_layer *last = &list->layer[list->count - 1];
    if (lb_tensor_file_count(file) != 2 * ((size_t)last->number + 1)) {
        char why[160];
        snprintf(why, sizeof why, "layer%d is missing, or tensors are no layers", last->number + 1);
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
    const size_t count = network->layers.block_size;
    float *block = calloc(count, sizeof *block);
    if (block == NULL) {
        return lb_fail_memory(ctx, path);
    }
    enum lb_status status = LB_OK;
    for (int k = 0; k < network->layers.count; k++) {
        const struct lb_layer *layer = &network->layers.layer[k];
        if (layer->number >= 0) {
            LB_CHECK(
                read_values(ctx, path, find(file, layer->number, "weight"), block, layer->weight));
            LB_CHECK(read_values(ctx, path, find(file, layer->number, "bias"), block, layer->bias));
        }
    }
    LB_CHECK(
        lb_buffer_write(network->device, network->parameters, 0, block, count * sizeof *block));
fail:
    free(block);
    return status;
}

enum lb_status lb_network_load(struct lb_network **out, struct lb_device *device,
                               enum lb_gemm_kind gemm, const char *path)
{
    struct lb_tensor_file *file = NULL;
    struct lb_gemm *own_gemm = NULL;
    struct lb_layer_list layers;
    *out = NULL;
    enum lb_status status = lb_tensor_file_read(&file, device->ctx, path);
    if (status != LB_OK) {
        return status;
    }
    LB_CHECK(read_list(device->ctx, path, file, &layers));
    LB_CHECK(lb_gemm_create(&own_gemm, device, gemm));
    LB_CHECK(lb_network_create(out, device, own_gemm, &layers));
    (*out)->owns_gemm = true;
    own_gemm = NULL;
    LB_CHECK(
        lb_normalisation_read(&(*out)->normalisation, device, lb_network_inputs(*out), file, path));
    LB_CHECK(read_parameters(*out, path, file));
    lb_tensor_file_free(&file);
    return LB_OK;
fail:
    lb_network_destroy(out);
    lb_gemm_destroy(&own_gemm);
    lb_tensor_file_free(&file);
    return status;
}

/* The tensors of a layer with parameters; `names` keeps their names. */
static void make_tensors(const struct lb_layer *layer, const float *block,
                         char names[2][NAME_BYTES], struct lb_tensor tensors[2])
{
    const struct lb_parameter_shape shape = layer->kind->parameters(layer);
    snprintf(names[0], NAME_BYTES, "layer%d.weight", layer->number);
    snprintf(names[1], NAME_BYTES, "layer%d.bias", layer->number);
    tensors[0] = (struct lb_tensor){
        .name = names[0], .dtype = LB_F32, .rank = shape.rank, .data = block + layer->weight};
    memcpy(tensors[0].shape, shape.weight, sizeof shape.weight);
    tensors[1] = (struct lb_tensor){names[1], LB_F32, 1, {shape.bias}, block + layer->bias};
}

/* The metadata names no kinds: what is read is dense. */
static enum lb_status check_kinds(struct lb_context *ctx, const char *path,
                                  const struct lb_layer_list *layers)
{
    for (int k = 0; k < layers->count; k++) {
        const struct lb_layer_kind *kind = layers->layer[k].kind;
        if (kind != &lb_layer_dense) {
            return lb_fail(ctx, LB_ERR_ARGUMENT,
                           "%s: layer %d is of the kind %s, which network files cannot tell of "
                           "(use dense layers)",
                           path, k, kind->name);
        }
    }
    return LB_OK;
}

enum lb_status lb_network_save(struct lb_network *network, const char *path)
{
    struct lb_device *device = network->device;
    const struct lb_layer_list *layers = &network->layers;
    struct lb_tensor tensors[2 * LB_NETWORK_MAX_LAYERS];
    char names[2 * LB_NETWORK_MAX_LAYERS][NAME_BYTES];
    size_t n = 0;
    const struct lb_normalisation *normalisation = &network->normalisation;
    struct lb_text mean = {0};
    struct lb_text scale = {0};
    enum lb_status status = LB_OK;
    LB_TRY(check_kinds(device->ctx, path, layers));
    lb_normalisation_add_text(&mean, normalisation->mean, normalisation->channels);
    lb_normalisation_add_text(&scale, normalisation->scale, normalisation->channels);
    float *block = malloc(layers->block_size * sizeof *block);
    if (block == NULL || mean.failed || scale.failed) {
        status = lb_fail_memory(device->ctx, path);
        goto fail;
    }
    const struct lb_metadata metadata[] = {
        {"activation", lb_activation_name(layers->activation)},
        {"output_activation", lb_activation_name(layers->layer[layers->count - 1].activation)},
        {"input_mean", mean.data},
        {"input_scale", scale.data},
    };
    const size_t entries = LB_COUNT(metadata) - (normalisation->channels == 0 ? 2 : 0);
    LB_CHECK(
        lb_buffer_read(device, network->parameters, 0, block, layers->block_size * sizeof *block));
    for (int k = 0; k < layers->count; k++) {
        if (layers->layer[k].number >= 0) {
            make_tensors(&layers->layer[k], block, names + n, tensors + n);
            n += 2;
        }
    }
    LB_CHECK(lb_tensor_file_write(device->ctx, path, tensors, n, metadata, entries));
fail:
    lb_text_free(&mean);
    lb_text_free(&scale);
    free(block);
    return status;
}
