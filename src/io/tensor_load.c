/* Converts tensors from their layout in the file to that of lb_tensor. */
#include <stdint.h>
#include <stdlib.h>

#include "base/mapping.h"
#include "io/tensor_file.h"

enum { PIECE = 1 << 26 }; // bytes converted at a time

enum lb_status lb_tensor_file_parse(struct lb_tensor_file *file, struct lb_context *ctx,
                                    const char *path, size_t size)
{
    return lb_string_ends_with(path, ".npy")   ? lb_npy_read(file, ctx, path, size)
           : lb_string_ends_with(path, ".npz") ? lb_npz_read(file, ctx, path, size)
                                               : lb_safetensors_read(file, ctx, path, size);
}

enum lb_status lb_tensor_file_check_dtype(const struct lb_tensor_file *file, struct lb_context *ctx,
                                          const char *path, const struct lb_tensor *tensor)
{
    const struct lb_tensor_form *form = &file->forms[tensor - file->tensors];
    if (tensor->dtype != LB_DTYPE_OTHER) {
        return LB_OK;
    }
    if (form->entry != NULL && form->entry->obstacle != NULL) {
        return lb_fail(ctx, LB_ERR_FORMAT, "%s: `%s` %s (write it with numpy.savez_compressed)",
                       path, lb_quote(tensor->name).text, form->entry->obstacle);
    }
    return lb_fail(ctx, LB_ERR_FORMAT,
                   "%s: `%s` has unsupported dtype %s (write " LB_DTYPES_READ
                   ", such as array.astype(numpy.float32))",
                   path, lb_quote(tensor->name).text, form->dtype.text);
}

/* ---- unpacking ------------------------------------------------------------------------------- */

/** Target of a member's elements, after its header. */
struct unpacking {
    struct lb_context *ctx;
    struct lb_spool *spool;
    size_t skip; ///< remaining bytes of the header
};

static enum lb_status take(void *user, const char *bytes, size_t size)
{
    struct unpacking *unpacking = user;
    const size_t skipped = size < unpacking->skip ? size : unpacking->skip;
    unpacking->skip -= skipped;
    return size > skipped
               ? lb_spool_add(unpacking->spool, unpacking->ctx, bytes + skipped, size - skipped)
               : LB_OK;
}

static enum lb_status unpack(struct lb_tensor_file *file, struct lb_context *ctx, const char *path,
                             size_t i)
{
    struct lb_tensor *tensor = &file->tensors[i];
    struct lb_tensor_form *form = &file->forms[i];
    struct unpacking unpacking = {ctx, &form->spool, form->begin};
    LB_TRY(lb_spool_open(&form->spool, ctx));
    LB_TRY(lb_zip_unpack(&file->zip, form->entry, ctx, path, form->entry->size, take, &unpacking));
    return lb_spool_map(&form->spool, ctx, &tensor->data);
}

/* ---- the order of elements ------------------------------------------------------------------- */

static void copy_element(unsigned char *out, const unsigned char *in, size_t bytes, bool swapped)
{
    for (size_t b = 0; b < bytes; b++) {
        out[b] = in[swapped ? bytes - 1 - b : b];
    }
}

/* Copies rows first..first + rows - 1 of an array of rank 1 or more to row-major order. In Fortran
 * order a row's elements are far apart, but adjacent to those of neighbouring rows. */
static void order_rows(const struct lb_tensor *tensor, const struct lb_tensor_form *form,
                       size_t first, size_t rows, unsigned char *out)
{
    const unsigned char *data = tensor->data;
    const size_t bytes = lb_dtype_size(tensor->dtype);
    const size_t n = tensor->shape[0];
    const size_t width = lb_tensor_count(tensor) / n;
    size_t at[LB_TENSOR_MAX_RANK] = {0}; // index of an element within its row
    if (!form->fortran) {
        for (size_t k = 0; k < rows * width; k++) {
            copy_element(out + k * bytes, data + (first * width + k) * bytes, bytes, form->swapped);
        }
        return;
    }
    for (size_t k = 0; k < width; k++) {
        size_t place = 0; // offset within a row in Fortran order
        for (int axis = tensor->rank - 1; axis > 0; axis--) {
            place = place * tensor->shape[axis] + at[axis];
        }
        for (size_t r = 0; r < rows; r++) {
            copy_element(out + (r * width + k) * bytes, data + (place * n + first + r) * bytes,
                         bytes, form->swapped);
        }
        for (int axis = tensor->rank - 1; axis > 0 && ++at[axis] == tensor->shape[axis]; axis--) {
            at[axis] = 0;
        }
    }
}

static enum lb_status bring_into_order(struct lb_tensor_file *file, struct lb_context *ctx,
                                       const char *path, size_t i)
{
    struct lb_tensor *tensor = &file->tensors[i];
    struct lb_tensor_form *form = &file->forms[i];
    struct lb_tensor scalar = *tensor;
    if (tensor->rank == 0) {
        scalar.rank = 1;
        scalar.shape[0] = 1;
    }
    const size_t n = scalar.shape[0];
    const size_t row = lb_tensor_count(&scalar) / n * lb_dtype_size(tensor->dtype);
    const size_t fit = PIECE / row;
    const size_t batch = fit < 1 ? 1 : fit < n ? fit : n;
    struct lb_spool spool = {0};
    unsigned char *rows = malloc(batch * row);
    enum lb_status status = LB_OK;
    if (rows == NULL) {
        return lb_fail_memory(ctx, path);
    }
    LB_CHECK(lb_spool_open(&spool, ctx));
    for (size_t first = 0; first < n; first += batch) {
        const size_t count = n - first < batch ? n - first : batch;
        order_rows(&scalar, form, first, count, rows);
        LB_CHECK(lb_spool_add(&spool, ctx, rows, count * row));
    }
    LB_CHECK(lb_spool_map(&spool, ctx, &tensor->data));
    lb_spool_close(&form->spool); // which held the original order
    form->spool = spool;
    free(rows);
    return LB_OK;
fail:
    lb_spool_close(&spool);
    free(rows);
    return status;
}

enum lb_status lb_tensor_file_load(struct lb_tensor_file *file, struct lb_context *ctx,
                                   const char *path, const struct lb_tensor *tensor)
{
    const size_t i = (size_t)(tensor - file->tensors);
    struct lb_tensor_form *form = &file->forms[i];
    const bool turned = form->fortran && tensor->rank > 1;
    LB_TRY(lb_tensor_file_check_dtype(file, ctx, path, tensor));
    if (form->loaded || lb_tensor_count(tensor) == 0) {
        return LB_OK;
    }
    if (file->mapping != NULL) {
        LB_TRY(lb_mapping_check(file->mapping, ctx));
    }
    if (form->entry != NULL) {
        LB_TRY(unpack(file, ctx, path, i));
    }
    if (turned || form->swapped) {
        LB_TRY(bring_into_order(file, ctx, path, i));
    }
    form->loaded = true;
    return file->mapping != NULL ? lb_mapping_check(file->mapping, ctx) : LB_OK;
}
