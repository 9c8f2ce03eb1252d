#include "data/image_shape.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"

enum { MAX_IMAGE = 1 << 24 };

enum lb_status lb_fail_shape(struct lb_context *ctx, const char *path,
                             const struct lb_tensor *tensor, const char *why)
{
    struct lb_text text = {0};
    lb_text_addf(&text, "%s (", lb_dtype_name(tensor->dtype));
    for (int i = 0; i < tensor->rank; i++) {
        lb_text_addf(&text, "%s%zu", i > 0 ? "," : "", tensor->shape[i]);
    }
    lb_text_add(&text, ")");
    const enum lb_status status =
        lb_fail(ctx, LB_ERR_FORMAT, "%s: tensor `%s` is %s: %s", path, tensor->name,
                text.data != NULL ? text.data : "of another shape", why);
    lb_text_free(&text);
    return status;
}

enum lb_status lb_image_shape_read(struct lb_image_shape *shape, struct lb_context *ctx,
                                   const char *path, const struct lb_tensor *tensor)
{
    const int rank = tensor->rank;
    size_t size = rank >= 2 && rank <= 4 ? 1 : 0;
    for (int i = 1; i < rank && size > 0; i++) {
        const size_t axis = tensor->shape[i];
        size = axis > 0 && axis <= MAX_IMAGE / size ? size * axis : 0;
    }
    if (size == 0 || (tensor->dtype != LB_F32 && tensor->dtype != LB_U8)) {
        return lb_fail_shape(ctx, path, tensor,
                             "must be F32 or U8 images (n,H,W,C), (n,H,W) or (n,D) of at most 2^24 "
                             "numbers (convert it)");
    }
    if (tensor->shape[0] == 0) {
        return lb_fail_shape(ctx, path, tensor, "holds nothing (write at least one image)");
    }
    *shape = (struct lb_image_shape){
        .height = rank > 2 ? (int)tensor->shape[1] : 1,
        .width = rank > 2 ? (int)tensor->shape[2] : 1,
        .channels = rank == 2   ? (int)tensor->shape[1]
                    : rank == 4 ? (int)tensor->shape[3]
                                : 1,
        .size = size,
    };
    return LB_OK;
}

bool lb_all_finite(const unsigned char *floats, size_t n)
{
    uint32_t found = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, floats + i * sizeof bits, sizeof bits);
        found |= (bits & 0x7f800000u) == 0x7f800000u; // an exponent of ones only
    }
    return found == 0;
}
