/* The run's networks as ONNX: the nodes of each layer, images flattened before and after. */
#include <lowbend/export.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/run.h"
#include "io/onnx.h"
#include "nn/network.h"

/* Each layer's nodes, one after the other; `parameters` is the network's block. */
static void add_layers(struct lb_onnx *onnx, const struct lb_layer_list *layers,
                       const float *parameters, const char *prefix, const char *in, const char *out)
{
    char names[2][48]; // what a layer takes, and what it gives
    snprintf(names[1], sizeof names[1], "%s", in);
    for (int k = 0; k < layers->count; k++) {
        const struct lb_layer *layer = &layers->layer[k];
        memcpy(names[0], names[1], sizeof names[0]);
        snprintf(names[1], sizeof names[1], "%s.layer%d.output", prefix, k);
        layer->kind->add_onnx(layer, onnx, parameters, prefix, names[0],
                              k + 1 == layers->count ? out : names[1]);
    }
}

static enum lb_status add_network(struct lb_onnx *onnx, struct lb_network *network,
                                  const char *prefix, const char *in, const char *out)
{
    struct lb_device *device = network->device;
    const size_t bytes = network->layers.block_size * sizeof(float);
    float *parameters = malloc(bytes);
    if (parameters == NULL) {
        return lb_fail_memory(device->ctx, "export");
    }
    const enum lb_status status = lb_buffer_read(device, network->parameters, 0, parameters, bytes);
    if (status == LB_OK) {
        add_layers(onnx, &network->layers, parameters, prefix, in, out);
    }
    free(parameters);
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

/* A constant that a node combines with images: one number a channel, or one an image number where
 * channels are not the last axis. */
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

/* "images.normalised" = (images - mean) scale, or nothing: *seen is what the first layer takes. */
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
    if (image.rank == 2) {
        return add_network(onnx, run->encoder, "encoder", seen, "latent");
    }
    lb_onnx_add_node(onnx, "Flatten", &seen, 1, "images.flat"); // keeps the first axis by default
    return add_network(onnx, run->encoder, "encoder", "images.flat", "latent");
}

/* output = decoder(latent) */
static enum lb_status add_decoder(struct lb_onnx *onnx, struct lb_run *run, const char *output)
{
    const struct image image = image_of(run);
    lb_onnx_add_output(onnx,
                       &(const struct lb_onnx_value){output, image_text, image.rank, image.shape});
    if (image.rank == 2) {
        return add_network(onnx, run->decoder, "decoder", "latent", output);
    }
    LB_TRY(add_network(onnx, run->decoder, "decoder", "latent", "decoder.flat"));
    const int64_t shape[] = {-1, (int64_t)image.shape[1], (int64_t)image.shape[2],
                             (int64_t)image.shape[3]};
    lb_onnx_add_constant(
        onnx, &(const struct lb_tensor){"decoder.shape", LB_I64, 1, {LB_COUNT(shape)}, shape});
    lb_onnx_add_node(onnx, "Reshape", (const char *const[]){"decoder.flat", "decoder.shape"}, 2,
                     output);
    return LB_OK;
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
