/* Decodes files with stb after their structure was checked. */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/file.h"
#include "base/context.h"
#include "io/picture_read.h"

/* Larger than four channels of all samples plus intermediate bytes; a stream that unpacks to more
 * than its header says is rejected here. */
#define ALLOCATION_MAX (1u << 28)

static void *allocate_limited(size_t size)
{
    return size <= ALLOCATION_MAX ? malloc(size) : NULL;
}

static void *reallocate_limited(void *memory, size_t size)
{
    return size <= ALLOCATION_MAX ? realloc(memory, size) : NULL;
}

#if defined(__GNUC__)
/* For the whole file: gcc reports unused static functions at its end, when a pop has been seen. */
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#endif
#if defined(__clang__)
/* stb up to 2.27 shifts by 32 bits or more when the data of a damaged JPEG ends inside a code. That
 * gives a wrong pixel and nothing else. */
#pragma clang attribute push(__attribute__((no_sanitize("shift"))), apply_to = function)
#endif
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_MALLOC(size)          allocate_limited(size)
#define STBI_REALLOC(memory, size) reallocate_limited(memory, size)
#define STBI_FREE(memory)          free(memory)
#include <stb_image.h>
#if defined(__clang__)
#pragma clang attribute pop
#endif
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#define WRITE_AGAIN "(the file is damaged; write it again)"
#define READ        "readable are PNG, JPEG, BMP, PGM and PPM"

/** Signature and name of a format. */
struct format {
    size_t at; ///< offset of its signature
    const char *start;
    size_t length;
    const char *name;
};
#define STARTS(at, text) at, text, sizeof(text) - 1

enum { PNG, JPEG, BMP, PGM_TEXT, PPM_TEXT, PGM, PPM, FORMATS_READ };

static const struct format formats[] = {
    [PNG] = {STARTS(0, "\x89PNG\r\n\x1a\n"), "a PNG picture"},
    [JPEG] = {STARTS(0, "\xff\xd8\xff"), "a JPEG picture"},
    [BMP] = {STARTS(0, "BM"), "a BMP picture"},
    [PGM_TEXT] = {STARTS(0, "P2"), "a PGM picture"},
    [PPM_TEXT] = {STARTS(0, "P3"), "a PPM picture"},
    [PGM] = {STARTS(0, "P5"), "a PGM picture"},
    [PPM] = {STARTS(0, "P6"), "a PPM picture"},
    {STARTS(8, "WEBP"), "a WebP picture"},
    {STARTS(0, "II*\0"), "a TIFF picture"},
    {STARTS(0, "MM\0*"), "a TIFF picture"},
    {STARTS(0, "GIF8"), "a GIF picture"},
    {STARTS(4, "ftypavif"), "an AVIF picture"},
    {STARTS(4, "ftyphei"), "a HEIC picture"},
    {STARTS(4, "ftypmif1"), "a HEIC picture"},
    {STARTS(0, "8BPS"), "a Photoshop file"},
    {STARTS(0, "\x76\x2f\x31\x01"), "an OpenEXR picture"},
    {STARTS(0, "P1"), "a PBM picture"},
    {STARTS(0, "P4"), "a PBM picture"},
    {STARTS(0, "P7"), "a PAM picture"},
    {STARTS(0, "Pf"), "a PFM picture"},
    {STARTS(0, "PF"), "a PFM picture"},
    {STARTS(0, "\x93NUMPY"), "a .npy array"},
};

/* Index of the format, or LB_COUNT(formats). */
static size_t find_format(const char *bytes, size_t size)
{
    size_t f = 0;
    while (f < LB_COUNT(formats) &&
           (size < formats[f].at + formats[f].length ||
            memcmp(bytes + formats[f].at, formats[f].start, formats[f].length) != 0)) {
        f++;
    }
    return f;
}

static enum lb_status fail_format(struct lb_context *ctx, const char *path, size_t format)
{
    if (format == LB_COUNT(formats)) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: is not a picture (" READ "; convert it, or remove it)", path);
    }
    return lb_fail(ctx, LB_ERR_FORMAT,
                   "%s: is %s (" READ "; convert it, for example: magick %s picture.png)", path,
                   formats[format].name, path);
}

bool lb_picture_named(const char *path)
{
    static const char *const endings[] = {
        ".png",  ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib",  ".pgm",
        ".ppm",  ".pnm", ".webp", ".tif", ".tiff", ".gif", ".avif", ".heic",
        ".heif", ".psd", ".exr",  ".pbm", ".pam",  ".pfm",
    };
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot != NULL && i < LB_COUNT(endings); i++) {
        if (lb_equal_any_case(dot, endings[i])) {
            return true;
        }
    }
    return false;
}

/* ---- transparency ---------------------------------------------------------------------------- */

/* Blends n pixels of `with` channels with the background, removing alpha. */
static void blend_bytes(unsigned char *pixels, size_t n, size_t with, unsigned background,
                        bool *blended)
{
    const size_t colours = with - 1;
    for (size_t i = 0; i < n; i++) {
        const unsigned char *pixel = pixels + i * with;
        const unsigned alpha = pixel[colours];
        *blended = *blended || alpha != UCHAR_MAX;
        for (size_t c = 0; c < colours; c++) {
            const unsigned sum = pixel[c] * alpha + background * (UCHAR_MAX - alpha);
            pixels[i * colours + c] = (unsigned char)((sum + UCHAR_MAX / 2) / UCHAR_MAX);
        }
    }
}

