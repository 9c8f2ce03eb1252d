#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "io/png.h"

#define SAMPLES_MAX (1u << 24)
/* Above four channels of as many samples with the bytes between; a stream that unpacks to more
 * than its header says is refused here. */
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
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_MALLOC(size)          allocate_limited(size)
#define STBI_REALLOC(memory, size) reallocate_limited(memory, size)
#define STBI_FREE(memory)          free(memory)
#include <stb_image.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#define DAMAGED "(the file is damaged or not PNG; write it again)"

enum {
    CHUNK_FRAME = 12, ///< length, type and checksum of a chunk
    HEADER_BYTES = 13,
};

static uint32_t read_number(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* CRC-32 as in ISO 3309: polynomial 0xedb88320, bits reversed. */
static uint32_t checksum(const unsigned char *bytes, size_t n)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1u)));
        }
    }
    return ~crc;
}

static enum lb_status check_header(struct lb_context *ctx, const char *path,
                                   const unsigned char *header)
{
    const uint32_t width = read_number(header);
    const uint32_t height = read_number(header + 4);
    if (width == 0 || height == 0 || width > SAMPLES_MAX / height) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: %u x %u pixels cannot be read (take pictures of at most 2^24)", path,
                       width, height);
    }
    if (header[8] > 8) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: has %d bits a sample (save it with 8, or as a float32 .npy array)",
                       path, header[8]);
    }
    return LB_OK;
}

/* Signature, then chunks whose lengths and checksums are right, from IHDR to IEND. */
static enum lb_status check_chunks(struct lb_context *ctx, const char *path,
                                   const unsigned char *bytes, size_t size)
{
    static const unsigned char signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    size_t at = sizeof signature;
    if (size < at || memcmp(bytes, signature, at) != 0) {
        return lb_fail(ctx, LB_ERR_FORMAT, "%s: does not start as a PNG file " DAMAGED, path);
    }
    for (bool first = true;; first = false) {
        if (size - at < CHUNK_FRAME || read_number(bytes + at) > size - at - CHUNK_FRAME) {
            return lb_fail(ctx, LB_ERR_FORMAT, "%s: ends too early " DAMAGED, path);
        }
        const size_t length = read_number(bytes + at);
        const unsigned char *type = bytes + at + 4;
        if (checksum(type, 4 + length) != read_number(type + 4 + length)) {
            return lb_fail(ctx, LB_ERR_FORMAT, "%s: a checksum is wrong at byte %zu " DAMAGED, path,
                           at);
        }
        if (first) {
            if (length != HEADER_BYTES || memcmp(type, "IHDR", 4) != 0) {
                return lb_fail(ctx, LB_ERR_FORMAT, "%s: has no header " DAMAGED, path);
            }
            LB_TRY(check_header(ctx, path, type + 4));
        }
        at += CHUNK_FRAME + length;
        if (memcmp(type, "IEND", 4) == 0) {
            return LB_OK; // what follows is never read
        }
    }
}

/* Takes out an opaque second or fourth channel; false if it is not opaque. */
static bool remove_alpha(struct lb_picture_data *picture)
{
    const int with = picture->channels;
    if (with % 2 != 0) {
        return true;
    }
    const size_t pixels = (size_t)picture->width * (size_t)picture->height;
    const size_t colours = (size_t)with - 1;
    for (size_t i = 0; i < pixels; i++) {
        const unsigned char *pixel = picture->pixels + i * (size_t)with;
        if (pixel[colours] != UCHAR_MAX) {
            return false;
        }
        memmove(picture->pixels + i * colours, pixel, colours);
    }
    picture->channels = (int)colours;
    return true;
}

enum lb_status lb_png_read(struct lb_context *ctx, const char *path, struct lb_picture_data *out)
{
    char *bytes = NULL;
    size_t size = 0;
    *out = (struct lb_picture_data){0};
    LB_TRY(lb_file_read(ctx, path, &bytes, &size));
    enum lb_status status = LB_OK;
    if (size > ALLOCATION_MAX) {
        status =
            lb_fail(ctx, LB_ERR_FORMAT, "%s: %zu bytes are too many (make it smaller)", path, size);
        goto fail;
    }
    LB_CHECK(check_chunks(ctx, path, (const unsigned char *)bytes, size));
    errno = 0;
    out->pixels = stbi_load_from_memory((const unsigned char *)bytes, (int)size, &out->width,
                                        &out->height, &out->channels, 0);
    if (out->pixels == NULL && errno == ENOMEM) { // not where a limit refused it
        status = lb_fail_memory(ctx, path);
        goto fail;
    }
    if (out->pixels == NULL) {
        status = lb_fail(ctx, LB_ERR_FORMAT, "%s: cannot be decoded: %s " DAMAGED, path,
                         stbi_failure_reason());
        goto fail;
    }
    if (!remove_alpha(out)) {
        status = lb_fail(ctx, LB_ERR_FORMAT,
                         "%s: is partly transparent (save it without an alpha channel)", path);
        goto fail;
    }
    free(bytes);
    return LB_OK;
fail:
    free(bytes);
    free(out->pixels);
    *out = (struct lb_picture_data){0};
    return status;
}
