/* Array files mapped into memory. */
#include <stdlib.h>

#include "base/mapping.h"
#include "io/tensor_file.h"

enum lb_status lb_tensor_file_map(struct lb_tensor_file **out, struct lb_context *ctx,
                                  const char *path)
{
    *out = NULL;
    struct lb_tensor_file *file = calloc(1, sizeof *file);
    enum lb_status status = LB_OK;
    if (file == NULL) {
        return lb_fail_memory(ctx, path);
    }
    LB_CHECK(lb_mapping_create(&file->mapping, ctx, path));
    file->bytes = file->mapping->address;
    LB_CHECK(lb_tensor_file_parse(file, ctx, path, file->mapping->bytes));
    *out = file;
    return LB_OK;
fail:
    lb_tensor_file_free(&file);
    return status;
}

enum lb_status lb_tensor_file_check_mapping(const struct lb_tensor_file *file,
                                            struct lb_context *ctx)
{
    return lb_mapping_check(file->mapping, ctx);
}

void lb_tensor_file_advise(const struct lb_tensor_file *file, bool in_order)
{
    lb_mapping_advise(file->mapping, in_order);
}
