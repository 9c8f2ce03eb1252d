/* Files of images to files of latent codes, and back; and the run's own latent sample. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <lowbend/tensor.h>

#include "base/lock.h"
#include "base/text.h"
#include "eval/held_out.h"
#include "eval/run.h"

enum { LATENT_SAMPLE = 2048 };

/* The one tensor of an .npy file, or the named one of a safetensors file. */
static enum lb_status find(struct lb_run *run, const struct lb_tensor_file *file, const char *path,
                           const char *name, const struct lb_tensor **tensor)
{
    *tensor = lb_string_ends_with(path, ".npy") ? lb_tensor_file_at(file, 0)
                                                : lb_tensor_file_find(file, name);
    if (*tensor == NULL) {
        return lb_fail(run->ctx, LB_ERR_FORMAT, "%s: has no tensor `%s` (name it so, or use .npy)",
                       path, name);
    }
    return LB_OK;
}

static void describe_shape(const struct lb_tensor *tensor, struct lb_text *text)
{
    lb_text_add(text, lb_dtype_name(tensor->dtype));
    lb_text_add(text, " (");
    for (int i = 0; i < tensor->rank; i++) {
        lb_text_addf(text, "%s%zu", i > 0 ? "," : "", tensor->shape[i]);
    }
    lb_text_add(text, ")");
}

static enum lb_status fail_shape(struct lb_run *run, const char *path,
                                 const struct lb_tensor *tensor, const char *wanted)
{
    struct lb_text text = {0};
    describe_shape(tensor, &text);
    const enum lb_status status =
        lb_fail(run->ctx, LB_ERR_FORMAT, "%s: `%s` is %s, but this run takes %s", path,
                tensor->name, text.data != NULL ? text.data : "of another shape", wanted);
    lb_text_free(&text);
    return status;
}

static bool is_image_shape(const struct lb_tensor *tensor, const struct lb_dataset_info *info)
{
    const size_t height = (size_t)info->height;
    const size_t width = (size_t)info->width;
    const size_t channels = (size_t)info->channels;
    switch (tensor->rank) {
    case 2:
        return tensor->shape[1] == height * width * channels;
    case 3:
        return channels == 1 && tensor->shape[1] == height && tensor->shape[2] == width;
    case 4:
        return tensor->shape[1] == height && tensor->shape[2] == width &&
               tensor->shape[3] == channels;
    default:
        return false;
    }
}

static enum lb_status check_images(struct lb_run *run, const char *path,
                                   const struct lb_tensor *tensor)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    if ((tensor->dtype != LB_F32 && tensor->dtype != LB_U8) || !is_image_shape(tensor, info) ||
        tensor->shape[0] == 0) {
        char wanted[160];
        snprintf(wanted, sizeof wanted, "F32 or U8 images (n,%d,%d,%d) or (n,%zu), n at least 1",
                 info->height, info->width, info->channels, run->image_size);
        return fail_shape(run, path, tensor, wanted);
    }
    return LB_OK;
}

static enum lb_status check_latents(struct lb_run *run, const char *path,
                                    const struct lb_tensor *tensor)
{
    if (tensor->dtype != LB_F32 || tensor->rank != 2 || tensor->shape[1] != run->latent ||
        tensor->shape[0] == 0) {
        char wanted[96];
        snprintf(wanted, sizeof wanted, "F32 codes (n,%zu), n at least 1", run->latent);
        return fail_shape(run, path, tensor, wanted);
    }
    return LB_OK;
}

/* A malloc'ed float copy, bytes scaled to [0,1]; refuses NaN and infinity. */
static enum lb_status to_floats(struct lb_run *run, const char *path,
                                const struct lb_tensor *tensor, float **out)
{
    const size_t count = lb_tensor_count(tensor);
    const unsigned char *bytes = tensor->data;
    const float *floats = tensor->data;
    float *values = malloc(count * sizeof *values);
    if (values == NULL) {
        return lb_fail_memory(run->ctx, path);
    }
    for (size_t i = 0; i < count; i++) {
        values[i] = tensor->dtype == LB_U8 ? (float)bytes[i] / 255.0f : floats[i];
        if (!isfinite(values[i])) {
            free(values);
            return lb_fail(run->ctx, LB_ERR_FORMAT, "%s: `%s` holds NaN or infinity at element %zu",
                           path, tensor->name, i);
        }
    }
    *out = values;
    return LB_OK;
}

