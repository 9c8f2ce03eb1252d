/* Checks a JPEG file (ITU-T T.81) before stb decodes it: complete, with valid Huffman tables, which
 * stb up to 2.27 assumes. */
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "io/picture_read.h"

#define DAMAGED "(the file is damaged; write or copy it again)"

enum {
    MARKER_PROGRESSIVE = 0xc2,
    MARKER_HUFFMAN = 0xc4,
    MARKER_RESTART = 0xd0, ///< and the seven after it
    MARKER_START = 0xd8,
    MARKER_END = 0xd9,
    MARKER_SCAN = 0xda,
    MARKER_EXIF = 0xe1,
    CLASSES = 2, ///< table classes: DC and AC
    TABLES = 4,
};

/** State from earlier segments. */
struct jpeg {
    struct lb_context *ctx;
    const char *path;
    bool progressive;
    bool defined[CLASSES][TABLES];
    int orientation;
};

static enum lb_status fail_at(const struct jpeg *jpeg, const char *what, size_t at)
{
    return lb_fail(jpeg->ctx, LB_ERR_FORMAT, "%s: %s at byte %zu " DAMAGED, jpeg->path, what, at);
}

static size_t number(const unsigned char *bytes, size_t n, bool big)
{
    size_t value = 0;
    for (size_t i = 0; i < n; i++) {
        value = value << 8 | bytes[big ? i : n - 1 - i];
    }
    return value;
}

/* Tag 0x112 of the first directory after a TIFF header (CIPA DC-008, "Exif"); 1, upright, if
 * absent. */
static int read_orientation(const unsigned char *tiff, size_t size)
{
    enum { HEADER = 8, ENTRY = 12, TAG = 0x112 };
    if (size < HEADER) {
        return 1;
    }
    const bool big = tiff[0] == 'M';
    const size_t begin = number(tiff + 4, 4, big);
    if (begin > size - 2) {
        return 1;
    }
    const size_t stated = number(tiff + begin, 2, big);
    const size_t room = (size - begin - 2) / ENTRY;
    for (size_t i = 0; i < stated && i < room; i++) {
        const unsigned char *entry = tiff + begin + 2 + i * ENTRY;
        if (number(entry, 2, big) == TAG) {
            return (int)number(entry + 8, 2, big);
        }
    }
    return 1;
}

/* Each table: class and number, 16 counts of codes, and the symbols. False if inconsistent. */
static bool read_tables(struct jpeg *jpeg, const unsigned char *at, size_t size)
{
    enum { COUNTS = 16, CODES_MAX = 256 };
    while (size > 0) {
        const unsigned class = at[0] >> 4;
        const unsigned table = at[0] & 15u;
        size_t codes = 0;
        for (size_t i = 1; i <= COUNTS && i < size; i++) {
            codes += at[i];
        }
        if (codes > CODES_MAX || size < 1 + COUNTS + codes || class >= CLASSES || table >= TABLES) {
            return false;
        }
        jpeg->defined[class][table] = true;
        at += 1 + COUNTS + codes;
        size -= 1 + COUNTS + codes;
    }
    return true;
}

/* Whether the tables that the scan refers to exist. */
static bool has_tables(const struct jpeg *jpeg, const unsigned char *at, size_t size)
{
    const size_t channels = size > 0 ? at[0] : 0;
    if (size != 4 + 2 * channels) {
        return false;
    }
    const unsigned char *spectrum = at + 1 + 2 * channels; // its first and last coefficient
    const bool needed[CLASSES] = {!jpeg->progressive || spectrum[0] == 0,
                                  !jpeg->progressive || spectrum[1] > 0};
    for (size_t i = 0; i < channels; i++) {
        const unsigned names = at[2 + 2 * i];
        const unsigned tables[CLASSES] = {names >> 4, names & 15u};
        for (int class = 0; class < CLASSES; class ++) {
            if (needed[class] &&
                (tables[class] >= TABLES || !jpeg->defined[class][tables[class]])) {
                return false;
            }
        }
    }
    return true;
}

/* A segment without its marker and length. */
static enum lb_status read_segment(struct jpeg *jpeg, unsigned marker, const unsigned char *body,
                                   size_t size, size_t at)
{
    static const char exif[] = "Exif\0"; // followed by one more NUL byte
    jpeg->progressive = jpeg->progressive || marker == MARKER_PROGRESSIVE;
    if (marker == MARKER_HUFFMAN && !read_tables(jpeg, body, size)) {
        return fail_at(jpeg, "has an invalid Huffman table", at);
    }
    if (marker == MARKER_SCAN && !has_tables(jpeg, body, size)) {
        return fail_at(jpeg, "lacks a Huffman table", at);
    }
    if (marker == MARKER_EXIF && size > sizeof exif && memcmp(body, exif, sizeof exif) == 0) {
        jpeg->orientation = read_orientation(body + sizeof exif, size - sizeof exif);
    }
    return LB_OK;
}

/* Skips coded data up to the next 0xff that is not followed by a zero or restart marker. */
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
    struct jpeg jpeg = {.ctx = ctx, .path = path, .orientation = 1};
    size_t at = 2;
    for (;;) {
        while (at + 1 < size && bytes[at] == 0xff && bytes[at + 1] == 0xff) {
            at++; // fill bytes
        }
        if (size < 4 || at > size - 2) {
            return fail_at(&jpeg, "ends too early", size);
        }
        const unsigned marker = bytes[at + 1];
        if (bytes[at] != 0xff) {
            return fail_at(&jpeg, "has no marker", at);
        }
        *orientation = jpeg.orientation;
        if (marker == MARKER_END) {
            return LB_OK;
        }
        at += 2;
        const size_t length = size - at >= 2 ? number(bytes + at, 2, true) : 0;
        if (length < 2 || length > size - at) {
            return fail_at(&jpeg, "ends too early", size);
        }
        LB_TRY(read_segment(&jpeg, marker, bytes + at + 2, length - 2, at));
        at += length;
        if (marker == MARKER_SCAN) {
            at = skip_scan(bytes, size, at);
        }
    }
}
