/* Image resizing: linear interpolation, with a wider support when shrinking. */
#ifndef LB_BATCH_RESIZE_H
#define LB_BATCH_RESIZE_H

#include <stddef.h>

#include "base/context.h"

struct lb_resize_axis {
    int from;
    int to;
    int reach;      ///< most input samples per output sample
    int *first;     ///< (to)
    float *weights; ///< (to, reach); each row sums to 1
};

/** Initialise with {0}; for one input size and one output size. */
struct lb_resize {
    struct lb_resize_axis rows;
    struct lb_resize_axis columns;
    int channels;
    float *between; ///< (from rows, to columns, channels)
};

/**
 * Output sample i is the mean of the samples around (i + 1/2) from/to - 1/2, weighted by a triangle
 * of half-width max(1, from/to), truncated at the borders, like PIL's BILINEAR and PyTorch's
 * antialiased "bilinear". LB_ERR_MEMORY.
 */
enum lb_status lb_resize_create(struct lb_resize *resize, struct lb_context *ctx, int height,
                                int width, int channels, int to_height, int to_width);
void lb_resize_free(struct lb_resize *resize);

/** One image (height, width, channels) to (to_height, to_width, channels). */
void lb_resize_apply(const struct lb_resize *resize, const float *in, float *out);

#endif