/* out_name (n, ...) = network(in_name (n, ...)) */
static enum lb_status
convert(struct lb_run *run, struct lb_network *network, const char *in_path, const char *in_name,
        enum lb_status (*check)(struct lb_run *, const char *, const struct lb_tensor *),
        const char *out_path, struct lb_tensor out)
{
    struct lb_tensor_file *file = NULL;
    const struct lb_tensor *tensor;
    float *in = NULL;
    float *result = NULL;
    enum lb_status status = lb_tensor_file_read(&file, run->ctx, in_path);
    if (status != LB_OK) {
        return status;
    }
    LB_CHECK(find(run, file, in_path, in_name, &tensor));
    LB_CHECK(check(run, in_path, tensor));
    LB_CHECK(to_floats(run, in_path, tensor, &in));
    out.shape[0] = tensor->shape[0];
    const size_t count = lb_tensor_count(&out);
    result = count <= SIZE_MAX / sizeof *result ? malloc(count * sizeof *result) : NULL;
    if (result == NULL) {
        status = lb_fail_memory(run->ctx, out_path);
        goto fail;
    }
    LB_CHECK(lb_network_apply(network, in, tensor->shape[0], result));
    out.data = result;
    LB_CHECK(lb_tensor_file_write(run->ctx, out_path, &out, 1, NULL, 0));
fail:
    free(in);
    free(result);
    lb_tensor_file_free(&file);
    return status;
}

enum lb_status lb_run_encode_file(struct lb_run *run, const char *in_path, const char *out_path)
{
    const struct lb_tensor out = {
        .name = "latent", .dtype = LB_F32, .rank = 2, .shape = {0, run->latent}};
    return convert(run, run->encoder, in_path, "images", check_images, out_path, out);
}

enum lb_status lb_run_decode_file(struct lb_run *run, const char *in_path, const char *out_path)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    const struct lb_tensor out = {
        .name = "images",
        .dtype = LB_F32,
        .rank = 4,
        .shape = {0, (size_t)info->height, (size_t)info->width, (size_t)info->channels}};
    if (run->decoder == NULL) {
        return lb_fail(run->ctx, LB_ERR_NOT_FOUND,
                       "%s: has no decoder (train one with --decoder-steps above 0)", run->path);
    }
    return convert(run, run->decoder, in_path, "latent", check_latents, out_path, out);
}

/* points (n, p) of a fixed sample and their images (n, D). */
static enum lb_status draw_sample(struct lb_run *run, size_t n, float *points, float *images)
{
    LB_TRY(lb_dataset_points(run->dataset, run->params.seed, n, points));
    return lb_dataset_render(run->dataset, points, n, images);
}

static enum lb_status write_latent(struct lb_run *run)
{
    const bool manifold = lb_run_has_manifold(run);
    size_t n = LATENT_SAMPLE;
    if (!manifold) {
        size_t held_out;
        LB_TRY(lb_run_held_out_count(run, &held_out));
        n = held_out < n ? held_out : n;
    }
    float *points = malloc(n * (run->point_size + 1) * sizeof *points);
    int64_t *index = malloc(n * sizeof *index);
    float *images = malloc(n * run->image_size * sizeof *images);
    float *latent = malloc(n * run->latent * sizeof *latent);
    char *path = lb_run_file(run, "latent.safetensors");
    enum lb_status status = LB_OK;
    if (points == NULL || index == NULL || images == NULL || latent == NULL || path == NULL) {
        status = lb_fail_memory(run->ctx, "latent sample");
        goto fail;
    }
    LB_CHECK(manifold ? draw_sample(run, n, points, images)
                      : lb_run_held_out_images(run, 0, n, index, images));
    LB_CHECK(lb_network_apply(run->encoder, images, n, latent));
    const struct lb_tensor tensors[] = {
        manifold ? (struct lb_tensor){"points", LB_F32, 2, {n, run->point_size}, points}
                 : (struct lb_tensor){"index", LB_I64, 1, {n}, index},
        {"latent", LB_F32, 2, {n, run->latent}, latent},
    };
    LB_CHECK(lb_tensor_file_write(run->ctx, path, tensors, LB_COUNT(tensors), NULL, 0));
fail:
    free(points);
    free(index);
    free(images);
    free(latent);
    free(path);
    return status;
}

enum lb_status lb_run_write_latent(struct lb_run *run)
{
    struct lb_folder_lock lock;
    LB_TRY(lb_folder_lock_take(&lock, run->ctx, run->path));
    const enum lb_status status = write_latent(run);
    lb_folder_lock_release(&lock);
    return status;
}
