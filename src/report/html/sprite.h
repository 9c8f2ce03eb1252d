/* Many small images in one PNG inside the page. */
#ifndef LB_REPORT_HTML_SPRITE_H
#define LB_REPORT_HTML_SPRITE_H

#include <jansson.h>

#include <lowbend/dataset.h>

#include "base/context.h"

/** n images in rows of `columns`, as bytes. Starts as {0}; the caller frees it. */
struct lb_sprite {
    int width; ///< of one image
    int height;
    int channels; ///< 1 or 3
    int block;    ///< pixels of the dataset behind one, in each direction
    size_t n;
    size_t columns;
    unsigned char *pixels; ///< (n, height, width, channels)
    struct lb_dataset_info info;
};

/** For n images of the dataset, none wider or higher than `limit`. */
enum lb_status lb_sprite_create(struct lb_sprite *sprite, struct lb_context *ctx,
                                const struct lb_dataset_info *info, size_t n, size_t columns,
                                int limit);
void lb_sprite_free(struct lb_sprite *sprite);

/** Sets image i of n to the means of its blocks, from (H, W, C) in [0,1], clamped. */
void lb_sprite_set(struct lb_sprite *sprite, size_t i, const float *image);

/**
 * {src, width, height, columns} with the PNG as data URI of at most `budget` bytes: the images are
 * halved in size until they fit.
 */
enum lb_status lb_sprite_json(struct lb_sprite *sprite, struct lb_context *ctx, size_t budget,
                              json_t **json);

#endif
