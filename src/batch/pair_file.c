#include "batch/pair_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "io/tensor_file.h"

static const char *const role_names[LB_PAIR_ROLES] = {"x", "y", "average"};

bool lb_is_pair_file(const char *name)
{
    return lb_string_ends_with(name, ".safetensors") || lb_string_ends_with(name, ".npz");
}

static enum lb_status find(const struct lb_pair_file *file, const char *name,
                           const struct lb_tensor **tensor)
{
    *tensor = lb_tensor_file_find(file->file, name);
    if (*tensor == NULL) {
        return lb_fail(
            file->ctx, LB_ERR_FORMAT,
            "%s: has no tensor `%s` (user pairs are x, y, average and distance, as `lowbend "
            "sample` writes them; `lowbend pairs` makes them from images alone)",
            file->path, name);
    }
    return lb_tensor_file_load(file->file, file->ctx, file->path, *tensor);
}

/* Reads the number and shape of the images, which must all be like `x`. */
static enum lb_status read_shape(struct lb_pair_file *file, const struct lb_tensor *x)
{
    struct lb_image_shape shape;
    LB_TRY(lb_image_shape_read(&shape, file->ctx, file->path, x));
    if (x->shape[0] > UINT32_MAX) {
        return lb_fail_shape(file->ctx, file->path, x, "more than 2^32 pairs (split the file)");
    }
    file->count = x->shape[0];
    file->dtype = x->dtype;
    file->channels_first = lb_is_likely_channels_first(x);
    file->image_size = shape.size;
    file->image_bytes = shape.size * lb_dtype_size(x->dtype);
    file->batch_bytes = shape.size * (x->dtype == LB_U8 ? 1 : sizeof(float));
    file->scale = x->dtype == LB_U8 ? 1.0f : lb_image_full_scale(x->dtype);
    file->info.height = shape.height;
    file->info.width = shape.width;
    file->info.channels = shape.channels;
    return LB_OK;
}

static bool same_shape(const struct lb_tensor *a, const struct lb_tensor *b)
{
    bool same = a->dtype == b->dtype && a->rank == b->rank;
    for (int i = 0; same && i < a->rank; i++) {
        same = a->shape[i] == b->shape[i];
    }
    return same;
}

static enum lb_status read_tensors(struct lb_pair_file *file)
{
    const struct lb_tensor *x;
    LB_TRY(find(file, role_names[LB_PAIR_X], &x));
    LB_TRY(read_shape(file, x));
    for (int role = LB_PAIR_X; role < LB_PAIR_ROLES; role++) {
        const struct lb_tensor *tensor;
        LB_TRY(find(file, role_names[role], &tensor));
        if (!same_shape(x, tensor)) {
            return lb_fail_shape(file->ctx, file->path, tensor,
                                 "must have the dtype and shape of `x` (write all images alike)");
        }
        file->images[role] = tensor->data;
    }
    const struct lb_tensor *distance;
    LB_TRY(find(file, "distance", &distance));
    if (distance->dtype == LB_BOOL || distance->rank != 1 || distance->shape[0] != file->count) {
        char wanted[96];
        snprintf(wanted, sizeof wanted, "must be numbers (%zu), one per pair (correct it)",
                 file->count);
        return lb_fail_shape(file->ctx, file->path, distance, wanted);
    }
    file->distance = distance->data;
    file->distance_dtype = distance->dtype;
    return LB_OK;
}

/* Sets what is known of images without a manifold. */
static void name_dataset(struct lb_pair_file *file)
{
    struct lb_dataset_info *info = &file->info;
    const char *slash = strrchr(file->path, '/');
    snprintf(info->name, sizeof info->name, "%s", slash != NULL ? slash + 1 : file->path);
    snprintf(info->manifold, sizeof info->manifold, "unknown");
    info->injectivity_radius = INFINITY;
    info->h = (double)NAN;
}

