/* safetensors: an 8-byte header length, a JSON header, then the data without gaps. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "io/tensor_file.h"

#define HEADER_MAX   100000000u /* the format's own limit */
#define METADATA_KEY "__metadata__"
#define DAMAGED      "(the file is damaged or not safetensors; write it again)"

/** A tensor of the header, before sorting by offset. */
struct entry {
    struct lb_tensor tensor;
    struct lb_quote dtype; ///< as in lb_tensor_form
    size_t begin;
    size_t end;
    size_t index; ///< position in the header
};

struct reader {
    struct lb_context *ctx;
    const char *path;
    size_t data_size;
};

static enum lb_status fail_tensor(const struct reader *reader, const char *name, const char *why)
{
    return lb_fail(reader->ctx, LB_ERR_FORMAT, "%s: tensor '%s': %s " DAMAGED, reader->path,
                   lb_quote(name).text, why);
}

static enum lb_status read_dtype(const struct reader *reader, struct entry *entry,
                                 const json_t *json)
{
    const char *text = json_string_value(json);
    if (text == NULL) {
        return fail_tensor(reader, entry->tensor.name, "its dtype is missing or not a string");
    }
    int dtype = LB_F32;
    while (dtype < LB_DTYPE_OTHER && strcmp(text, lb_dtype_name((enum lb_dtype)dtype)) != 0) {
        dtype++;
    }
    entry->tensor.dtype = (enum lb_dtype)dtype;
    if (dtype == LB_DTYPE_OTHER) { // reported only if this tensor is used
        entry->dtype = lb_quote(text);
    }
    return LB_OK;
}

static enum lb_status read_shape(const struct reader *reader, struct entry *entry,
                                 const json_t *json, size_t *bytes)
{
    struct lb_tensor *tensor = &entry->tensor;
    if (!json_is_array(json)) {
        return fail_tensor(reader, tensor->name, "its shape is missing or not an array");
    }
    if (json_array_size(json) > LB_TENSOR_MAX_RANK) {
        return lb_fail(reader->ctx, LB_ERR_FORMAT,
                       "%s: tensor '%s': rank %zu is not supported (use at most %d axes)",
                       reader->path, lb_quote(tensor->name).text, json_array_size(json),
                       LB_TENSOR_MAX_RANK);
    }
    tensor->rank = (int)json_array_size(json);
    for (int i = 0; i < tensor->rank; i++) {
        const json_t *size = json_array_get(json, (size_t)i);
        if (!json_is_integer(size)) {
            return fail_tensor(reader, tensor->name,
                               "its shape contains something other than an integer");
        }
        if (json_integer_value(size) < 0) {
            return fail_tensor(reader, tensor->name, "its shape contains a negative number");
        }
        if ((uint64_t)json_integer_value(size) > SIZE_MAX) {
            return fail_tensor(reader, tensor->name, "its shape overflows");
        }
        tensor->shape[i] = (size_t)json_integer_value(size);
    }
    if (!lb_shape_bytes(tensor->shape, tensor->rank, tensor->dtype, bytes)) {
        return fail_tensor(reader, tensor->name, "its shape overflows");
    }
    return LB_OK;
}

static enum lb_status read_offsets(const struct reader *reader, struct entry *entry,
                                   const json_t *json, size_t bytes)
{
    const char *name = entry->tensor.name;
    const json_t *first = json_array_get(json, 0);
    const json_t *last = json_array_get(json, 1);
    if (json_array_size(json) != 2 || !json_is_integer(first) || !json_is_integer(last)) {
        return fail_tensor(reader, name, "its data_offsets are missing or not two integers");
    }
    const json_int_t begin = json_integer_value(first);
    const json_int_t end = json_integer_value(last);
    if (begin < 0 || end < begin) {
        return fail_tensor(reader, name, "its data_offsets are negative or decreasing");
    }
    if ((uint64_t)end > reader->data_size) {
        return lb_fail(reader->ctx, LB_ERR_FORMAT,
                       "%s: tensor '%s': its data ends at byte %lld, but there are only %zu: "
                       "beyond the end of the file (the file is truncated; write or copy it again)",
                       reader->path, lb_quote(name).text, (long long)end, reader->data_size);
    }
    if ((uint64_t)(end - begin) != bytes && entry->tensor.dtype != LB_DTYPE_OTHER) {
        return lb_fail(
            reader->ctx, LB_ERR_FORMAT,
            "%s: tensor '%s': its data_offsets span %lld bytes but its shape needs %zu " DAMAGED,
            reader->path, lb_quote(name).text, (long long)(end - begin), bytes);
    }
    entry->begin = (size_t)begin;
    entry->end = (size_t)end;
    return LB_OK;
}

static enum lb_status read_entry(const struct reader *reader, struct entry *entry,
                                 const json_t *json)
{
    if (!json_is_object(json)) {
        return fail_tensor(reader, entry->tensor.name, "its entry in the header is not an object");
    }
    size_t bytes = 0;
    LB_TRY(read_dtype(reader, entry, json_object_get(json, "dtype")));
    LB_TRY(read_shape(reader, entry, json_object_get(json, "shape"), &bytes));
    return read_offsets(reader, entry, json_object_get(json, "data_offsets"), bytes);
}

static enum lb_status check_metadata(const struct reader *reader, json_t *json)
{
    if (json == NULL) {
        return LB_OK;
    }
    if (!json_is_object(json)) {
        return lb_fail(reader->ctx, LB_ERR_FORMAT, "%s: " METADATA_KEY " is not an object " DAMAGED,
                       reader->path);
    }
    const char *key;
    json_t *value;
    json_object_foreach(json, key, value)
    {
        if (!json_is_string(value)) {
            return lb_fail(reader->ctx, LB_ERR_FORMAT,
                           "%s: " METADATA_KEY ": '%s' is not a string " DAMAGED, reader->path,
                           lb_quote(key).text);
        }
    }
    return LB_OK;
}

