#include "io/png.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/ascii.h"
#include "base/file.h"

/** Replaces stb's deflate, which aborts when out of memory. */
static unsigned char *deflate_pixels(unsigned char *data, int length, int *out_length, int quality)
{
    uLongf size = compressBound((uLong)length);
    unsigned char *out = malloc(size);
    if (out != NULL && compress2(out, &size, data, (uLong)length, quality) != Z_OK) {
        free(out);
        out = NULL;
    }
    *out_length = (int)size;
    return out;
}

#if defined(__GNUC__)
/* For the whole file: gcc reports unused static functions at its end, when a pop has been seen. */
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wundef"
#endif
#if !defined(__clang_analyzer__) /* so that the analyser does not check stb */
#define STB_IMAGE_WRITE_IMPLEMENTATION
#endif
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#define STBIW_ZLIB_COMPRESS deflate_pixels
#include <stb_image_write.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#define BYTES_MAX (1 << 28) /* stb counts in int, including filtered and compressed data */

struct target {
    unsigned char *data;
    size_t size;
};

/** stb calls this once, with the whole file. */
static void keep(void *user, void *data, int size)
{
    struct target *target = user;
    target->data = malloc((size_t)size);
    if (target->data != NULL) {
        memcpy(target->data, data, (size_t)size);
        target->size = (size_t)size;
    }
}

static enum lb_status encode(struct lb_context *ctx, const char *name, int width, int height,
                             int channels, const unsigned char *pixels, struct target *target)
{
    if (width < 1 || height < 1 || channels < 1 || channels > 4 ||
        width > BYTES_MAX / channels / height) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "%s: a picture of %d x %d pixels with %d channels cannot be written "
                       "(make it smaller)",
                       name, width, height, channels);
    }
    if (stbi_write_png_to_func(keep, target, width, height, channels, pixels, width * channels) ==
            0 ||
        target->data == NULL) {
        return lb_fail_memory(ctx, name);
    }
    return LB_OK;
}

bool lb_png_named(const char *path)
{
    const size_t length = strlen(path);
    return length >= 4 && lb_equal_any_case(path + length - 4, ".png");
}

enum lb_status lb_png_write(struct lb_context *ctx, const char *path, int width, int height,
                            int channels, const unsigned char *pixels)
{
    struct target target = {0};
    if (!lb_png_named(path)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "%s: pictures are written as PNG (use a name that ends in .png)", path);
    }
    enum lb_status status = encode(ctx, path, width, height, channels, pixels, &target);
    if (status == LB_OK) {
        status = lb_file_write(ctx, path, target.data, target.size);
    }
    free(target.data);
    return status;
}

enum lb_status lb_png_encode(struct lb_context *ctx, int width, int height, int channels,
                             const unsigned char *pixels, unsigned char **png, size_t *size)
{
    struct target target = {0};
    const enum lb_status status = encode(ctx, "image", width, height, channels, pixels, &target);
    *png = target.data;
    *size = target.size;
    return status;
}
