/*
 * Networks as safetensors: layerK.weight, layerK.bias, where K counts the layers with parameters,
 * and optionally output_mean; activations and normalisation as metadata, and for networks with
 * image layers also `input` and `layers`. Without those two all layers are dense.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lowbend/tensor.h>

#include "base/text.h"
#include "io/tensor_file.h"
#include "nn/layers.h"
#include "nn/network.h"

enum { NAME_BYTES = 32, MAX_PARTS = 2 * LB_NETWORK_MAX_LAYERS + 1 };

static const char mean_name[] = "output_mean";

/* A tensor of the file: `tensor` is the expected one, without data. */
struct part {
    char name[NAME_BYTES];
    struct lb_tensor tensor;
    size_t offset; // offset in the parameter block
};

static void set_part(struct part *part, size_t offset, int rank, const size_t *shape)
{
    part->offset = offset;
    part->tensor = (struct lb_tensor){.name = part->name, .dtype = LB_F32, .rank = rank};
    memcpy(part->tensor.shape, shape, (size_t)rank * sizeof *shape);
}

/* Lists the tensors of all layers in file order; returns their number. */
static size_t list_parts(const struct lb_layer_list *layers, struct part parts[MAX_PARTS])
{
    size_t n = 0;
    for (int k = 0; k < layers->count; k++) {
        const struct lb_layer *layer = &layers->layer[k];
        const struct lb_parameter_shape shape = layer->kind->parameters(layer);
        if (layer->number >= 0) {
            snprintf(parts[n].name, NAME_BYTES, "layer%d.weight", layer->number);
            set_part(&parts[n++], layer->weight, shape.rank, shape.weight);
            snprintf(parts[n].name, NAME_BYTES, "layer%d.bias", layer->number);
            set_part(&parts[n++], layer->bias, 1, &shape.bias);
        }
    }
    return n;
}

/* The mean image added to the output, (height, width, channels). */
static void set_mean_part(struct part *part, const struct lb_layer_list *layers)
{
    const struct lb_shape out = lb_layer_list_output(layers);
    const size_t shape[] = {(size_t)out.height, (size_t)out.width, (size_t)out.channels};
    snprintf(part->name, NAME_BYTES, "%s", mean_name);
    set_part(part, 0, LB_COUNT(shape), shape);
}

/* ---- reading --------------------------------------------------------------------------------- */

struct source {
    struct lb_context *ctx;
    const char *path;
    const struct lb_tensor_file *file;
};

/* Frees `why`. */
static enum lb_status refuse(const struct source *source, struct lb_text *why)
{
    const enum lb_status status =
        why->failed ? lb_fail_memory(source->ctx, source->path)
                    : lb_fail(source->ctx, LB_ERR_FORMAT,
                              "%s: is not a network: %s (use a file written by `lowbend train`)",
                              source->path, why->data);
    lb_text_free(why);
    return status;
}

static enum lb_status read_activations(const struct source *source, enum lb_activation *activation,
                                       enum lb_activation *output)
{
    struct lb_text why = {0};
    if (lb_activation_parse(activation, lb_tensor_file_metadata(source->file, "activation")) ==
            LB_OK &&
        lb_activation_parse(output, lb_tensor_file_metadata(source->file, "output_activation")) ==
            LB_OK) {
        return LB_OK;
    }
    lb_text_add(&why, "its metadata names no known activation and output_activation");
    return refuse(source, &why);
}

