#include "data/image_set.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/text.h"
#include "io/png.h"

enum { MAX_IMAGE = 1 << 24 }; // numbers of one image, as of own pairs

/* ---- a folder of PNG files ------------------------------------------------------------------- */

static int is_png(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);
    return length > 4 && strcasecmp(entry->d_name + length - 4, ".png") == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name); // in every locale the same
}

/* Picture i of n, which must be like those before it. */
static enum lb_status add_picture(struct lb_image_set *set, struct lb_context *ctx,
                                  const char *path, size_t i, size_t n)
{
    struct lb_picture_data picture;
    LB_TRY(lb_png_read(ctx, path, &picture));
    const size_t shape[] = {n, (size_t)picture.height, (size_t)picture.width,
                            (size_t)picture.channels};
    enum lb_status status = LB_OK;
    if (i == 0) {
        set->size = shape[1] * shape[2] * shape[3];
        set->images = (struct lb_tensor){.name = "images", .dtype = LB_U8, .rank = 4};
        memcpy(set->images.shape, shape, sizeof shape);
        set->pixels = set->size <= SIZE_MAX / n ? malloc(n * set->size) : NULL;
        if (set->pixels == NULL) {
            status = lb_fail_memory(ctx, path);
        }
        set->images.data = set->pixels;
    } else if (memcmp(set->images.shape, shape, sizeof shape) != 0) {
        status = lb_fail(ctx, LB_ERR_FORMAT,
                         "%s: is %zu x %zu with %zu channels, but those before it are %zu x %zu "
                         "with %zu (make all pictures alike)",
                         path, shape[2], shape[1], shape[3], set->images.shape[2],
                         set->images.shape[1], set->images.shape[3]);
    }
    if (status == LB_OK) {
        memcpy(set->pixels + i * set->size, picture.pixels, set->size);
    }
    free(picture.pixels);
    return status;
}

static enum lb_status read_folder(struct lb_image_set *set, struct lb_context *ctx,
                                  const char *folder)
{
    struct dirent **entries = NULL;
    const int n = scandir(folder, &entries, is_png, by_bytes);
    if (n < 0) {
        return lb_fail(ctx, LB_ERR_IO, "%s: cannot be listed: %s (check its permissions)", folder,
                       strerror(errno));
    }
    enum lb_status status = LB_OK;
    for (int i = 0; i < n && status == LB_OK; i++) {
        char *path = lb_path_join(folder, entries[i]->d_name);
        status = path != NULL ? add_picture(set, ctx, path, (size_t)i, (size_t)n)
                              : lb_fail_memory(ctx, folder);
        free(path);
    }
    for (int i = 0; i < n; i++) {
        free(entries[i]);
    }
    free(entries);
    if (n == 0) {
        return lb_fail(ctx, LB_ERR_FORMAT, "%s: holds no .png file (name the folder with them)",
                       folder);
    }
    set->count = (size_t)n;
    return status;
}

/* ---- an array file --------------------------------------------------------------------------- */

static enum lb_status fail_tensor(struct lb_context *ctx, const char *path,
                                  const struct lb_tensor *tensor, const char *why)
{
    struct lb_text shape = {0};
    for (int i = 0; i < tensor->rank; i++) {
        lb_text_addf(&shape, "%s%zu", i > 0 ? "," : "", tensor->shape[i]);
    }
    const enum lb_status status =
        lb_fail(ctx, LB_ERR_FORMAT, "%s: `%s` is %s (%s): %s", path, tensor->name,
                lb_dtype_name(tensor->dtype), shape.data != NULL ? shape.data : "", why);
    lb_text_free(&shape);
    return status;
}

static enum lb_status check_finite(struct lb_context *ctx, const char *path,
                                   const struct lb_tensor *tensor)
{
    const float *values = tensor->data;
    const size_t count = tensor->dtype == LB_F32 ? lb_tensor_count(tensor) : 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            return lb_fail(ctx, LB_ERR_FORMAT,
                           "%s: `%s` holds NaN or infinity at element %zu (leave such images out)",
                           path, tensor->name, i);
        }
    }
    return LB_OK;
}

static enum lb_status read_array(struct lb_image_set *set, struct lb_context *ctx, const char *path)
{
    LB_TRY(lb_tensor_file_read(&set->file, ctx, path));
    const struct lb_tensor *tensor = lb_string_ends_with(path, ".npy")
                                         ? lb_tensor_file_at(set->file, 0)
                                         : lb_tensor_file_find(set->file, "images");
    if (tensor == NULL) {
        return lb_fail(ctx, LB_ERR_FORMAT, "%s: has no tensor `images` (name it so, or use .npy)",
                       path);
    }
    size_t size = tensor->rank >= 2 && tensor->rank <= 4 ? 1 : 0;
    for (int i = 1; i < tensor->rank && size > 0; i++) {
        const size_t axis = tensor->shape[i];
        size = axis > 0 && axis <= MAX_IMAGE / size ? size * axis : 0;
    }
    if (size == 0 || tensor->shape[0] == 0 || (tensor->dtype != LB_F32 && tensor->dtype != LB_U8)) {
        return fail_tensor(ctx, path, tensor,
                           "must be F32 or U8 images (n,H,W,C), (n,H,W) or (n,D) of at most 2^24 "
                           "numbers (convert it)");
    }
    LB_TRY(check_finite(ctx, path, tensor));
    set->images = *tensor;
    set->count = tensor->shape[0];
    set->size = size;
    return LB_OK;
}

enum lb_status lb_image_set_read(struct lb_image_set *set, struct lb_context *ctx, const char *path)
{
    *set = (struct lb_image_set){0};
    return lb_folder_exists(path) ? read_folder(set, ctx, path) : read_array(set, ctx, path);
}

void lb_image_set_free(struct lb_image_set *set)
{
    lb_tensor_file_free(&set->file);
    free(set->pixels);
    *set = (struct lb_image_set){0};
}

void lb_image_set_values(const struct lb_image_set *set, size_t i, float *values)
{
    if (set->images.dtype == LB_F32) {
        const float *images = set->images.data;
        memcpy(values, images + i * set->size, set->size * sizeof *values);
        return;
    }
    const unsigned char *bytes = (const unsigned char *)set->images.data + i * set->size;
    for (size_t k = 0; k < set->size; k++) {
        values[k] = (float)bytes[k] / 255.0f;
    }
}
