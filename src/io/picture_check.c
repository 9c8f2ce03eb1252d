/* Checks that decoders omit: truncated files, wrong checksums, sizes. */
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/context.h"
#include "io/picture_read.h"

#define DAMAGED "(the file is damaged; write or copy it again)"

enum {
    CHUNK_FRAME = 12, ///< length, type and checksum of a chunk
    HEADER_BYTES = 13,
};

static enum lb_status fail_early(struct lb_context *ctx, const char *path)
{
    return lb_fail(ctx, LB_ERR_FORMAT, "%s: ends too early " DAMAGED, path);
}

enum lb_status lb_picture_check_size(struct lb_context *ctx, const char *path, uint64_t width,
                                     uint64_t height)
{
    if (width == 0 || height == 0 || width > LB_PICTURE_SAMPLES_MAX / height) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: %llu x %llu pixels are too many (use pictures of at most 2^24)", path,
                       (unsigned long long)width, (unsigned long long)height);
    }
    return LB_OK;
}

/* ---- PNG: big endian ------------------------------------------------------------------------- */

static uint32_t read_number(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Signature, then chunks with valid lengths and checksums, from IHDR to IEND. */
enum lb_status lb_png_check(struct lb_context *ctx, const char *path, const unsigned char *bytes,
                            size_t size, int *bits)
{
    size_t at = 8;
    if (size < at) {
        return fail_early(ctx, path);
    }
    for (bool first = true;; first = false) {
        if (size - at < CHUNK_FRAME || read_number(bytes + at) > size - at - CHUNK_FRAME) {
            return fail_early(ctx, path);
        }
        const size_t length = read_number(bytes + at);
        const unsigned char *type = bytes + at + 4;
        if (crc32_z(0, type, 4 + length) != read_number(type + 4 + length)) {
            return lb_fail(ctx, LB_ERR_FORMAT, "%s: a checksum is wrong at byte %zu " DAMAGED, path,
                           at);
        }
        if (first) {
            if (length != HEADER_BYTES || memcmp(type, "IHDR", 4) != 0) {
                return lb_fail(ctx, LB_ERR_FORMAT, "%s: has no header " DAMAGED, path);
            }
            LB_TRY(lb_picture_check_size(ctx, path, read_number(type + 4), read_number(type + 8)));
            *bits = type[12];
        }
        at += CHUNK_FRAME + length;
        if (memcmp(type, "IEND", 4) == 0) {
            return LB_OK; // later data is never read
        }
    }
}

/* ---- BMP: little endian ---------------------------------------------------------------------- */

static uint32_t little(const unsigned char *bytes, int n)
{
    uint32_t value = 0;
    for (int i = n - 1; i >= 0; i--) {
        value = value << 8 | bytes[i];
    }
    return value;
}

enum lb_status lb_bmp_check(struct lb_context *ctx, const char *path, const unsigned char *bytes,
                            size_t size)
{
    enum { FILE_HEADER = 14, CORE_HEADER = 12, INFO_HEADER = 40 };
    if (size < FILE_HEADER + CORE_HEADER) {
        return fail_early(ctx, path);
    }
    const uint32_t begin = little(bytes + 10, 4);
    const unsigned char *info = bytes + FILE_HEADER;
    const bool core = little(info, 4) == CORE_HEADER;
    if (!core && size < FILE_HEADER + INFO_HEADER) {
        return fail_early(ctx, path);
    }
    const uint32_t width = little(info + 4, core ? 2 : 4);
    const uint32_t lines = core ? little(info + 6, 2) : little(info + 8, 4);
    const uint32_t height = lines > INT32_MAX ? 0 - lines : lines; // negative: rows from the top
    const uint32_t bits = little(info + (core ? 10 : 14), 2);
    LB_TRY(lb_picture_check_size(ctx, path, width, height));
    const uint64_t row = ((uint64_t)width * bits + 31) / 32 * 4;
    return row * height + begin > size ? fail_early(ctx, path) : LB_OK;
}
