#include "batch/image_set.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/file_facts.h"
#include "base/folder.h"
#include "base/text.h"
#include "batch/picture_set.h"
#include "batch/resize.h"
#include "io/picture_read.h"
#include "io/tensor_file.h"

/* Range of all values, which must be finite. */
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
                           "%s: `%s` holds NaN or infinity at element %zu (remove such images)",
                           path, set->images.name, i * set->size + k);
        }
    }
    set->range = set->images.dtype == LB_U8
                     ? (struct lb_range){(float)low / 255.0f, (float)high / 255.0f}
                     : range;
    return LB_OK;
}

/* Converts one image (channels, pixels) to (pixels, channels), with elements of `bytes`. */
static void move_channels(const unsigned char *in, unsigned char *out, size_t channels,
                          size_t pixels, size_t bytes)
{
    for (size_t p = 0; p < pixels; p++) {
        for (size_t c = 0; c < channels; c++) {
            memcpy(out + (p * channels + c) * bytes, in + (c * pixels + p) * bytes, bytes);
        }
    }
}

/** Conversion of an array's images to those of the set. */
struct conversion {
    struct lb_tensor in;
    struct lb_tensor out; ///< bytes stay bytes, everything else becomes floats
    bool move;            ///< move channels to the end
    float scale;
    size_t size_in; ///< numbers per image
    size_t size_out;
    struct lb_resize resize;
    bool resizes;
    unsigned char *moved; ///< one image
    float *floats;        ///< one image
    float *resized;       ///< one image
};

static enum lb_status prepare(struct conversion *c, struct lb_context *ctx, const char *path)
{
    const size_t *to = c->out.shape;
    const size_t *from = c->in.shape;
    c->size_in = lb_tensor_count(&c->in) / from[0];
    c->size_out = lb_tensor_count(&c->out) / to[0];
    c->moved = malloc(c->size_in * lb_dtype_size(c->in.dtype));
    c->floats = malloc(c->size_in * sizeof *c->floats);
    c->resized = malloc(c->size_out * sizeof *c->resized);
    if (c->moved == NULL || c->floats == NULL || c->resized == NULL) {
        return lb_fail_memory(ctx, path);
    }
    if (!c->resizes) {
        return LB_OK;
    }
    const size_t *rows = &from[c->move ? 2 : 1];
    return lb_resize_create(&c->resize, ctx, (int)rows[0], (int)rows[1],
                            c->out.rank == 4 ? (int)to[3] : 1, (int)to[1], (int)to[2]);
}

/* Converts the image at `image`; the result is valid until the next call. */
static const void *convert_image(const struct conversion *c, const unsigned char *image)
{
    const bool bytes = c->out.dtype == LB_U8;
    if (c->move) {
        move_channels(image, c->moved, c->in.shape[1], c->size_in / c->in.shape[1],
                      lb_dtype_size(c->in.dtype));
        image = c->moved;
    }
    if (bytes && !c->resizes) {
        return image;
    }
    lb_elements_to_floats(c->in.dtype, image, c->size_in, c->floats);
    for (size_t k = 0; k < c->size_in && c->scale != 1.0f; k++) {
        c->floats[k] /= c->scale;
    }
    if (!c->resizes) {
        return c->floats;
    }
    lb_resize_apply(&c->resize, c->floats, c->resized);
    unsigned char *rounded = (unsigned char *)c->resized; // in place
    for (size_t k = 0; k < c->size_out && bytes; k++) {
        rounded[k] = (unsigned char)(c->resized[k] + 0.5f);
    }
    return c->resized;
}

/* Replaces the images of the file by converted ones. */
static enum lb_status write_converted(struct lb_image_set *set, struct lb_context *ctx,
                                      const struct conversion *c)
{
    const size_t from = c->size_in * lb_dtype_size(c->in.dtype);
    const size_t to = c->size_out * lb_dtype_size(c->out.dtype);
    LB_TRY(lb_spool_open(&set->spool, ctx));
    LB_TRY(lb_image_set_check(set, ctx));
    for (size_t i = 0; i < c->in.shape[0]; i++) {
        const unsigned char *image = (const unsigned char *)c->in.data + i * from;
        LB_TRY(lb_spool_add(&set->spool, ctx, convert_image(c, image), to));
    }
    LB_TRY(lb_image_set_check(set, ctx));
    set->images = c->out;
    LB_TRY(lb_spool_map(&set->spool, ctx, &set->images.data));
    set->mapped = false;
    return LB_OK;
}

static enum lb_status convert(struct lb_image_set *set, struct lb_context *ctx, const char *path,
                              struct conversion *c)
{
    enum lb_status status = prepare(c, ctx, path);
    if (status == LB_OK) {
        status = write_converted(set, ctx, c);
    }
    lb_resize_free(&c->resize);
    free(c->moved);
    free(c->floats);
    free(c->resized);
    return status;
}

/* 16-bit numbers that are all below 256 are probably bytes. */
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
               "%s: 16-bit `%s` means 0..65535, but reaches only %u (if it holds bytes, use "
               "--scale 255)",
               path, set->images.name, largest);
    }
}

