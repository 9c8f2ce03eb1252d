/* NumPy's .npy: a magic string, a version, and a Python dictionary with dtype, order and shape. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "io/tensor_file.h"

#define MAGIC            "\x93NUMPY"
#define MAGIC_BYTES      6
#define HEADER_ALIGNMENT 64     /* numpy's own since 1.14 */
#define HEADER_MAX       65536u /* a shape of 8 numbers needs far less */
#define DAMAGED          "(the file is damaged or not .npy; write it again)"

static const char *const descriptions[] = {
    [LB_F32] = "<f4", [LB_F64] = "<f8", [LB_U8] = "|u1", [LB_I32] = "<i4", [LB_I64] = "<i8",
};

/** A place in the dictionary's text; `end` is behind its last byte. */
struct cursor {
    const char *at;
    const char *end;
    struct lb_context *ctx;
    const char *path;
};

static enum lb_status fail_header(const struct cursor *cursor, const char *why)
{
    return lb_fail(cursor->ctx, LB_ERR_FORMAT, "%s: the header %s " DAMAGED, cursor->path, why);
}

static void skip_space(struct cursor *cursor)
{
    while (cursor->at < cursor->end &&
           (*cursor->at == ' ' || *cursor->at == '\n' || *cursor->at == '\t')) {
        cursor->at++;
    }
}

/** Takes this character if it comes next, after white space. */
static bool take(struct cursor *cursor, char character)
{
    skip_space(cursor);
    if (cursor->at < cursor->end && *cursor->at == character) {
        cursor->at++;
        return true;
    }
    return false;
}

static bool take_word(struct cursor *cursor, const char *word)
{
    const size_t length = strlen(word);
    skip_space(cursor);
    if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, word, length) != 0) {
        return false;
    }
    cursor->at += length;
    return true;
}

/** A quoted string without escapes, which numpy never writes here. */
static bool take_string(struct cursor *cursor, char *out, size_t size)
{
    char quote = '\'';
    if (!take(cursor, quote)) {
        quote = '"';
        if (!take(cursor, quote)) {
            return false;
        }
    }
    size_t length = 0;
    while (cursor->at < cursor->end && *cursor->at != quote && length + 1 < size) {
        out[length++] = *cursor->at++;
    }
    out[length] = '\0';
    if (cursor->at == cursor->end || *cursor->at != quote) {
        return false;
    }
    cursor->at++;
    return true;
}

static enum lb_status read_description(struct cursor *cursor, struct lb_tensor *tensor)
{
    char text[64];
    if (!take_string(cursor, text, sizeof(text))) {
        return fail_header(cursor, "has no plain string as its descr (records are not supported)");
    }
    for (size_t i = 0; i < LB_COUNT(descriptions); i++) {
        if (strcmp(text, descriptions[i]) == 0) {
            tensor->dtype = (enum lb_dtype)i;
            return LB_OK;
        }
    }
    return lb_fail(cursor->ctx, LB_ERR_FORMAT,
                   "%s: dtype '%s' is not supported (save array.astype(numpy.float32))",
                   cursor->path, lb_quote(text).text);
}

static enum lb_status read_order(struct cursor *cursor)
{
    if (take_word(cursor, "True")) {
        return lb_fail(cursor->ctx, LB_ERR_FORMAT,
                       "%s: the array is in Fortran order (save numpy.ascontiguousarray(array))",
                       cursor->path);
    }
    if (!take_word(cursor, "False")) {
        return fail_header(cursor, "has neither True nor False as its fortran_order");
    }
    return LB_OK;
}

static enum lb_status read_shape(struct cursor *cursor, struct lb_tensor *tensor)
{
    if (!take(cursor, '(')) {
        return fail_header(cursor, "has no tuple as its shape");
    }
    while (!take(cursor, ')')) {
        if (tensor->rank == LB_TENSOR_MAX_RANK) {
            return lb_fail(cursor->ctx, LB_ERR_FORMAT,
                           "%s: the array has more axes than are supported (use at most %d)",
                           cursor->path, LB_TENSOR_MAX_RANK);
        }
        if (take(cursor, '-')) {
            return fail_header(cursor, "holds a negative number in its shape");
        }
        if (cursor->at >= cursor->end || *cursor->at < '0' || *cursor->at > '9') {
            return fail_header(cursor, "holds something not a number in its shape");
        }
        size_t size = 0;
        while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9') {
            const size_t digit = (size_t)(*cursor->at++ - '0');
            if (size > ((size_t)PTRDIFF_MAX - digit) / 10) {
                return fail_header(cursor, "has a shape that overflows");
            }
            size = size * 10 + digit;
        }
        if (cursor->at < cursor->end && *cursor->at == 'L') {
            cursor->at++; // Python 2 wrote long integers so
        }
        tensor->shape[tensor->rank++] = size;
        if (take(cursor, ',')) {
            continue;
        }
        if (tensor->rank == 1) {
            return fail_header(cursor, "has a number instead of a tuple as its shape");
        }
        if (!take(cursor, ')')) {
            return fail_header(cursor, "has a shape that does not end");
        }
        break;
    }
    return LB_OK;
}

