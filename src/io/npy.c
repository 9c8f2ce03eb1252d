/* NumPy's .npy: a magic string, a version, and a Python dictionary with dtype, order and shape. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "io/tensor_file.h"

#define MAGIC            "\x93NUMPY"
#define MAGIC_BYTES      6
#define HEADER_ALIGNMENT 64     /* numpy's own since 1.14 */
#define HEADER_MAX       65536u /* a shape of 8 numbers needs much less */
#define START_BYTES_MAX  12     /* before the header */
_Static_assert(HEADER_MAX + START_BYTES_MAX == LB_NPY_HEADER_MAX, "the same limit");
#define DAMAGED "(the file is damaged or not .npy; write it again)"

/* numpy has no bfloat16: libraries that have it save it as two untyped bytes. */
static const char *const descriptions[] = {
    [LB_F32] = "<f4", [LB_F64] = "<f8",  [LB_U8] = "|u1",   [LB_I32] = "<i4", [LB_I64] = "<i8",
    [LB_F16] = "<f2", [LB_BF16] = "<V2", [LB_I8] = "|i1",   [LB_I16] = "<i2", [LB_U16] = "<u2",
    [LB_U32] = "<u4", [LB_U64] = "<u8",  [LB_BOOL] = "|b1",
};

/** A position in the dictionary's text; `end` is past its last byte. */
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

/** Consumes this character if it comes next, after white space. */
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

/* The characters after the byte order decide; one-byte types have no byte order. */
static bool same_type(const char *text, const char *description)
{
    return text[0] != '\0' && strcmp(text + 1, description + 1) == 0 &&
           (strchr("<>=|", text[0]) != NULL);
}

/* Skips a list of fields; its brackets must be balanced. */
static bool skip_list(struct cursor *cursor)
{
    int depth = 0;
    do {
        if (cursor->at == cursor->end) {
            return false;
        }
        depth += (*cursor->at == '[') - (*cursor->at == ']');
        cursor->at++;
    } while (depth > 0);
    return true;
}

static enum lb_status read_description(struct cursor *cursor, struct lb_tensor *tensor,
                                       struct lb_tensor_form *form)
{
    char text[64];
    skip_space(cursor);
    tensor->dtype = LB_DTYPE_OTHER;
    if (cursor->at < cursor->end && *cursor->at == '[') {
        form->dtype = lb_quote("a record");
        return skip_list(cursor) ? LB_OK : fail_header(cursor, "has a descr that does not end");
    }
    if (!take_string(cursor, text, sizeof(text))) {
        return fail_header(cursor, "has no plain string as its descr");
    }
    form->dtype = lb_quote(text);
    if (strcmp(text, "bfloat16") == 0) {
        tensor->dtype = LB_BF16;
    }
    for (size_t i = 0; i < LB_COUNT(descriptions); i++) {
        if (same_type(text, descriptions[i])) {
            tensor->dtype = (enum lb_dtype)i;
            form->swapped = text[0] == '>' && lb_dtype_size(tensor->dtype) > 1;
        }
    }
    return LB_OK;
}

static enum lb_status read_order(struct cursor *cursor, struct lb_tensor_form *form)
{
    form->fortran = take_word(cursor, "True");
    if (!form->fortran && !take_word(cursor, "False")) {
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
            return fail_header(cursor, "contains a negative number in its shape");
        }
        if (cursor->at >= cursor->end || *cursor->at < '0' || *cursor->at > '9') {
            return fail_header(cursor, "contains something other than a number in its shape");
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
            cursor->at++; // Python 2 wrote long integers with this suffix
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

static enum lb_status read_dictionary(struct cursor *cursor, struct lb_tensor *tensor,
                                      struct lb_tensor_form *form)
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
        LB_TRY(k == 0   ? read_description(cursor, tensor, form)
               : k == 1 ? read_order(cursor, form)
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
        return fail_header(cursor, "has extra text after its dictionary");
    }
    for (size_t k = 0; k < LB_COUNT(keys); k++) {
        if (!seen[k]) {
            return lb_fail(cursor->ctx, LB_ERR_FORMAT, "%s: the header lacks '%s' " DAMAGED,
                           cursor->path, keys[k]);
        }
    }
    return LB_OK;
}

enum lb_status lb_npy_read_header(struct lb_tensor *tensor, struct lb_tensor_form *form,
                                  struct lb_context *ctx, const char *path, const char *bytes,
                                  size_t size, size_t total, size_t *begin)
{
    const unsigned char *start = (const unsigned char *)bytes;
    if (size < MAGIC_BYTES + 2 || memcmp(start, MAGIC, MAGIC_BYTES) != 0) {
        LB_TRY(lb_foreign_check(ctx, path, "a .npy file", bytes, size));
        return lb_fail(ctx, LB_ERR_FORMAT, "%s: does not start like a .npy file " DAMAGED, path);
    }
    const unsigned version = start[MAGIC_BYTES];
    if (version < 1 || version > 3 || start[MAGIC_BYTES + 1] != 0) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: .npy version %u.%u is not supported (use 1.0, 2.0 or 3.0)", path,
                       version, (unsigned)start[MAGIC_BYTES + 1]);
    }
    const size_t length_bytes = version == 1 ? 2 : 4;
    *begin = MAGIC_BYTES + 2 + length_bytes;
    if (size < *begin) {
        return lb_fail(ctx, LB_ERR_FORMAT, "%s: the file ends in its header " DAMAGED, path);
    }
    size_t length = 0;
    for (size_t i = 0; i < length_bytes; i++) {
        length |= (size_t)start[MAGIC_BYTES + 2 + i] << (8 * i);
    }
    if (length > HEADER_MAX || length > size - *begin) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: the header of %zu bytes extends beyond the end of the file, or exceeds "
                       "%u bytes " DAMAGED,
                       path, length, HEADER_MAX);
    }
    struct cursor cursor = {bytes + *begin, bytes + *begin + length, ctx, path};
    LB_TRY(read_dictionary(&cursor, tensor, form));
    *begin += length;
    size_t expected = 0;
    if (!lb_shape_bytes(tensor->shape, tensor->rank, tensor->dtype, &expected)) {
        return fail_header(&cursor, "has a shape that overflows");
    }
    if (expected != total - *begin && tensor->dtype != LB_DTYPE_OTHER) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: the shape needs %zu bytes but %zu follow the header " DAMAGED, path,
                       expected, total - *begin);
    }
    return LB_OK;
}

enum lb_status lb_npy_read(struct lb_tensor_file *file, struct lb_context *ctx, const char *path,
                           size_t size)
{
    size_t begin = 0;
    if (!lb_tensor_file_reserve(file, 1)) {
        return lb_fail_memory(ctx, path);
    }
    struct lb_tensor *tensor = &file->tensors[0];
    tensor->name = "array";
    LB_TRY(lb_npy_read_header(tensor, &file->forms[0], ctx, path, file->bytes, size, size, &begin));
    LB_TRY(lb_tensor_file_check_dtype(file, ctx, path, tensor));
    return lb_tensor_file_place(file, ctx, 0, begin, size - begin);
}

enum lb_status lb_npy_header(struct lb_text *header, struct lb_context *ctx, const char *path,
                             const struct lb_tensor *tensor)
{
    static const char start[] =
        MAGIC "\x01"; // followed by the minor version, 0: the final NUL byte
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
