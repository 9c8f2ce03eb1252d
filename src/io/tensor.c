#include <lowbend/tensor.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/mapping.h"
#include "io/tensor_file.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "array files are little-endian, and are read and written without swapping"
#endif

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {
    [LB_F32] = {"F32", 4},   [LB_F64] = {"F64", 8},
    [LB_U8] = {"U8", 1},     [LB_I32] = {"I32", 4},
    [LB_I64] = {"I64", 8},   [LB_F16] = {"F16", 2},
    [LB_BF16] = {"BF16", 2}, [LB_I8] = {"I8", 1},
    [LB_I16] = {"I16", 2},   [LB_U16] = {"U16", 2},
    [LB_U32] = {"U32", 4},   [LB_U64] = {"U64", 8},
    [LB_BOOL] = {"BOOL", 1}, [LB_DTYPE_OTHER] = {"an unsupported dtype", 0},
};

size_t lb_dtype_size(enum lb_dtype dtype)
{
    return (size_t)dtype < LB_COUNT(dtypes) ? dtypes[dtype].size : 0;
}

const char *lb_dtype_name(enum lb_dtype dtype)
{
    return (size_t)dtype < LB_COUNT(dtypes) ? dtypes[dtype].name : "unknown";
}

size_t lb_tensor_count(const struct lb_tensor *tensor)
{
    size_t count = 1;
    for (int i = 0; i < tensor->rank; i++) {
        count *= tensor->shape[i];
    }
    return count;
}

bool lb_shape_bytes(const size_t *shape, int rank, enum lb_dtype dtype, size_t *bytes)
{
    size_t product = dtype == LB_DTYPE_OTHER ? 1 : lb_dtype_size(dtype);
    bool empty = false;
    for (int i = 0; i < rank; i++) {
        if (shape[i] == 0) {
            empty = true;
        } else if (product > (size_t)PTRDIFF_MAX / shape[i]) {
            return false;
        } else {
            product *= shape[i];
        }
    }
    *bytes = empty ? 0 : product;
    return true;
}

bool lb_tensor_file_reserve(struct lb_tensor_file *file, size_t count)
{
    /* One extra, so that an empty file is not mistaken for a failed allocation. */
    file->tensors = calloc(count + 1, sizeof(*file->tensors));
    file->copies = calloc(count + 1, sizeof(*file->copies));
    file->forms = calloc(count + 1, sizeof(*file->forms));
    const bool done = file->tensors != NULL && file->copies != NULL && file->forms != NULL;
    file->count = done ? count : 0;
    return done;
}

enum lb_status lb_tensor_file_place(struct lb_tensor_file *file, struct lb_context *ctx, size_t i,
                                    size_t begin, size_t size)
{
    const char *data = file->bytes + begin;
    const size_t element = lb_dtype_size(file->tensors[i].dtype);
    if (element == 0) {
        return LB_OK; // nobody reads it
    }
    file->tensors[i].data = data;
    if (file->mapping != NULL || (uintptr_t)data % element == 0) {
        return LB_OK;
    }
    file->copies[i] = malloc(size > 0 ? size : 1);
    if (file->copies[i] == NULL) {
        return lb_fail_memory(ctx, file->tensors[i].name);
    }
    memcpy(file->copies[i], data, size);
    file->tensors[i].data = file->copies[i];
    return LB_OK;
}

enum lb_status lb_tensor_check(struct lb_context *ctx, const char *path,
                               const struct lb_tensor *tensor, size_t *bytes)
{
    if (lb_dtype_size(tensor->dtype) == 0) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "%s: tensor '%s' has no valid dtype (use enum lb_dtype)", path,
                       lb_quote(tensor->name).text);
    }
    if (tensor->rank < 0 || tensor->rank > LB_TENSOR_MAX_RANK) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "%s: tensor '%s' has rank %d (use 0 to %d)", path,
                       lb_quote(tensor->name).text, tensor->rank, LB_TENSOR_MAX_RANK);
    }
    if (!lb_shape_bytes(tensor->shape, tensor->rank, tensor->dtype, bytes)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "%s: the shape of tensor '%s' overflows (check it)",
                       path, lb_quote(tensor->name).text);
    }
    return LB_OK;
}

void lb_tensor_file_free(struct lb_tensor_file **file)
{
    if (file == NULL || *file == NULL) {
        return;
    }
    for (size_t i = 0; i < (*file)->count; i++) {
        free((*file)->copies[i]);
        free((*file)->forms[i].name);
        lb_spool_close(&(*file)->forms[i].spool);
    }
    free((*file)->copies);
    free((*file)->forms);
    lb_zip_free(&(*file)->zip);
    free((*file)->tensors);
    json_decref((*file)->header);
    if ((*file)->mapping == NULL) {
        free((*file)->bytes);
    }
    lb_mapping_destroy(&(*file)->mapping);
    free(*file);
    *file = NULL;
}

size_t lb_tensor_file_count(const struct lb_tensor_file *file)
{
    return file->count;
}

const struct lb_tensor *lb_tensor_file_at(const struct lb_tensor_file *file, size_t i)
{
    return i < file->count ? &file->tensors[i] : NULL;
}

const struct lb_tensor *lb_tensor_file_find(const struct lb_tensor_file *file, const char *name)
{
    for (size_t i = 0; i < file->count; i++) {
        if (strcmp(file->tensors[i].name, name) == 0) {
            return &file->tensors[i];
        }
    }
    return NULL;
}

const char *lb_tensor_file_metadata(const struct lb_tensor_file *file, const char *key)
{
    return json_string_value(json_object_get(json_object_get(file->header, "__metadata__"), key));
}