static void blend_floats(float *values, size_t n, size_t with, float background, bool *blended)
{
    const size_t colours = with - 1;
    for (size_t i = 0; i < n; i++) {
        const float *pixel = values + i * with;
        const float alpha = pixel[colours];
        *blended = *blended || alpha != 1.0f;
        for (size_t c = 0; c < colours; c++) {
            values[i * colours + c] = pixel[c] * alpha + background * (1.0f - alpha);
        }
    }
}

static void remove_alpha(struct lb_picture_data *picture, bool black)
{
    const size_t n = (size_t)picture->width * (size_t)picture->height;
    const size_t with = (size_t)picture->channels;
    if (with % 2 != 0) {
        return;
    }
    if (picture->pixels != NULL) {
        blend_bytes(picture->pixels, n, with, black ? 0 : UCHAR_MAX, &picture->blended);
    } else {
        blend_floats(picture->values, n, with, black ? 0.0f : 1.0f, &picture->blended);
    }
    picture->channels = (int)with - 1;
}

/* ---- decoding -------------------------------------------------------------------------------- */

static enum lb_status fail_decoder(struct lb_context *ctx, const char *path)
{
    if (errno == ENOMEM) { // not if a limit was exceeded
        return lb_fail_memory(ctx, path);
    }
    return lb_fail(ctx, LB_ERR_FORMAT, "%s: cannot be decoded: %s " WRITE_AGAIN, path,
                   stbi_failure_reason());
}

static enum lb_status decode_wide(struct lb_context *ctx, const char *path, const char *bytes,
                                  size_t size, struct lb_picture_data *out)
{
    unsigned short *samples = stbi_load_16_from_memory(
        (const unsigned char *)bytes, (int)size, &out->width, &out->height, &out->channels, 0);
    if (samples == NULL) {
        return fail_decoder(ctx, path);
    }
    const size_t n = (size_t)out->width * (size_t)out->height * (size_t)out->channels;
    out->values = malloc(n * sizeof *out->values);
    for (size_t i = 0; i < n && out->values != NULL; i++) {
        out->values[i] = (float)samples[i] / (float)UINT16_MAX;
    }
    free(samples);
    return out->values != NULL ? LB_OK : lb_fail_memory(ctx, path);
}

static enum lb_status decode(struct lb_context *ctx, const char *path, const char *bytes,
                             size_t size, int bits, struct lb_picture_data *out)
{
    const unsigned char *data = (const unsigned char *)bytes;
    errno = 0;
    if (!stbi_info_from_memory(data, (int)size, &out->width, &out->height, &out->channels)) {
        return fail_decoder(ctx, path);
    }
    /* stb returns a negative height for a BMP file stored from the top. */
    LB_TRY(lb_picture_check_size(ctx, path, (uint64_t)out->width, (uint64_t)abs(out->height)));
    if (bits == 16) {
        return decode_wide(ctx, path, bytes, size, out);
    }
    out->pixels =
        stbi_load_from_memory(data, (int)size, &out->width, &out->height, &out->channels, 0);
    return out->pixels != NULL ? LB_OK : fail_decoder(ctx, path);
}

static enum lb_status read_bytes(struct lb_context *ctx, const char *path, const char *bytes,
                                 size_t size, struct lb_picture_data *out)
{
    const unsigned char *data = (const unsigned char *)bytes;
    const size_t format = find_format(bytes, size);
    int bits = CHAR_BIT;
    int orientation = 1;
    if (size == 0) {
        return lb_fail(ctx, LB_ERR_FORMAT, "%s: is empty " WRITE_AGAIN, path);
    }
    if (format >= FORMATS_READ) {
        return fail_format(ctx, path, format);
    }
    if (size > ALLOCATION_MAX) {
        return lb_fail(ctx, LB_ERR_FORMAT, "%s: %zu bytes are too many (make it smaller)", path,
                       size);
    }
    switch (format) {
    case PNG:
        LB_TRY(lb_png_check(ctx, path, data, size, &bits));
        break;
    case JPEG:
        LB_TRY(lb_jpeg_check(ctx, path, data, size, &orientation));
        out->turned = orientation > 1 && orientation <= 8;
        break;
    case BMP:
        LB_TRY(lb_bmp_check(ctx, path, data, size));
        break;
    default:
        return lb_pnm_read(ctx, path, data, size, out);
    }
    return decode(ctx, path, bytes, size, bits, out);
}

enum lb_status lb_picture_read(struct lb_context *ctx, const char *path, bool black,
                               struct lb_picture_data *out)
{
    char *bytes = NULL;
    size_t size = 0;
    *out = (struct lb_picture_data){0};
    LB_TRY(lb_file_read(ctx, path, &bytes, &size));
    const enum lb_status status = read_bytes(ctx, path, bytes, size, out);
    free(bytes);
    if (status != LB_OK) {
        lb_picture_data_free(out);
        return status;
    }
    remove_alpha(out, black);
    return LB_OK;
}

void lb_picture_data_free(struct lb_picture_data *picture)
{
    free(picture->pixels);
    free(picture->values);
    *picture = (struct lb_picture_data){0};
}