enum lb_status lb_pair_file_open(struct lb_pair_file **out, struct lb_context *ctx,
                                 const char *path)
{
    *out = NULL;
    struct lb_pair_file *file = calloc(1, sizeof *file);
    if (file == NULL) {
        return lb_fail_memory(ctx, path);
    }
    file->ctx = ctx;
    file->path = lb_string_copy(path);
    enum lb_status status = LB_OK;
    if (file->path == NULL) {
        status = lb_fail_memory(ctx, path);
        goto fail;
    }
    LB_CHECK(lb_tensor_file_map(&file->file, ctx, path));
    LB_CHECK(read_tensors(file));
    name_dataset(file);
    *out = file;
    return LB_OK;
fail:
    lb_pair_file_close(&file);
    return status;
}

void lb_pair_file_close(struct lb_pair_file **file)
{
    if (file == NULL || *file == NULL) {
        return;
    }
    lb_tensor_file_free(&(*file)->file);
    free((*file)->kept);
    free((*file)->path);
    free(*file);
    *file = NULL;
}

enum lb_status lb_pair_file_check(const struct lb_pair_file *file)
{
    return lb_tensor_file_check_mapping(file->file, file->ctx);
}

float lb_pair_file_distance(const struct lb_pair_file *file, size_t i)
{
    float distance;
    lb_elements_to_floats(file->distance_dtype,
                          file->distance + i * lb_dtype_size(file->distance_dtype), 1, &distance);
    return distance;
}

static void convert(const struct lb_pair_file *file, enum lb_pair_role role, size_t i, float *out)
{
    lb_elements_to_floats(file->dtype, lb_pair_file_image(file, role, i), file->image_size, out);
    for (size_t k = 0; k < file->image_size && file->scale != 1.0f; k++) {
        out[k] /= file->scale;
    }
}

void lb_pair_file_copy(const struct lb_pair_file *file, enum lb_pair_role role, size_t i, void *out)
{
    if (file->dtype == LB_U8) {
        memcpy(out, lb_pair_file_image(file, role, i), file->image_bytes);
    } else {
        convert(file, role, i, out);
    }
}

void lb_pair_file_values(const struct lb_pair_file *file, enum lb_pair_role role, size_t i,
                         float *values)
{
    convert(file, role, i, values);
    for (size_t k = 0; k < file->image_size && file->dtype == LB_U8; k++) {
        values[k] /= 255.0f;
    }
}

/* ---- training and held-out pairs ------------------------------------------------------------- */

enum lb_status lb_pair_file_split(struct lb_pair_file *file, uint64_t seed, double share,
                                  size_t wanted)
{
    const double rounded = floor(share * (double)file->kept_count + 0.5);
    file->held_out = rounded >= 1.0 ? (size_t)rounded : 1;
    file->training = file->kept_count > file->held_out ? file->kept_count - file->held_out : 0;
    if (file->training < wanted || file->training == 0) {
        return lb_fail(file->ctx, LB_ERR_FORMAT,
                       "%s: has %zu pairs, of which %zu are below the minimal distance and %zu are "
                       "held out: %zu remain, but a step needs %zu (use a smaller --pairs, "
                       "--min-distance or --held-out, or more pairs)",
                       file->path, file->count, file->count - file->kept_count, file->held_out,
                       file->training, wanted);
    }
    lb_permutation_start(&file->split, file->kept_count, seed, LB_STREAM_HELD_OUT, 0);
    return LB_OK;
}

static size_t shuffled(const struct lb_pair_file *file, size_t k)
{
    const size_t i = (size_t)lb_permutation_at(&file->split, k);
    return file->kept != NULL ? file->kept[i] : i;
}

size_t lb_pair_file_training(const struct lb_pair_file *file, size_t k)
{
    return shuffled(file, file->held_out + k);
}

size_t lb_pair_file_held_out(const struct lb_pair_file *file, size_t k)
{
    return shuffled(file, k);
}