/** By offset; an empty tensor before the one at the same offset, then in header order. */
static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    if (x->begin != y->begin) {
        return x->begin < y->begin ? -1 : 1;
    }
    if (x->end != y->end) {
        return x->end < y->end ? -1 : 1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

static enum lb_status check_ranges(const struct reader *reader, const struct entry *entries,
                                   size_t count)
{
    size_t reached = 0;
    for (size_t i = 0; i < count; i++) {
        const struct entry *entry = &entries[i];
        if (entry->begin < reached) {
            return lb_fail(reader->ctx, LB_ERR_FORMAT,
                           "%s: tensors '%s' and '%s' overlap in the data " DAMAGED, reader->path,
                           lb_quote(entries[i - 1].tensor.name).text,
                           lb_quote(entry->tensor.name).text);
        }
        if (entry->begin > reached) {
            return lb_fail(reader->ctx, LB_ERR_FORMAT,
                           "%s: bytes %zu to %zu of the data, before tensor '%s', belong to no "
                           "tensor " DAMAGED,
                           reader->path, reached, entry->begin, lb_quote(entry->tensor.name).text);
        }
        reached = entry->end;
    }
    if (reached < reader->data_size) {
        return lb_fail(reader->ctx, LB_ERR_FORMAT,
                       "%s: bytes %zu to %zu at the end of the data belong to no tensor " DAMAGED,
                       reader->path, reached, reader->data_size);
    }
    return LB_OK;
}

static enum lb_status parse_header(struct lb_tensor_file *file, struct lb_context *ctx,
                                   const char *path, size_t size, size_t *header_size)
{
    if (size <= LB_HEADER_LENGTH_BYTES || file->bytes[LB_HEADER_LENGTH_BYTES] != '{') {
        LB_TRY(lb_foreign_check(ctx, path, "a safetensors file", file->bytes, size));
    }
    if (size < LB_HEADER_LENGTH_BYTES) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: %zu bytes are too short for a safetensors file " DAMAGED, path, size);
    }
    uint64_t length = 0;
    memcpy(&length, file->bytes, LB_HEADER_LENGTH_BYTES);
    if (length > HEADER_MAX) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: a header of %llu bytes exceeds the format's limit of 100 MB " DAMAGED,
                       path, (unsigned long long)length);
    }
    if (length > size - LB_HEADER_LENGTH_BYTES) {
        return lb_fail(
            ctx, LB_ERR_FORMAT,
            "%s: the header of %llu bytes extends beyond the end of the file, %zu bytes " DAMAGED,
            path, (unsigned long long)length, size);
    }
    json_error_t error;
    const char *text = file->bytes + LB_HEADER_LENGTH_BYTES;
    const enum lb_status status =
        lb_json_parse(&file->header, ctx, path, text, (size_t)length, &error);
    if (status == LB_ERR_MEMORY) {
        return status;
    }
    if (status != LB_OK) {
        const enum json_error_code code = json_error_code(&error);
        const char *what = code == json_error_duplicate_key    ? "has a duplicate name"
                           : code == json_error_stack_overflow ? "is nested too deeply"
                                                               : "is not JSON";
        return lb_fail(ctx, LB_ERR_FORMAT, "%s: the header %s at its byte %d: %s " DAMAGED, path,
                       what, error.position, lb_quote(error.text).text);
    }
    if (!json_is_object(file->header)) {
        return lb_fail(ctx, LB_ERR_FORMAT, "%s: the header is not a JSON object " DAMAGED, path);
    }
    *header_size = (size_t)length;
    return LB_OK;
}

enum lb_status lb_safetensors_read(struct lb_tensor_file *file, struct lb_context *ctx,
                                   const char *path, size_t size)
{
    size_t header_size = 0;
    LB_TRY(parse_header(file, ctx, path, size, &header_size));
    const size_t data_begin = LB_HEADER_LENGTH_BYTES + header_size;
    const struct reader reader = {ctx, path, size - data_begin};
    json_t *metadata = json_object_get(file->header, METADATA_KEY);
    LB_TRY(check_metadata(&reader, metadata));

    const size_t count = json_object_size(file->header) - (metadata != NULL ? 1 : 0);
    struct entry *entries = calloc(count + 1, sizeof(*entries));
    if (entries == NULL) {
        return lb_fail_memory(ctx, path);
    }
    enum lb_status status = LB_OK;
    size_t index = 0;
    const char *name;
    json_t *value;
    json_object_foreach(file->header, name, value)
    {
        if (value != metadata) {
            entries[index].tensor.name = name;
            entries[index].index = index;
            LB_CHECK(read_entry(&reader, &entries[index], value));
            index++;
        }
    }
    qsort(entries, count, sizeof(*entries), compare_entries);
    LB_CHECK(check_ranges(&reader, entries, count));
    if (!lb_tensor_file_reserve(file, count)) {
        status = lb_fail_memory(ctx, path);
        goto fail;
    }
    for (size_t i = 0; i < count; i++) {
        file->tensors[i] = entries[i].tensor;
        file->forms[i].dtype = entries[i].dtype;
        LB_CHECK(lb_tensor_file_place(file, ctx, i, data_begin + entries[i].begin,
                                      entries[i].end - entries[i].begin));
    }
fail:
    free(entries);
    return status;
}
