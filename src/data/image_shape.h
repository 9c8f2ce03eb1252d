/* What an array of images must look like, for all files that hold some. */
#ifndef LB_DATA_IMAGE_SHAPE_H
#define LB_DATA_IMAGE_SHAPE_H

#include <stdbool.h>

#include <lowbend/tensor.h>

#include "base/context.h"

/** Of one image; a plain vector is one pixel of D channels. */
struct lb_image_shape {
    int height;
    int width;
    int channels;
    size_t size; ///< D = H W C, at most 2^24: far beyond what a network takes
};

/**
 * The shape of the images in a tensor (n,H,W,C), (n,H,W) or (n,D), float32 or uint8, n at least 1.
 * LB_ERR_FORMAT says what is wrong with it; `path` is for the message.
 */
enum lb_status lb_image_shape_read(struct lb_image_shape *shape, struct lb_context *ctx,
                                   const char *path, const struct lb_tensor *tensor);

/** LB_ERR_FORMAT "PATH: tensor `NAME` is DTYPE (SHAPE): WHY". */
enum lb_status lb_fail_shape(struct lb_context *ctx, const char *path,
                             const struct lb_tensor *tensor, const char *why);

/** Whether none of n floats, which may be unaligned, is NaN or infinite. */
bool lb_all_finite(const unsigned char *floats, size_t n);

#endif
