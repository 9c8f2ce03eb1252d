/* Exports the run's networks as ONNX: the nodes of each layer, and conversions of the image layout
 * between them. */
#include <lowbend/export.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/run.h"
#include "io/onnx.h"
#include "nn/activation.h"
#include "nn/network.h"

/* Layout of images in an array, each convertible to the next; with one pixel, a vector. */
enum form {
    FLAT,   // (n, height width channels), for dense layers
    IMAGES, // (n, height, width, channels)
    MAPS,   // (n, channels, height, width), for other layers
};

enum { NAME_BYTES = 64 };

struct value {
    char name[NAME_BYTES];
    char base[NAME_BYTES / 2]; ///< prefix for the names of converted values
    enum form form;
};

/* Converts to the previous or next layout; `shape` is that of the images. */
static void add_step(struct lb_onnx *onnx, const struct value *value, enum form next,
                     struct lb_shape shape, const char *out)
{
    static const struct lb_onnx_attribute to_maps = {"perm", NULL, 4, {0, 3, 1, 2}};
    static const struct lb_onnx_attribute to_images = {"perm", NULL, 4, {0, 2, 3, 1}};
    const char *in = value->name;
    if (next == FLAT) {
        lb_onnx_add_node(onnx, "Flatten", &in, 1, out); // keeps the first axis by default
    } else if (value->form == FLAT) {
        const int64_t sizes[] = {-1, shape.height, shape.width, shape.channels};
        char name[NAME_BYTES];
        snprintf(name, sizeof name, "%s.shape", value->base);
        lb_onnx_add_constant(onnx,
                             &(const struct lb_tensor){name, LB_I64, 1, {LB_COUNT(sizes)}, sizes});
        lb_onnx_add_node(onnx, "Reshape", (const char *const[]){in, name}, 2, out);
    } else {
        lb_onnx_add_node_with(onnx, "Transpose", &in, 1, next == MAPS ? &to_maps : &to_images, 1,
                              out);
    }
}

/* Converts to another layout; the result is named `out` unless that is NULL. */
static void convert(struct lb_onnx *onnx, struct value *value, enum form form,
                    struct lb_shape shape, const char *out)
{
    static const char *const words[] = {"flat", "images", "maps"};
    while (value->form != form) {
        const enum form next = value->form != IMAGES ? IMAGES : form; // lies between the others
        char name[NAME_BYTES];
        if (next == form && out != NULL) {
            snprintf(name, sizeof name, "%s", out);
        } else {
            snprintf(name, sizeof name, "%s.%s", value->base, words[next]);
        }
        add_step(onnx, value, next, shape, name);
        memcpy(value->name, name, sizeof name);
        value->form = next;
    }
}

static enum form form_of(const struct lb_layer *layer)
{
    return layer->kind == &lb_layer_dense ? FLAT : MAPS;
}

/* A network's parameters in host memory. */
struct numbers {
    float *parameters; ///< the block
    float *mean;       ///< NULL: no output mean
};

static enum lb_status read_numbers(struct lb_network *network, struct numbers *numbers)
{
    struct lb_device *device = network->device;
    const size_t bytes = network->layers.block_size * sizeof(float);
    const size_t mean_bytes = (size_t)lb_network_outputs(network) * sizeof(float);
    const bool has_mean = network->output_mean != NULL;
    numbers->parameters = malloc(bytes);
    numbers->mean = has_mean ? malloc(mean_bytes) : NULL;
    if (numbers->parameters == NULL || (has_mean && numbers->mean == NULL)) {
        return lb_fail_memory(device->ctx, "export");
    }
    LB_TRY(lb_buffer_read(device, network->parameters, 0, numbers->parameters, bytes));
    return has_mean ? lb_buffer_read(device, network->output_mean, 0, numbers->mean, mean_bytes)
                    : LB_OK;
}

/** Target of a network's output. */
struct target {
    const char *name;
    enum form form; ///< FLAT or IMAGES
    struct lb_shape shape;
};

