#include "batch/image_set.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/file.h"
#include "base/natural.h"
#include "base/text.h"
#include "io/png.h"
#include "io/tensor_file.h"

/* ---- a folder of PNG files ------------------------------------------------------------------- */

/* A name with a dot in front is no picture: macOS puts ._NAME.png beside NAME.png. */
static int is_png(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && lb_png_named(entry->d_name);
}

static int by_number(const struct dirent **a, const struct dirent **b)
{
    return lb_natural_compare((*a)->d_name, (*b)->d_name);
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
        set->images = (struct lb_tensor){.name = "images", .dtype = LB_U8, .rank = 4};
        memcpy(set->images.shape, shape, sizeof shape);
        set->size = shape[1] * shape[2] * shape[3];
    } else if (memcmp(set->images.shape, shape, sizeof shape) != 0) {
        status = lb_fail(ctx, LB_ERR_FORMAT,
                         "%s: is %zu x %zu with %zu channels, but those before it are %zu x %zu "
                         "with %zu (make all pictures alike)",
                         path, shape[2], shape[1], shape[3], set->images.shape[2],
                         set->images.shape[1], set->images.shape[3]);
    }
    if (status == LB_OK) {
        status = lb_spool_add(&set->spool, ctx, picture.pixels, set->size);
    }
    free(picture.pixels);
    return status;
}

static enum lb_status read_folder(struct lb_image_set *set, struct lb_context *ctx,
                                  const char *folder)
{
    struct dirent **entries = NULL;
    const int n = scandir(folder, &entries, is_png, by_number);
    if (n < 0) {
        return lb_fail(ctx, LB_ERR_IO, "%s: cannot be listed: %s (check its permissions)", folder,
                       lb_errno_text(errno).text);
    }
    enum lb_status status = n > 0 ? lb_spool_open(&set->spool, ctx) : LB_OK;
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
    return status == LB_OK ? lb_spool_map(&set->spool, ctx, &set->images.data) : status;
}

/* ---- an array file --------------------------------------------------------------------------- */

/* The range of all values, which must be finite. */
static enum lb_status measure(struct lb_context *ctx, const char *path, struct lb_image_set *set)
{
    struct lb_range range = LB_RANGE_EMPTY;
    unsigned char low = UCHAR_MAX;
    unsigned char high = 0;
    for (size_t i = 0; i < set->count; i++) {
        const unsigned char *image = lb_image_set_image(set, i);
        size_t k = 0;
        if (set->images.dtype == LB_U8) {
            for (; k < set->size; k++) {
                low = image[k] < low ? image[k] : low;
                high = image[k] > high ? image[k] : high;
            }
        } else if (!lb_range_add(&range, image, set->size)) {
            while (lb_range_add(&range, image + k * sizeof(float), 1)) {
                k++;
            }
            return lb_fail(ctx, LB_ERR_FORMAT,
                           "%s: `%s` holds NaN or infinity at element %zu (leave such images out)",
                           path, set->images.name, i * set->size + k);
        }
    }
    set->range = set->images.dtype == LB_U8
                     ? (struct lb_range){(float)low / 255.0f, (float)high / 255.0f}
                     : range;
    return LB_OK;
}

/* One image (channels, pixels) to (pixels, channels), elements of `bytes`. */
static void move_channels(const unsigned char *in, unsigned char *out, size_t channels,
                          size_t pixels, size_t bytes)
{
    for (size_t p = 0; p < pixels; p++) {
        for (size_t c = 0; c < channels; c++) {
            memcpy(out + (p * channels + c) * bytes, in + (c * pixels + p) * bytes, bytes);
        }
    }
}

/* n elements of any dtype as floats, divided. */
static void to_floats(enum lb_dtype dtype, const unsigned char *in, size_t n, float scale,
                      float *out)
{
    lb_elements_to_floats(dtype, in, n, out);
    for (size_t k = 0; k < n && scale != 1.0f; k++) {
        out[k] /= scale;
    }
}

