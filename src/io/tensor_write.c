/* Writes array files of either format, at once or in pieces. */
#include "base/file.h"
#include "base/text.h"
#include "io/tensor_file.h"

static enum lb_status make_header(struct lb_text *header, struct lb_context *ctx, const char *path,
                                  const struct lb_tensor *tensors, size_t n,
                                  const struct lb_metadata *metadata, size_t n_metadata)
{
    if (lb_string_ends_with(path, ".npz")) { // would be read as such
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "%s: .npz files can be read, but not written (use .safetensors)", path);
    }
    if (!lb_string_ends_with(path, ".npy")) {
        return lb_safetensors_header(header, ctx, path, tensors, n, metadata, n_metadata);
    }
    if (n != 1 || n_metadata != 0) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "%s: a .npy file holds one array and no metadata (use .safetensors)", path);
    }
    return lb_npy_header(header, ctx, path, &tensors[0]);
}

enum lb_status lb_tensor_writer_open(struct lb_tensor_writer *writer, struct lb_context *ctx,
                                     const char *path, const struct lb_tensor *tensors, size_t n,
                                     const struct lb_metadata *metadata, size_t n_metadata)
{
    struct lb_text header = {0};
    enum lb_status status = LB_OK;
    *writer = (struct lb_tensor_writer){.ctx = ctx};
    LB_CHECK(make_header(&header, ctx, path, tensors, n, metadata, n_metadata));
    LB_CHECK(lb_file_writer_open(&writer->file, ctx, path));
    LB_CHECK(lb_tensor_writer_add(writer, header.data, header.length));
fail:
    lb_text_free(&header);
    return status;
}

enum lb_status lb_tensor_writer_add(struct lb_tensor_writer *writer, const void *data, size_t bytes)
{
    if (bytes > 0 && fwrite(data, 1, bytes, writer->file.file) != bytes) {
        return lb_tensor_writer_commit(writer); // fails, and reports why
    }
    return LB_OK;
}

enum lb_status lb_tensor_writer_commit(struct lb_tensor_writer *writer)
{
    return lb_file_writer_commit(&writer->file, writer->ctx);
}

void lb_tensor_writer_abandon(struct lb_tensor_writer *writer)
{
    lb_file_writer_abandon(&writer->file);
}

/* Whether there is data if the shape requires it. */
static enum lb_status check_data(struct lb_context *ctx, const char *path,
                                 const struct lb_tensor *tensor)
{
    size_t bytes = 0;
    LB_TRY(lb_tensor_check(ctx, path, tensor, &bytes));
    if (tensor->data == NULL && bytes > 0) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "%s: tensor '%s' has no data (set its pointer)", path,
                       lb_quote(tensor->name).text);
    }
    return LB_OK;
}

enum lb_status lb_tensor_file_write(struct lb_context *ctx, const char *path,
                                    const struct lb_tensor *tensors, size_t n,
                                    const struct lb_metadata *metadata, size_t n_metadata)
{
    struct lb_tensor_writer writer = {.ctx = ctx};
    enum lb_status status = LB_OK;
    for (size_t i = 0; i < n; i++) {
        struct lb_tensor tensor = tensors[i];
        tensor.name = tensor.name != NULL ? tensor.name : "array"; // reported by the header
        LB_TRY(check_data(ctx, path, &tensor));
    }
    LB_CHECK(lb_tensor_writer_open(&writer, ctx, path, tensors, n, metadata, n_metadata));
    for (size_t i = 0; i < n; i++) {
        LB_CHECK(
            lb_tensor_writer_add(&writer, tensors[i].data,
                                 lb_tensor_count(&tensors[i]) * lb_dtype_size(tensors[i].dtype)));
    }
    return lb_tensor_writer_commit(&writer);
fail:
    lb_tensor_writer_abandon(&writer);
    return status;
}