/* What follows the last layer's product: mean image, activation, output layout. */
static void add_end(struct lb_onnx *onnx, const struct lb_layer *last, const float *mean,
                    const char *prefix, struct value *value, const struct target *target)
{
    char name[NAME_BYTES];
    if (value->form == MAPS) {
        convert(onnx, value, target->form, target->shape, NULL);
    }
    if (mean != NULL) {
        const struct lb_shape out = last->out;
        char constant[NAME_BYTES];
        struct lb_tensor tensor = {constant,
                                   LB_F32,
                                   3,
                                   {(size_t)out.height, (size_t)out.width, (size_t)out.channels},
                                   mean};
        if (value->form == FLAT) {
            tensor.rank = 1;
            tensor.shape[0] = (size_t)lb_shape_size(out);
        }
        snprintf(constant, sizeof constant, "%s.output_mean", prefix);
        snprintf(name, sizeof name, "%s.with_mean", prefix);
        lb_onnx_add_constant(onnx, &tensor);
        lb_onnx_add_node(onnx, "Add", (const char *const[]){value->name, constant}, 2, name);
        memcpy(value->name, name, sizeof name);
    }
    if (value->form == target->form) {
        snprintf(name, sizeof name, "%s", target->name);
    } else {
        snprintf(name, sizeof name, "%s.flat", prefix);
    }
    lb_activation_add_onnx(last->activation, onnx, value->name, name);
    memcpy(value->name, name, sizeof name);
    convert(onnx, value, target->form, target->shape, target->name);
}

/* Each layer's nodes, one after the other. */
static void add_layers(struct lb_onnx *onnx, const struct lb_layer_list *layers,
                       const struct numbers *numbers, const char *prefix, struct value value,
                       const struct target *target)
{
    for (int k = 0; k < layers->count; k++) {
        const struct lb_layer *layer = &layers->layer[k];
        char name[NAME_BYTES];
        snprintf(name, sizeof name, "%s.layer%d.%s", prefix, k,
                 layer->kind->activates ? "sum" : "output");
        convert(onnx, &value, form_of(layer), layer->in, NULL);
        layer->kind->add_onnx(layer, onnx, numbers->parameters, prefix, value.name, name);
        value.form = form_of(layer);
        memcpy(value.name, name, sizeof name);
        if (k + 1 == layers->count) {
            snprintf(value.base, sizeof value.base, "%s", prefix);
            add_end(onnx, layer, numbers->mean, prefix, &value, target);
            return;
        }
        snprintf(value.base, sizeof value.base, "%s.layer%d", prefix, k);
        if (layer->kind->activates) {
            snprintf(name, sizeof name, "%s.layer%d.output", prefix, k);
            lb_activation_add_onnx(layer->activation, onnx, value.name, name);
            memcpy(value.name, name, sizeof name);
        }
    }
}

static enum lb_status add_network(struct lb_onnx *onnx, struct lb_network *network,
                                  const char *prefix, const struct value *in,
                                  const struct target *target)
{
    struct numbers numbers = {0};
    const enum lb_status status = read_numbers(network, &numbers);
    if (status == LB_OK) {
        add_layers(onnx, &network->layers, &numbers, prefix, *in, target);
    }
    free(numbers.parameters);
    free(numbers.mean);
    return status;
}

/** Shape of the run's images. */
struct image {
    int rank; ///< 2: plain vectors
    size_t shape[4];
};

static struct image image_of(const struct lb_run *run)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    if (info->height == 1 && info->width == 1) {
        return (struct image){2, {0, run->image_size}};
    }
    return (struct image){4,
                          {0, (size_t)info->height, (size_t)info->width, (size_t)info->channels}};
}

/* A constant that a node combines with images: one number per channel, or one per element of an
 * image if channels are not the last axis. */
static enum lb_status add_per_channel(struct lb_onnx *onnx, struct lb_run *run, const char *name,
                                      const float *values, int channels)
{
    struct image image = image_of(run);
    struct lb_tensor tensor = {name, LB_F32, 1, {(size_t)channels}, values};
    if (channels == 1 || (size_t)channels == image.shape[image.rank - 1]) {
        lb_onnx_add_constant(onnx, &tensor);
        return LB_OK;
    }
    float *row = malloc(run->image_size * sizeof *row);
    if (row == NULL) {
        return lb_fail_memory(run->ctx, "export");
    }
    for (size_t i = 0; i < run->image_size; i++) {
        row[i] = values[i % (size_t)channels];
    }
    tensor.rank = image.rank - 1;
    memcpy(tensor.shape, image.shape + 1, (size_t)tensor.rank * sizeof tensor.shape[0]);
    tensor.data = row;
    lb_onnx_add_constant(onnx, &tensor);
    free(row);
    return LB_OK;
}