/* The converted images take the place of those of the file: bytes remain bytes, all else becomes
 * floats. */
static enum lb_status write_converted(struct lb_image_set *set, struct lb_context *ctx,
                                      const char *path, float scale, bool move)
{
    const struct lb_tensor in = set->images;
    const enum lb_dtype dtype = in.dtype == LB_U8 ? LB_U8 : LB_F32;
    const size_t n = in.shape[0];
    const size_t from = lb_dtype_size(in.dtype);
    const size_t to = lb_dtype_size(dtype);
    const size_t size = lb_tensor_count(&in) / n;
    unsigned char *moved = malloc(size * from);
    unsigned char *image = malloc(size * to);
    enum lb_status status = LB_OK;
    if (moved == NULL || image == NULL) {
        status = lb_fail_memory(ctx, path);
        goto fail;
    }
    LB_CHECK(lb_spool_open(&set->spool, ctx));
    LB_CHECK(lb_image_set_check(set, ctx));
    for (size_t i = 0; i < n; i++) {
        const unsigned char *next = (const unsigned char *)in.data + i * size * from;
        if (move) {
            move_channels(next, moved, in.shape[1], size / in.shape[1], from);
            next = moved;
        }
        if (dtype == LB_F32) {
            to_floats(in.dtype, next, size, scale, (float *)(void *)image);
            next = image;
        }
        LB_CHECK(lb_spool_add(&set->spool, ctx, next, size * to));
    }
    LB_CHECK(lb_image_set_check(set, ctx));
    LB_CHECK(lb_spool_map(&set->spool, ctx, &set->images.data));
    set->images.dtype = dtype;
    set->mapped = false;
fail:
    free(moved);
    free(image);
    return status;
}

/* Numbers of 16 bits that all are below 256 are more likely bytes that were widened. */
static void warn_of_dark(const struct lb_image_set *set, struct lb_context *ctx, const char *path)
{
    const unsigned char *data = set->images.data;
    const size_t count = lb_tensor_count(&set->images);
    unsigned largest = 0;
    for (size_t k = 0; k < count; k++) {
        uint16_t value;
        memcpy(&value, data + k * sizeof value, sizeof value);
        largest = value > largest ? value : largest;
    }
    if (largest <= UCHAR_MAX) {
        lb_log(ctx, LB_LOG_WARNING,
               "%s: `%s` of 16 bits stands for 0..65535, but reaches only %u (if it holds bytes, "
               "use --scale 255)",
               path, set->images.name, largest);
    }
}

enum lb_status lb_image_set_convert(struct lb_image_set *set, struct lb_context *ctx,
                                    const char *path, const struct lb_image_options *options)
{
    const struct lb_tensor *images = &set->images;
    struct lb_image_shape shape;
    LB_TRY(lb_image_shape_read(&shape, ctx, path, images));
    const bool bytes = images->dtype == LB_U8;
    if (options->scale > 0.0 && (bytes || images->dtype == LB_BOOL)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "%s: `%s` holds %s, which stand for 0..1 already (leave --scale out)", path,
                       images->name, bytes ? "bytes" : "truth values");
    }
    if (options->layout == LB_LAYOUT_CHW && set->file == NULL) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "%s: pictures have their channels last (leave --layout out)", path);
    }
    if (options->layout == LB_LAYOUT_GUARD && set->file != NULL &&
        lb_is_likely_channels_first(images)) {
        return lb_fail_shape(ctx, path, images,
                             "looks like channels first, but (n,H,W,C) is expected (use --layout "
                             "chw to read it so, or --layout hwc to take it as it is)");
    }
    const bool move = options->layout == LB_LAYOUT_CHW && images->rank == 4 && shape.size > 1;
    const float scale = bytes                  ? 1.0f
                        : options->scale > 0.0 ? (float)options->scale
                                               : lb_image_full_scale(images->dtype);
    if (images->dtype == LB_U16 && !(options->scale > 0.0)) {
        warn_of_dark(set, ctx, path);
    }
    if (move || scale != 1.0f || (!bytes && images->dtype != LB_F32)) {
        LB_TRY(write_converted(set, ctx, path, scale, move));
    }
    if (options->layout == LB_LAYOUT_CHW) {
        set->images = lb_channels_last(set->images);
    }
    return LB_OK;
}

