/* Images of other sizes: linear interpolation, of a wider reach where images shrink. */
#ifndef LB_BATCH_RESIZE_H
#define LB_BATCH_RESIZE_H

#include <stddef.h>

#include "base/context.h"

struct lb_resize_axis {
    int from;
    int to;
    int reach;      ///< most samples that one of the result takes
    int *first;     ///< (to)
    float *weights; ///< (to, reach); those of one add up to 1
};

/** Starts as {0}; of one size of images to another. */
struct lb_resize {
    struct lb_resize_axis rows;
    struct lb_resize_axis columns;
    int channels;
    float *between; ///< (from rows, to columns, channels)
};

/**
 * Sample i of the result is the mean of the samples around (i + 1/2) from/to - 1/2, weighted by a
 * triangle of half-width max(1, from/to), which is cut at the borders: as PIL's BILINEAR and
 * PyTorch's antialiased "bilinear" do. LB_ERR_MEMORY.
 */
enum lb_status lb_resize_create(struct lb_resize *resize, struct lb_context *ctx, int height,
                                int width, int channels, int to_height, int to_width);
void lb_resize_free(struct lb_resize *resize);

/** One image (height, width, channels) to (to_height, to_width, channels). */
void lb_resize_apply(const struct lb_resize *resize, const float *in, float *out);

#endif
