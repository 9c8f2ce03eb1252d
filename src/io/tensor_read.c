/* Array files read into memory. */
#include <stdlib.h>

#include "base/file.h"
#include "io/tensor_file.h"

enum lb_status lb_tensor_file_read(struct lb_tensor_file **out, struct lb_context *ctx,
                                   const char *path)
{
    *out = NULL;
    struct lb_tensor_file *file = calloc(1, sizeof(*file));
    if (file == NULL) {
        return lb_fail_memory(ctx, path);
    }
    size_t size = 0;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_file_read(ctx, path, &file->bytes, &size));
    LB_CHECK(lb_tensor_file_parse(file, ctx, path, size));
    for (size_t i = 0; i < file->count; i++) {
        if (file->tensors[i].dtype != LB_DTYPE_OTHER) {
            LB_CHECK(lb_tensor_file_load(file, ctx, path, &file->tensors[i]));
        }
    }
    *out = file;
    return LB_OK;
fail:
    lb_tensor_file_free(&file);
    return status;
}
