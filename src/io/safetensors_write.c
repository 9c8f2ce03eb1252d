/* The header of a safetensors file; the reader is in safetensors_read.c. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "io/tensor_file.h"

#define DATA_ALIGNMENT 8
#define METADATA_KEY   "__metadata__"

/* Makes a string that should be UTF-8; jansson does not distinguish the two failures. */
static enum lb_status make_string(json_t **out, struct lb_context *ctx, const char *path,
                                  const char *what, const char *name, const char *text)
{
    *out = json_string_nocheck(text);
    if (*out == NULL) {
        return lb_fail_memory(ctx, path);
    }
    if (json_dumpb(*out, NULL, 0, JSON_ENCODE_ANY) == 0) {
        json_decref(*out);
        *out = NULL;
        return lb_fail(ctx, LB_ERR_ARGUMENT, "%s: %s '%s' is not valid UTF-8 (change the text)",
                       path, what, lb_quote(name).text);
    }
    return LB_OK;
}

static enum lb_status add_metadata(json_t *header, struct lb_context *ctx, const char *path,
                                   const struct lb_metadata *metadata, size_t n)
{
    if (n == 0) {
        return LB_OK;
    }
    json_t *object = json_object();
    if (json_object_set_new(header, METADATA_KEY, object) != 0) {
        return lb_fail_memory(ctx, path);
    }
    for (size_t i = 0; i < n; i++) {
        const char *key = metadata[i].key;
        if (json_object_get(object, key) != NULL) {
            return lb_fail(ctx, LB_ERR_ARGUMENT, "%s: metadata '%s' is given twice (remove one)",
                           path, lb_quote(key).text);
        }
        json_t *value;
        LB_TRY(make_string(&value, ctx, path, "metadata", key, key));
        json_decref(value);
        LB_TRY(make_string(&value, ctx, path, "metadata", key, metadata[i].value));
        if (json_object_set_new(object, key, value) != 0) {
            return lb_fail_memory(ctx, path);
        }
    }
    return LB_OK;
}

static enum lb_status add_tensor(json_t *header, struct lb_context *ctx, const char *path,
                                 const struct lb_tensor *tensor, size_t *offset)
{
    if (tensor->name == NULL || strcmp(tensor->name, METADATA_KEY) == 0) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "%s: a tensor has no name or the reserved name " METADATA_KEY " (name it)",
                       path);
    }
    if (json_object_get(header, tensor->name) != NULL) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "%s: two tensors are named '%s' (rename one)", path,
                       lb_quote(tensor->name).text);
    }
    size_t bytes = 0;
    LB_TRY(lb_tensor_check(ctx, path, tensor, &bytes));
    if (bytes > (size_t)PTRDIFF_MAX - *offset) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "%s: the tensors are too large (use several files)",
                       path);
    }
    json_t *name;
    LB_TRY(make_string(&name, ctx, path, "the tensor name", tensor->name, tensor->name));
    json_decref(name);
    json_t *shape = json_array();
    bool complete = shape != NULL;
    for (int i = 0; i < tensor->rank && complete; i++) {
        complete = json_array_append_new(shape, json_integer((json_int_t)tensor->shape[i])) == 0;
    }
    json_t *entry =
        json_pack("{s:s, s:o, s:[I,I]}", "dtype", lb_dtype_name(tensor->dtype), "shape", shape,
                  "data_offsets", (json_int_t)*offset, (json_int_t)*offset + (json_int_t)bytes);
    if (!complete || json_object_set_new(header, tensor->name, entry) != 0) {
        if (!complete) {
            json_decref(entry);
        }
        return lb_fail_memory(ctx, path);
    }
    *offset += bytes;
    return LB_OK;
}

/** The header's text, padded with spaces so that the data starts aligned; *size counts them. */
static char *print_header(const json_t *header, size_t *size)
{
    char *text = lb_json_print(header, JSON_COMPACT); // keeps the order of insertion
    if (text == NULL) {
        return NULL;
    }
    const size_t length = strlen(text);
    *size = (length + DATA_ALIGNMENT - 1) / DATA_ALIGNMENT * DATA_ALIGNMENT;
    char *padded = malloc(*size);
    if (padded != NULL) {
        memset(padded, ' ', *size);
        memcpy(padded, text, length);
    }
    free(text);
    return padded;
}

enum lb_status lb_safetensors_header(struct lb_text *header, struct lb_context *ctx,
                                     const char *path, const struct lb_tensor *tensors, size_t n,
                                     const struct lb_metadata *metadata, size_t n_metadata)
{
    enum lb_status status = LB_OK;
    char *text = NULL;
    size_t size = 0;
    size_t offset = 0;
    json_t *object = json_object();
    if (object == NULL) {
        return lb_fail_memory(ctx, path);
    }
    LB_CHECK(add_metadata(object, ctx, path, metadata, n_metadata));
    for (size_t i = 0; i < n; i++) {
        LB_CHECK(add_tensor(object, ctx, path, &tensors[i], &offset));
    }
    text = print_header(object, &size);
    if (text != NULL) {
        const uint64_t length = size;
        lb_text_add_bytes(header, (const char *)&length, sizeof length);
        lb_text_add_bytes(header, text, size);
    }
    if (text == NULL || header->failed) {
        status = lb_fail_memory(ctx, path);
    }
fail:
    free(text);
    json_decref(object);
    return status;
}