/* Reads the layers from the metadata. */
static enum lb_status read_layers(const struct source *source, const char *text,
                                  enum lb_activation activation, struct lb_layer_list *list)
{
    const char *input = lb_tensor_file_metadata(source->file, "input");
    struct lb_shape shape;
    struct lb_text why = {0};
    if (input == NULL) {
        lb_text_add(&why, "its metadata has layers, but no input");
        return refuse(source, &why);
    }
    if (!lb_shape_parse(&shape, input)) {
        lb_text_addf(&why, "input '%s' is not a shape such as 32x32x3 or 16", lb_quote(input).text);
        return refuse(source, &why);
    }
    *list = lb_layer_list(shape);
    if (!lb_layers_parse(list, text, activation, &why)) {
        struct lb_text reason = {0};
        lb_text_addf(&reason, "layers '%s': %s", lb_quote(text).text,
                     why.data != NULL ? why.data : "");
        reason.failed = reason.failed || why.failed;
        lb_text_free(&why);
        return refuse(source, &reason);
    }
    const struct lb_layer *last = &list->layer[list->count - 1];
    if (last->number < 0) {
        lb_text_addf(&why, "layers '%s' end with %s: the last layer must have parameters",
                     lb_quote(text).text, last->kind->name);
        return refuse(source, &why);
    }
    return LB_OK;
}

/* A width from the tensor's shape; 0: none. */
static int width_of(const struct lb_tensor *tensor, int axis)
{
    return tensor->rank == 2 && tensor->shape[axis] <= 1 << 30 ? (int)tensor->shape[axis] : 0;
}

/* Derives dense layers from the weights. */
static enum lb_status find_layers(const struct source *source, enum lb_activation activation,
                                  struct lb_layer_list *list)
{
    struct lb_text why = {0};
    for (int k = 0;; k++) {
        char name[NAME_BYTES];
        snprintf(name, sizeof name, "layer%d.weight", k);
        const struct lb_tensor *weight = lb_tensor_file_find(source->file, name);
        if (weight == NULL && k > 0) {
            return LB_OK;
        }
        if (weight == NULL) {
            lb_text_addf(&why, "%s is missing", name);
            return refuse(source, &why);
        }
        if (width_of(weight, 0) == 0 || width_of(weight, 1) == 0) {
            lb_text_addf(&why, "%s has no shape (in,out)", name);
            return refuse(source, &why);
        }
        if (k == 0) {
            *list = lb_layer_list(lb_shape_vector(width_of(weight, 0)));
            list->activation = activation;
        }
        const struct lb_layer layer = {.kind = &lb_layer_dense,
                                       .out = lb_shape_vector(width_of(weight, 1)),
                                       .activation = activation};
        struct lb_text reason = {0};
        if (!lb_layer_list_try(list, &layer, &reason)) {
            lb_text_addf(&why, "layer%d: %s", k, reason.data != NULL ? reason.data : "");
            why.failed = why.failed || reason.failed;
            lb_text_free(&reason);
            return refuse(source, &why);
        }
    }
}

static enum lb_status read_list(const struct source *source, struct lb_layer_list *list)
{
    const char *text = lb_tensor_file_metadata(source->file, "layers");
    enum lb_activation activation;
    enum lb_activation output;
    LB_TRY(read_activations(source, &activation, &output));
    LB_TRY(text != NULL ? read_layers(source, text, activation, list)
                        : find_layers(source, activation, list));
    list->layer[list->count - 1].activation = output;
    return LB_OK;
}

/* "F32 (3,3,24,48)" */
static void add_form(struct lb_text *text, const struct lb_tensor *tensor)
{
    lb_text_addf(text, "%s (", lb_dtype_name(tensor->dtype));
    for (int i = 0; i < tensor->rank; i++) {
        lb_text_addf(text, "%s%zu", i > 0 ? "," : "", tensor->shape[i]);
    }
    lb_text_add(text, ")");
}

/* Finds the file's tensor and checks its form. */
static enum lb_status find_part(const struct source *source, const struct part *part,
                                const struct lb_tensor **found)
{
    const struct lb_tensor *wanted = &part->tensor;
    struct lb_text why = {0};
    *found = lb_tensor_file_find(source->file, part->name);
    if (*found == NULL) {
        lb_text_addf(&why, "%s is missing", part->name);
        return refuse(source, &why);
    }
    if ((*found)->dtype != wanted->dtype || (*found)->rank != wanted->rank ||
        memcmp((*found)->shape, wanted->shape, (size_t)wanted->rank * sizeof wanted->shape[0]) !=
            0) {
        lb_text_addf(&why, "%s is ", part->name);
        add_form(&why, *found);
        lb_text_add(&why, ": must be ");
        add_form(&why, wanted);
        return refuse(source, &why);
    }
    return LB_OK;
}

