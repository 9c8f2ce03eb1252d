/* What decoders are lenient about: pictures that end too early, wrong checksums, sizes. */
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
                       "%s: %llu x %llu pixels cannot be read (take pictures of at most 2^24)",
                       path, (unsigned long long)width, (unsigned long long)height);
    }
    return LB_OK;
}

/* ---- PNG: big endian ------------------------------------------------------------------------- */

static uint32_t read_number(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Signature, then chunks whose lengths and checksums are right, from IHDR to IEND. */
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
            return LB_OK; // what follows is never read
        }
    }
}

static uint32_t little(const unsigned char *bytes, int n)
{
    uint32_t value = 0;
    for (int i = n - 1; i >= 0; i--) {
        value = value << 8 | bytes[i];
    }
    return value;
}

/* ---- JPEG ------------------------------------------------------------------------------------ */

enum {
    MARKER_HUFFMAN = 0xc4,
    MARKER_RESTART = 0xd0, ///< and the seven after it
    MARKER_START = 0xd8,
    MARKER_END = 0xd9,
    MARKER_SCAN = 0xda,
    MARKER_EXIF = 0xe1,
};

/* Tag 0x112 of the first directory of a TIFF header (CIPA DC-008, "Exif"); 1, upright, without. */
static int read_orientation(const unsigned char *tiff, size_t size)
{
    enum { HEADER = 8, ENTRY = 12, TAG = 0x112 };
    const bool big = size >= HEADER && tiff[0] == 'M';
    if (size < HEADER) {
        return 1;
    }
    const size_t begin = big ? read_number(tiff + 4) : little(tiff + 4, 4);
    if (begin > size - 2) {
        return 1;
    }
    const unsigned char *at = tiff + begin;
    const size_t stated = big ? (size_t)at[0] << 8 | at[1] : little(at, 2);
    const size_t room = (size - begin - 2) / ENTRY;
    for (size_t i = 0; i < stated && i < room; i++) {
        const unsigned char *entry = at + 2 + i * ENTRY;
        const unsigned tag = big ? (unsigned)entry[0] << 8 | entry[1] : little(entry, 2);
        if (tag == TAG) {
            return (int)(big ? (unsigned)entry[8] << 8 | entry[9] : little(entry + 8, 2));
        }
    }
    return 1;
}

/* Huffman tables: 16 counts of codes each, of which stb up to 2.27 does not see that they add up to
 * more than it has room for. */
static bool are_huffman_tables(const unsigned char *at, size_t size)
{
    enum { COUNTS = 16, CODES_MAX = 256 };
    while (size > 0) {
        size_t codes = 0;
        for (size_t i = 1; i <= COUNTS && i < size; i++) {
            codes += at[i];
        }
        if (codes > CODES_MAX || size < 1 + COUNTS + codes) {
            return false;
        }
        at += 1 + COUNTS + codes;
        size -= 1 + COUNTS + codes;
    }
    return true;
}

/* Past coded data: to the next 0xff that no zero or restart marker follows. */
static size_t skip_scan(const unsigned char *bytes, size_t size, size_t at)
{
    while (at + 1 < size && (bytes[at] != 0xff || bytes[at + 1] == 0 || bytes[at + 1] == 0xff ||
                             (bytes[at + 1] >= MARKER_RESTART && bytes[at + 1] < MARKER_START))) {
        at++;
    }
    return at;
}

enum lb_status lb_jpeg_check(struct lb_context *ctx, const char *path, const unsigned char *bytes,
                             size_t size, int *orientation)
{
    static const char exif[] = "Exif\0"; // and one more NUL byte
    size_t at = 2;
    *orientation = 1;
    for (;;) {
        while (at + 1 < size && bytes[at] == 0xff && bytes[at + 1] == 0xff) {
            at++; // fill bytes
        }
        if (size < 2 || at > size - 2) {
            return fail_early(ctx, path);
        }
        const unsigned marker = bytes[at + 1];
        if (bytes[at] != 0xff) {
            return lb_fail(ctx, LB_ERR_FORMAT, "%s: has no marker at byte %zu " DAMAGED, path, at);
        }
        if (marker == MARKER_END) {
            return LB_OK;
        }
        at += 2;
        if (size - at < 2) {
            return fail_early(ctx, path);
        }
        const size_t length = (size_t)bytes[at] << 8 | bytes[at + 1];
        if (length < 2 || length > size - at) {
            return fail_early(ctx, path);
        }
        if (marker == MARKER_HUFFMAN && !are_huffman_tables(bytes + at + 2, length - 2)) {
            return lb_fail(ctx, LB_ERR_FORMAT, "%s: has a wrong Huffman table at byte %zu " DAMAGED,
                           path, at);
        }
        if (marker == MARKER_EXIF && length > 2 + sizeof exif &&
            memcmp(bytes + at + 2, exif, sizeof exif) == 0) {
            *orientation = read_orientation(bytes + at + 2 + sizeof exif, length - 2 - sizeof exif);
        }
        at += length;
        if (marker == MARKER_SCAN) {
            at = skip_scan(bytes, size, at);
        }
    }
}

/* ---- BMP: little endian ---------------------------------------------------------------------- */

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
    const uint32_t height = lines > INT32_MAX ? 0 - lines : lines; // negative: from the top
    const uint32_t bits = little(info + (core ? 10 : 14), 2);
    LB_TRY(lb_picture_check_size(ctx, path, width, height));
    const uint64_t row = ((uint64_t)width * bits + 31) / 32 * 4;
    return row * height + begin > size ? fail_early(ctx, path) : LB_OK;
}
