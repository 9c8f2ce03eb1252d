/* The shapes and values of arrays of images, for all files that hold some. */
#ifndef LB_BATCH_IMAGE_SHAPE_H
#define LB_BATCH_IMAGE_SHAPE_H

#include <math.h>
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
 * The shape of the images in a tensor (n,H,W,C), (n,H,W) or (n,D), n at least 1.
 * LB_ERR_FORMAT says what is wrong with it; `path` is for the message.
 */
enum lb_status lb_image_shape_read(struct lb_image_shape *shape, struct lb_context *ctx,
                                   const char *path, const struct lb_tensor *tensor);

/** What stands for 1 in images of this dtype, where it says so itself: 255 of bytes, 65535 of 16
 * bits without a sign; else 1. */
float lb_image_full_scale(enum lb_dtype dtype);

/** The same array of rank 4 with its second axis, the channels, moved to the end; others as they
 * are. Shape alone: the data stay. */
struct lb_tensor lb_channels_last(struct lb_tensor tensor);

/** LB_ERR_FORMAT "PATH: tensor `NAME` is DTYPE (SHAPE): WHY". */
enum lb_status lb_fail_shape(struct lb_context *ctx, const char *path,
                             const struct lb_tensor *tensor, const char *why);

/** Whether an array of rank 4 is likely (n,C,H,W): three or four rows of very many channels, or one
 * row of them, are no pictures. */
bool lb_is_likely_channels_first(const struct lb_tensor *tensor);

/** Smallest and largest value; starts as LB_RANGE_EMPTY. */
struct lb_range {
    float low;
    float high;
};
#define LB_RANGE_UNIT  ((struct lb_range){0.0f, 1.0f})
#define LB_RANGE_EMPTY ((struct lb_range){INFINITY, -INFINITY})

/** Widens the range by n floats, which may be unaligned; false if one is NaN or infinite. */
bool lb_range_add(struct lb_range *range, const unsigned char *floats, size_t n);

/**
 * LB_ERR_FORMAT, with what to do, if images are clearly not in [0,1]: values that leave it by half
 * its width, so that rounding, overshooting filters and decoded images pass.
 */
enum lb_status lb_range_check(struct lb_context *ctx, const char *path, const char *name,
                              struct lb_range found);

#endif