static bool is_part(const struct part *parts, size_t n, const char *name)
{
    bool is = false;
    for (size_t i = 0; i < n && !is; i++) {
        is = strcmp(parts[i].name, name) == 0;
    }
    return is;
}

/* Checks that the file has the tensors of these layers and no others. */
static enum lb_status check_tensors(const struct source *source, const struct lb_layer_list *list)
{
    struct part parts[MAX_PARTS];
    size_t n = list_parts(list, parts);
    if (lb_layer_list_has_images(list) && lb_tensor_file_find(source->file, mean_name) != NULL) {
        set_mean_part(&parts[n++], list);
    }
    for (size_t i = 0; i < n; i++) {
        const struct lb_tensor *found;
        LB_TRY(find_part(source, &parts[i], &found));
    }
    for (size_t i = 0; i < lb_tensor_file_count(source->file); i++) {
        const char *name = lb_tensor_file_at(source->file, i)->name;
        if (!is_part(parts, n, name)) {
            struct lb_text why = {0};
            lb_text_addf(&why, "tensor %s belongs to no layer: the last one is layer%d",
                         lb_quote(name).text, list->layer[list->count - 1].number);
            return refuse(source, &why);
        }
    }
    return LB_OK;
}

/* Copies one tensor; rejects non-finite values. */
static enum lb_status read_values(const struct source *source, const struct part *part,
                                  float *values)
{
    const struct lb_tensor *tensor;
    LB_TRY(find_part(source, part, &tensor));
    const size_t count = lb_tensor_count(tensor);
    memcpy(values, tensor->data, count * sizeof *values);
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            struct lb_text why = {0};
            lb_text_addf(&why, "%s holds NaN or infinity at element %zu", part->name, i);
            return refuse(source, &why);
        }
    }
    return LB_OK;
}

static enum lb_status read_parameters(struct lb_network *network, const struct source *source)
{
    const size_t count = network->layers.block_size;
    struct part parts[MAX_PARTS];
    const size_t n = list_parts(&network->layers, parts);
    float *block = calloc(count, sizeof *block);
    if (block == NULL) {
        return lb_fail_memory(source->ctx, source->path);
    }
    enum lb_status status = LB_OK;
    for (size_t i = 0; i < n; i++) {
        LB_CHECK(read_values(source, &parts[i], block + parts[i].offset));
    }
    LB_CHECK(
        lb_buffer_write(network->device, network->parameters, 0, block, count * sizeof *block));
fail:
    free(block);
    return status;
}

