/* Identifies files of unexpected formats. */
#include <string.h>

#include "io/tensor_file.h"

#define AS_NPY     "save the array with numpy.save as a .npy file"
#define AS_PICTURE "rename it to end in .png, .jpg or whatever it is"
#define AS_PNG     "convert it to .png"

/** Signature of a format, its name, and advice. */
struct kind {
    const char *start;
    size_t length;
    const char *name;
    const char *advice;
};

#define STARTS(text) text, sizeof(text) - 1

static const struct kind kinds[] = {
    {STARTS("\x93NUMPY"), "a .npy array", "rename it to end in .npy"},
    {STARTS("PK\x03\x04"), "a zip archive",
     "rename it to end in .npz if it is one; otherwise, such as for .pt, " AS_NPY},
    {STARTS("PK\x05\x06"), "an empty zip archive", AS_NPY},
    {STARTS("\x89PNG\r\n\x1a\n"), "a PNG picture", AS_PICTURE},
    {STARTS("\xff\xd8\xff"), "a JPEG picture", AS_PICTURE},
    {STARTS("GIF8"), "a GIF picture", AS_PNG},
    {STARTS("BM"), "a BMP picture", AS_PICTURE},
    {STARTS("II*\0"), "a TIFF picture", AS_PNG},
    {STARTS("MM\0*"), "a TIFF picture", AS_PNG},
    {STARTS("\x89HDF\r\n\x1a\n"), "an HDF5 file", AS_NPY},
    {STARTS("\x1f\x8b"), "a gzip archive", "unpack it first"},
    {STARTS("\x80\x02"), "a Python pickle", AS_NPY},
    {STARTS("\x80\x03"), "a Python pickle", AS_NPY},
    {STARTS("\x80\x04"), "a Python pickle", AS_NPY},
    {STARTS("\x80\x05"), "a Python pickle", AS_NPY},
};

/* The length at the start of a safetensors header has zeros in its upper bytes; text has none. */
static bool is_text(const char *bytes, size_t size)
{
    enum { LOOKED_AT = 64, LEAST = 8 };
    const size_t n = size < LOOKED_AT ? size : LOOKED_AT;
    for (size_t i = 0; i < n; i++) {
        const unsigned char byte = (unsigned char)bytes[i];
        if ((byte < 0x20 && strchr("\t\r\n", byte) == NULL) || byte == 0 || byte == 0x7f) {
            return false;
        }
    }
    return n >= LEAST;
}

enum lb_status lb_foreign_check(struct lb_context *ctx, const char *path, const char *wanted,
                                const char *bytes, size_t size)
{
    for (size_t i = 0; i < LB_COUNT(kinds); i++) {
        if (size >= kinds[i].length && memcmp(bytes, kinds[i].start, kinds[i].length) == 0) {
            return lb_fail(ctx, LB_ERR_FORMAT, "%s: is %s, not %s (%s)", path, kinds[i].name,
                           wanted, kinds[i].advice);
        }
    }
    if (size > LB_HEADER_LENGTH_BYTES && bytes[LB_HEADER_LENGTH_BYTES] == '{' && bytes[7] == 0) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: is a safetensors file, not %s (rename it to end in .safetensors)", path,
                       wanted);
    }
    if (is_text(bytes, size)) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: is text, such as CSV, not %s (read it with numpy.loadtxt, and " AS_NPY
                       " of float32)",
                       path, wanted);
    }
    return LB_OK;
}
