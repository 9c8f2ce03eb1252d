/* Shapes and value ranges of image arrays. */
#ifndef LB_BATCH_IMAGE_SHAPE_H
#define LB_BATCH_IMAGE_SHAPE_H

#include <math.h>
#include <stdbool.h>

#include <lowbend/tensor.h>

#include "base/context.h"

/** Shape of one image; a plain vector is one pixel with D channels. */
struct lb_image_shape {
    int height;
    int width;
    int channels;
    size_t size; ///< D = H W C, at most 2^24: far beyond what a network can use
};

/**
 * The image shape of a tensor (n,H,W,C), (n,H,W) or (n,D), n at least 1. LB_ERR_FORMAT says what is
 * wrong; `path` is for the message.
 */
enum lb_status lb_image_shape_read(struct lb_image_shape *shape, struct lb_context *ctx,
                                   const char *path, const struct lb_tensor *tensor);

/** The value that means 1 in images of this dtype: 255 for bytes, 65535 for unsigned 16 bits; else
 * 1. */
float lb_image_full_scale(enum lb_dtype dtype);

/** The shape with the second axis of a rank-4 array, the channels, moved to the end; other ranks
 * are unchanged. Does not move data. */
struct lb_tensor lb_channels_last(struct lb_tensor tensor);

/** LB_ERR_FORMAT "PATH: tensor `NAME` is DTYPE (SHAPE): WHY". */
enum lb_status lb_fail_shape(struct lb_context *ctx, const char *path,
                             const struct lb_tensor *tensor, const char *why);

/** Whether a rank-4 array is probably (n,C,H,W): a picture does not have three or four rows, or one
 * row, of very many channels. */
bool lb_is_likely_channels_first(const struct lb_tensor *tensor);

/** Smallest and largest value; initialise with LB_RANGE_EMPTY. */
struct lb_range {
    float low;
    float high;
};
#define LB_RANGE_UNIT  ((struct lb_range){0.0f, 1.0f})
#define LB_RANGE_EMPTY ((struct lb_range){INFINITY, -INFINITY})

/** Extends the range by n floats, which may be unaligned; false if one is NaN or infinite. */
bool lb_range_add(struct lb_range *range, const unsigned char *floats, size_t n);

/**
 * LB_ERR_FORMAT, with advice, if images are clearly not in [0,1]: outside by more than half its
 * width, so that rounding, overshooting filters and decoded images pass.
 */
enum lb_status lb_range_check(struct lb_context *ctx, const char *path, const char *name,
                              struct lb_range found);

#endif