static enum lb_status read_dictionary(struct cursor *cursor, struct lb_tensor *tensor)
{
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    bool seen[LB_COUNT(keys)] = {false};
    if (!take(cursor, '{')) {
        return fail_header(cursor, "is not a dictionary");
    }
    while (!take(cursor, '}')) {
        char key[32];
        if (!take_string(cursor, key, sizeof(key)) || !take(cursor, ':')) {
            return fail_header(cursor, "is not a dictionary of three keys");
        }
        size_t k = 0;
        while (k < LB_COUNT(keys) && strcmp(key, keys[k]) != 0) {
            k++;
        }
        if (k == LB_COUNT(keys) || seen[k]) {
            return fail_header(cursor,
                               k == LB_COUNT(keys) ? "has an unknown key" : "has a duplicate key");
        }
        seen[k] = true;
        LB_TRY(k == 0   ? read_description(cursor, tensor)
               : k == 1 ? read_order(cursor)
                        : read_shape(cursor, tensor));
        if (!take(cursor, ',')) {
            if (!take(cursor, '}')) {
                return fail_header(cursor, "does not end");
            }
            break;
        }
    }
    skip_space(cursor);
    if (cursor->at != cursor->end) {
        return fail_header(cursor, "has something behind its dictionary");
    }
    for (size_t k = 0; k < LB_COUNT(keys); k++) {
        if (!seen[k]) {
            return lb_fail(cursor->ctx, LB_ERR_FORMAT, "%s: the header lacks '%s' " DAMAGED,
                           cursor->path, keys[k]);
        }
    }
    return LB_OK;
}

enum lb_status lb_npy_read(struct lb_tensor_file *file, struct lb_context *ctx, const char *path,
                           size_t size)
{
    const unsigned char *bytes = (const unsigned char *)file->bytes;
    if (size < MAGIC_BYTES + 2 || memcmp(bytes, MAGIC, MAGIC_BYTES) != 0) {
        LB_TRY(lb_foreign_check(ctx, path, "a .npy file", file->bytes, size));
        return lb_fail(ctx, LB_ERR_FORMAT, "%s: does not start as a .npy file " DAMAGED, path);
    }
    const unsigned version = bytes[MAGIC_BYTES];
    if (version < 1 || version > 3 || bytes[MAGIC_BYTES + 1] != 0) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: .npy version %u.%u is not supported (use 1.0, 2.0 or 3.0)", path,
                       version, (unsigned)bytes[MAGIC_BYTES + 1]);
    }
    const size_t length_bytes = version == 1 ? 2 : 4;
    size_t begin = MAGIC_BYTES + 2 + length_bytes;
    if (size < begin) {
        return lb_fail(ctx, LB_ERR_FORMAT, "%s: the file ends in its header " DAMAGED, path);
    }
    size_t length = 0;
    for (size_t i = 0; i < length_bytes; i++) {
        length |= (size_t)bytes[MAGIC_BYTES + 2 + i] << (8 * i);
    }
    if (length > HEADER_MAX || length > size - begin) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: the header of %zu bytes runs beyond the end of the file, or is above "
                       "%u bytes " DAMAGED,
                       path, length, HEADER_MAX);
    }
    struct lb_tensor tensor = {.name = "array"};
    struct cursor cursor = {file->bytes + begin, file->bytes + begin + length, ctx, path};
    LB_TRY(read_dictionary(&cursor, &tensor));
    begin += length;
    size_t expected = 0;
    if (!lb_shape_bytes(tensor.shape, tensor.rank, tensor.dtype, &expected)) {
        return fail_header(&cursor, "has a shape that overflows");
    }
    if (expected != size - begin) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: the shape needs %zu bytes but %zu follow the header " DAMAGED, path,
                       expected, size - begin);
    }
    if (!lb_tensor_file_reserve(file, 1)) {
        return lb_fail_memory(ctx, path);
    }
    file->tensors[0] = tensor;
    return lb_tensor_file_place(file, ctx, 0, begin, expected);
}

enum lb_status lb_npy_header(struct lb_text *header, struct lb_context *ctx, const char *path,
                             const struct lb_tensor *tensor)
{
    static const char start[] = MAGIC "\x01"; // and the minor version, 0: its final NUL byte
    struct lb_tensor named = *tensor;
    named.name = "array";
    size_t bytes = 0;
    LB_TRY(lb_tensor_check(ctx, path, &named, &bytes));
    struct lb_text text = {0};
    lb_text_addf(&text, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                 descriptions[tensor->dtype]);
    for (int i = 0; i < tensor->rank; i++) {
        lb_text_addf(&text, i == 0 ? "%zu" : " %zu", tensor->shape[i]);
        if (i + 1 < tensor->rank || tensor->rank == 1) {
            lb_text_add(&text, ",");
        }
    }
    lb_text_add(&text, "), }");
    const size_t before = sizeof(start) + 2;
    while ((before + text.length + 1) % HEADER_ALIGNMENT != 0 && !text.failed) {
        lb_text_add(&text, " ");
    }
    lb_text_add(&text, "\n");
    const unsigned char length[2] = {(unsigned char)(text.length & 0xff),
                                     (unsigned char)(text.length >> 8)};
    lb_text_add_bytes(header, start, sizeof(start));
    lb_text_add_bytes(header, (const char *)length, sizeof(length));
    lb_text_add_bytes(header, text.data != NULL ? text.data : "", text.length);
    const bool failed = text.failed || header->failed;
    lb_text_free(&text);
    return failed ? lb_fail_memory(ctx, path) : LB_OK;
}