/* "images.normalised" = (images - mean) scale, or nothing: *seen is the first layer's input. */
static enum lb_status add_normalisation(struct lb_onnx *onnx, struct lb_run *run, const char **seen)
{
    const float *mean;
    const float *scale;
    const int channels = lb_network_get_normalisation(run->encoder, &mean, &scale);
    if (channels == 0) {
        return LB_OK;
    }
    LB_TRY(add_per_channel(onnx, run, "encoder.input_mean", mean, channels));
    LB_TRY(add_per_channel(onnx, run, "encoder.input_scale", scale, channels));
    lb_onnx_add_node(onnx, "Sub", (const char *const[]){*seen, "encoder.input_mean"}, 2,
                     "images.centred");
    lb_onnx_add_node(onnx, "Mul", (const char *const[]){"images.centred", "encoder.input_scale"}, 2,
                     "images.normalised");
    *seen = "images.normalised";
    return LB_OK;
}

static const char image_text[] = "images, row by row, channels last; values as in training";

/* latent = encoder(images) */
static enum lb_status add_encoder(struct lb_onnx *onnx, struct lb_run *run)
{
    const struct image image = image_of(run);
    const size_t latent[] = {0, run->latent};
    const char *const input = "images";
    lb_onnx_add_input(onnx,
                      &(const struct lb_onnx_value){input, image_text, image.rank, image.shape});
    lb_onnx_add_output(
        onnx, &(const struct lb_onnx_value){"latent", "latent codes of the images", 2, latent});
    const char *seen = input;
    LB_TRY(add_normalisation(onnx, run, &seen));
    struct value value = {.base = "images", .form = image.rank == 2 ? FLAT : IMAGES};
    snprintf(value.name, sizeof value.name, "%s", seen);
    return add_network(onnx, run->encoder, "encoder", &value,
                       &(const struct target){.name = "latent", .form = FLAT});
}

/* output = decoder(latent) */
static enum lb_status add_decoder(struct lb_onnx *onnx, struct lb_run *run, const char *output)
{
    const struct image image = image_of(run);
    lb_onnx_add_output(onnx,
                       &(const struct lb_onnx_value){output, image_text, image.rank, image.shape});
    const struct value latent = {"latent", "latent", FLAT};
    const struct target target = {
        output,
        image.rank == 2 ? FLAT : IMAGES,
        {(int)image.shape[1], (int)image.shape[2], (int)image.shape[3]},
    };
    return add_network(onnx, run->decoder, "decoder", &latent, &target);
}

static enum lb_status add_part(struct lb_onnx *onnx, struct lb_run *run, enum lb_export_part part)
{
    if (part == LB_EXPORT_DECODER) {
        const size_t latent[] = {0, run->latent};
        lb_onnx_add_input(onnx, &(const struct lb_onnx_value){"latent", "latent codes", 2, latent});
        return add_decoder(onnx, run, "images");
    }
    LB_TRY(add_encoder(onnx, run));
    if (part == LB_EXPORT_ALL && run->decoder != NULL) {
        return add_decoder(onnx, run, "reconstruction");
    }
    return LB_OK;
}

enum lb_status lb_run_export_onnx(struct lb_run *run, enum lb_export_part part, const char *path)
{
    if (part == LB_EXPORT_DECODER && run->decoder == NULL) {
        return lb_fail(run->ctx, LB_ERR_NOT_FOUND,
                       "%s: has no decoder (train one with --decoder-steps above 0)", run->path);
    }
    struct lb_onnx onnx = {0};
    enum lb_status status = add_part(&onnx, run, part);
    if (status == LB_OK) {
        status = lb_onnx_write(&onnx, run->ctx, path, "lowbend");
    }
    lb_onnx_free(&onnx);
    return status;
}