struct lb_tensor lb_image_set_converted(const struct lb_image_set *set,
                                        const struct lb_image_options *options)
{
    struct lb_tensor images = set->images;
    if (!set->pictures && options->layout == LB_LAYOUT_CHW) {
        images = lb_channels_last(images);
    }
    if (!set->pictures && options->size > 0 && images.rank > 2) {
        images.shape[1] = images.shape[2] = (size_t)options->size;
    }
    images.dtype = images.dtype == LB_U8 ? LB_U8 : LB_F32;
    return images;
}

/* Rejects options that do not apply. */
static enum lb_status check_options(const struct lb_image_set *set, struct lb_context *ctx,
                                    const char *path, const struct lb_image_options *options)
{
    const struct lb_tensor *images = &set->images;
    const bool pictures = set->pictures;
    if (options->scale > 0.0 && (pictures || images->dtype == LB_U8 || images->dtype == LB_BOOL)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "%s: `%s` holds %s, which always mean 0..1 (leave out --scale)", path,
                       images->name,
                       images->dtype == LB_U8 ? "bytes"
                       : pictures             ? "pictures"
                                              : "booleans");
    }
    if (options->layout == LB_LAYOUT_CHW && pictures) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "%s: pictures have their channels last (leave out --layout)", path);
    }
    if (options->layout == LB_LAYOUT_DEFAULT && !pictures && lb_is_likely_channels_first(images)) {
        return lb_fail_shape(ctx, path, images,
                             "looks like channels first, but (n,H,W,C) is expected (use --layout "
                             "chw to read it so, or --layout hwc to read it as it is)");
    }
    if (options->size > 0 && images->rank == 2) {
        return lb_fail_shape(ctx, path, images,
                             "has no rows and columns of pixels (leave out --size)");
    }
    return LB_OK;
}

enum lb_status lb_image_set_convert(struct lb_image_set *set, struct lb_context *ctx,
                                    const char *path, const struct lb_image_options *options)
{
    const struct lb_tensor *images = &set->images;
    const bool bytes = images->dtype == LB_U8;
    struct lb_image_shape shape;
    LB_TRY(lb_image_shape_read(&shape, ctx, path, images));
    LB_TRY(check_options(set, ctx, path, options));
    struct conversion c = {
        .in = *images,
        .out = lb_image_set_converted(set, options),
        .move = options->layout == LB_LAYOUT_CHW && images->rank == 4 && shape.size > 1,
        .scale = bytes                  ? 1.0f
                 : options->scale > 0.0 ? (float)options->scale
                                        : lb_image_full_scale(images->dtype),
    };
    LB_TRY(lb_image_shape_read(&shape, ctx, path, &c.out));
    const struct lb_tensor moved = c.move ? lb_channels_last(*images) : *images;
    c.resizes = memcmp(moved.shape, c.out.shape, sizeof moved.shape) != 0;
    if (c.resizes && moved.shape[1] != moved.shape[2]) {
        lb_log(ctx, LB_LOG_INFO, "%s: images of %zu x %zu pixels are stretched to %d x %d", path,
               moved.shape[2], moved.shape[1], options->size, options->size);
    }
    if (images->dtype == LB_U16 && !(options->scale > 0.0)) {
        warn_of_dark(set, ctx, path);
    }
    if (c.move || c.resizes || c.scale != 1.0f || images->dtype != c.out.dtype) {
        return convert(set, ctx, path, &c);
    }
    set->images = c.out; // channels, if any, are now at the end
    return LB_OK;
}

/* The first of `names` in the file, or its only array. */
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
                                 const char *const *names, size_t n,
                                 const struct lb_image_options *options)
{
    *set = (struct lb_image_set){.pictures = lb_folder_exists(path) || lb_picture_named(path)};
    return set->pictures ? lb_pictures_read(&set->images, &set->spool, ctx, path, options)
                         : open_array(set, ctx, path, names, n);
}

enum lb_status lb_image_set_take(struct lb_image_set *set, struct lb_context *ctx, const char *path,
                                 const struct lb_tensor *images)
{
    *set = (struct lb_image_set){.images = *images};
    if (lb_dtype_size(images->dtype) == 0 || images->data == NULL || images->rank < 0 ||
        images->rank > LB_TENSOR_MAX_RANK) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "%s: has no dtype, no data, or not 0 to %d axes (fill in the tensor)", path,
                       LB_TENSOR_MAX_RANK);
    }
    return LB_OK;
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

/* Completes a set whose images have been read in their own dtype. */
static enum lb_status finish(struct lb_image_set *set, struct lb_context *ctx, const char *path,
                             const struct lb_image_options *options)
{
    LB_TRY(lb_image_set_convert(set, ctx, path, options));
    LB_TRY(lb_image_set_check_values(set, ctx, path));
    if (options->scale > 0.0 || set->shape.height * set->shape.width == 1) {
        return LB_OK;
    }
    return lb_range_check(ctx, path, set->images.name, set->range);
}

enum lb_status lb_image_set_read(struct lb_image_set *set, struct lb_context *ctx, const char *path,
                                 const struct lb_image_options *options)
{
    static const char *const names[] = {"images"};
    LB_TRY(lb_image_set_open(set, ctx, path, names, LB_COUNT(names), options));
    return finish(set, ctx, path, options);
}

enum lb_status lb_image_set_read_array(struct lb_image_set *set, struct lb_context *ctx,
                                       const char *path, const struct lb_tensor *images,
                                       const struct lb_image_options *options)
{
    LB_TRY(lb_image_set_take(set, ctx, path, images));
    return finish(set, ctx, path, options);
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
