#include "batch/image_shape.h"

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
                text.data != NULL ? text.data : "of a different shape", why);
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
    if (size == 0) {
        return lb_fail_shape(ctx, path, tensor,
                             "must be images (n,H,W,C), (n,H,W) or (n,D) of at most 2^24 numbers "
                             "(reshape it)");
    }
    if (tensor->shape[0] == 0) {
        return lb_fail_shape(ctx, path, tensor, "is empty (write at least one image)");
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

float lb_image_full_scale(enum lb_dtype dtype)
{
    return dtype == LB_U8 ? 255.0f : dtype == LB_U16 ? 65535.0f : 1.0f;
}

bool lb_is_likely_channels_first(const struct lb_tensor *tensor)
{
    enum {
        LEAST = 5
    }; // minimum size: smaller for pixels means no picture, smaller for channels means a picture
    const size_t *shape = tensor->shape;
    return tensor->rank == 4 && (shape[1] == 1 || shape[1] == 3 || shape[1] == 4) &&
           shape[2] >= LEAST && shape[3] >= LEAST;
}

struct lb_tensor lb_channels_last(struct lb_tensor tensor)
{
    if (tensor.rank == 4) {
        const size_t channels = tensor.shape[1];
        tensor.shape[1] = tensor.shape[2];
        tensor.shape[2] = tensor.shape[3];
        tensor.shape[3] = channels;
    }
    return tensor;
}

bool lb_range_add(struct lb_range *range, const unsigned char *floats, size_t n)
{
    uint32_t found = 0;
    float low = range->low;
    float high = range->high;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        float value;
        memcpy(&bits, floats + i * sizeof bits, sizeof bits);
        memcpy(&value, floats + i * sizeof value, sizeof value);
        found |= (bits & 0x7f800000u) == 0x7f800000u; // exponent with all bits set
        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    *range = (struct lb_range){low, high};
    return found == 0;
}

enum lb_status lb_range_check(struct lb_context *ctx, const char *path, const char *name,
                              struct lb_range found)
{
    const float tolerance = 0.5f;
    if (found.low >= -tolerance && found.high <= 1.0f + tolerance) {
        return LB_OK;
    }
    struct lb_text advice = {0};
    if (found.low < -0.02f * found.high) {
        lb_text_add(&advice, "rescale them to [0,1]");
    } else {
        /* 8 or 16 bits if that explains the range, else the maximum found */
        const float divisor = found.high > 16.0f && found.high <= 255.5f       ? 255.0f
                              : found.high > 4096.0f && found.high <= 65535.5f ? 65535.0f
                                                                               : found.high;
        lb_text_addf(&advice, "use --scale %.9g to divide by it", (double)divisor);
    }
    const enum lb_status status = lb_fail(ctx, LB_ERR_FORMAT,
                                          "%s: `%s` has values from %.4g to %.4g, but images must "
                                          "be in [0,1] (%s, or --scale 1 to use them unchanged)",
                                          path, name, (double)found.low, (double)found.high,
                                          advice.data != NULL ? advice.data : "use --scale");
    lb_text_free(&advice);
    return status;
}