/* The first of `names` that the file has, or its only array. */
static const struct lb_tensor *find(const struct lb_tensor_file *file, const char *path,
                                    const char *const *names, size_t n)
{
    const struct lb_tensor *tensor = NULL;
    for (size_t i = 0; i < n && tensor == NULL; i++) {
        tensor = lb_tensor_file_find(file, names[i]);
    }
    const bool any_name = lb_string_ends_with(path, ".npy") || lb_string_ends_with(path, ".npz");
    return tensor == NULL && any_name && lb_tensor_file_count(file) == 1
               ? lb_tensor_file_at(file, 0)
               : tensor;
}

static enum lb_status open_array(struct lb_image_set *set, struct lb_context *ctx, const char *path,
                                 const char *const *names, size_t n)
{
    set->mapped = lb_file_is_plain(path);
    LB_TRY(set->mapped ? lb_tensor_file_map(&set->file, ctx, path)
                       : lb_tensor_file_read(&set->file, ctx, path));
    const struct lb_tensor *tensor = find(set->file, path, names, n);
    if (tensor == NULL) {
        return lb_fail(ctx, LB_ERR_FORMAT, "%s: has no tensor `%s`%s%s%s (name it so, or use .npy)",
                       path, names[0], n > 1 ? " or `" : "", n > 1 ? names[1] : "",
                       n > 1 ? "`" : "");
    }
    LB_TRY(lb_tensor_file_load(set->file, ctx, path, tensor));
    set->images = *tensor;
    return LB_OK;
}

enum lb_status lb_image_set_open(struct lb_image_set *set, struct lb_context *ctx, const char *path,
                                 const char *const *names, size_t n)
{
    *set = (struct lb_image_set){0};
    return lb_folder_exists(path) ? read_folder(set, ctx, path)
                                  : open_array(set, ctx, path, names, n);
}

enum lb_status lb_image_set_check_values(struct lb_image_set *set, struct lb_context *ctx,
                                         const char *path)
{
    LB_TRY(lb_image_shape_read(&set->shape, ctx, path, &set->images));
    set->count = set->images.shape[0];
    set->size = set->shape.size;
    set->bytes = set->size * lb_dtype_size(set->images.dtype);
    if (set->mapped) {
        lb_tensor_file_advise(set->file, true);
    }
    return measure(ctx, path, set);
}

enum lb_status lb_image_set_read(struct lb_image_set *set, struct lb_context *ctx, const char *path,
                                 const struct lb_image_options *options)
{
    static const char *const names[] = {"images"};
    LB_TRY(lb_image_set_open(set, ctx, path, names, LB_COUNT(names)));
    LB_TRY(lb_image_set_convert(set, ctx, path, options));
    LB_TRY(lb_image_set_check_values(set, ctx, path));
    if (options->scale > 0.0 || set->shape.height * set->shape.width == 1) {
        return LB_OK;
    }
    return lb_range_check(ctx, path, set->images.name, set->range);
}

void lb_image_set_free(struct lb_image_set *set)
{
    lb_tensor_file_free(&set->file);
    lb_spool_close(&set->spool);
    *set = (struct lb_image_set){0};
}

enum lb_status lb_image_set_check(const struct lb_image_set *set, struct lb_context *ctx)
{
    return set->mapped ? lb_tensor_file_check_mapping(set->file, ctx) : LB_OK;
}

void lb_image_set_values(const struct lb_image_set *set, size_t i, float *values)
{
    const unsigned char *image = lb_image_set_image(set, i);
    if (set->images.dtype == LB_F32) {
        memcpy(values, image, set->bytes);
        return;
    }
    for (size_t k = 0; k < set->size; k++) {
        values[k] = (float)image[k] / 255.0f;
    }
}