static enum lb_status read_output_mean(struct lb_network *network, const struct source *source)
{
    struct part part = {0};
    if (lb_tensor_file_find(source->file, mean_name) == NULL) {
        return LB_OK;
    }
    set_mean_part(&part, &network->layers);
    float *mean = malloc((size_t)lb_network_outputs(network) * sizeof *mean);
    if (mean == NULL) {
        return lb_fail_memory(source->ctx, source->path);
    }
    enum lb_status status = read_values(source, &part, mean);
    if (status == LB_OK) {
        status = lb_network_set_output_mean(network, mean);
    }
    free(mean);
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
    const struct source source = {device->ctx, path, file};
    LB_CHECK(read_list(&source, &layers));
    LB_CHECK(check_tensors(&source, &layers));
    LB_CHECK(lb_gemm_create(&own_gemm, device, gemm));
    LB_CHECK(lb_network_create(out, device, own_gemm, &layers));
    (*out)->owns_gemm = true;
    own_gemm = NULL;
    LB_CHECK(
        lb_normalisation_read(&(*out)->normalisation, device, lb_network_inputs(*out), file, path));
    LB_CHECK(read_parameters(*out, &source));
    LB_CHECK(read_output_mean(*out, &source));
    lb_tensor_file_free(&file);
    return LB_OK;
fail:
    lb_network_destroy(out);
    lb_gemm_destroy(&own_gemm);
    lb_tensor_file_free(&file);
    return status;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* Texts of a network's metadata; initialise with {0}, free with free_words(), also on failure. */
struct words {
    struct lb_text mean;
    struct lb_text scale;
    struct lb_text input;
    struct lb_text layers;
    struct lb_metadata metadata[6 + LB_NETWORK_MAX_NOTES];
    size_t count;
};

static void add_words(struct words *words, const char *key, const struct lb_text *text)
{
    words->metadata[words->count++] = (struct lb_metadata){key, text->data};
}

/* False when out of memory. */
static bool make_words(struct words *words, const struct lb_network *network)
{
    const struct lb_layer_list *layers = &network->layers;
    const struct lb_normalisation *normalisation = &network->normalisation;
    words->count = 2;
    words->metadata[0] = (struct lb_metadata){"activation", lb_activation_name(layers->activation)};
    words->metadata[1] = (struct lb_metadata){
        "output_activation", lb_activation_name(layers->layer[layers->count - 1].activation)};
    if (normalisation->channels > 0) {
        lb_normalisation_add_text(&words->mean, normalisation->mean, normalisation->channels);
        lb_normalisation_add_text(&words->scale, normalisation->scale, normalisation->channels);
        add_words(words, "input_mean", &words->mean);
        add_words(words, "input_scale", &words->scale);
    }
    if (lb_layer_list_has_images(layers)) {
        lb_shape_add_text(&words->input, layers->input);
        lb_layers_add_text(layers, 0, layers->count, &words->layers);
        add_words(words, "input", &words->input);
        add_words(words, "layers", &words->layers);
    }
    return !words->mean.failed && !words->scale.failed && !words->input.failed &&
           !words->layers.failed;
}

static void free_words(struct words *words)
{
    lb_text_free(&words->mean);
    lb_text_free(&words->scale);
    lb_text_free(&words->input);
    lb_text_free(&words->layers);
}

enum lb_status lb_network_save(struct lb_network *network, const char *path)
{
    return lb_network_save_with(network, path, NULL, 0);
}

enum lb_status lb_network_save_with(struct lb_network *network, const char *path,
                                    const struct lb_metadata *notes, size_t count)
{
    struct lb_device *device = network->device;
    const struct lb_layer_list *layers = &network->layers;
    const size_t outputs = (size_t)lb_network_outputs(network);
    struct part parts[MAX_PARTS];
    struct lb_tensor tensors[MAX_PARTS];
    size_t n = list_parts(layers, parts);
    struct words words = {0};
    enum lb_status status = LB_OK;
    assert(layers->layer[layers->count - 1].number >=
           0); // otherwise output_activation would be meaningless
    assert(count <= (size_t)LB_NETWORK_MAX_NOTES);
    float *block = malloc(layers->block_size * sizeof *block);
    float *mean = malloc(outputs * sizeof *mean);
    if (block == NULL || mean == NULL || !make_words(&words, network)) {
        status = lb_fail_memory(device->ctx, path);
        goto fail;
    }
    for (size_t i = 0; i < count; i++) {
        words.metadata[words.count++] = notes[i];
    }
    LB_CHECK(
        lb_buffer_read(device, network->parameters, 0, block, layers->block_size * sizeof *block));
    for (size_t i = 0; i < n; i++) {
        tensors[i] = parts[i].tensor;
        tensors[i].data = block + parts[i].offset;
    }
    if (network->output_mean != NULL) {
        LB_CHECK(lb_buffer_read(device, network->output_mean, 0, mean, outputs * sizeof *mean));
        set_mean_part(&parts[n], layers);
        tensors[n] = parts[n].tensor;
        tensors[n++].data = mean;
    }
    LB_CHECK(lb_tensor_file_write(device->ctx, path, tensors, n, words.metadata, words.count));
fail:
    free_words(&words);
    free(block);
    free(mean);
    return status;
}
