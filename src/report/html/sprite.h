/* Many small images in one embedded PNG. */
#ifndef LB_REPORT_HTML_SPRITE_H
#define LB_REPORT_HTML_SPRITE_H

#include <jansson.h>

#include <lowbend/dataset.h>

#include "base/context.h"

/** n images in rows of `columns`, as bytes. Initialise with {0}; the caller frees it. */
struct lb_sprite {
    int width; ///< of one image
    int height;
    int channels; ///< 1 or 3
    int block;    ///< pixels of the dataset per sprite pixel, in each direction
    size_t n;
    size_t columns;
    unsigned char *pixels; ///< (n, height, width, channels)
    struct lb_dataset_info info;
};

/** For n images of the dataset, at most `limit` wide and high. */
enum lb_status lb_sprite_create(struct lb_sprite *sprite, struct lb_context *ctx,
                                const struct lb_dataset_info *info, size_t n, size_t columns,
                                int limit);
void lb_sprite_free(struct lb_sprite *sprite);

/** Sets image i of n to block means of an image (H, W, C) in [0,1], clamped. */
void lb_sprite_set(struct lb_sprite *sprite, size_t i, const float *image);

/**
 * {src, width, height, columns} with the PNG as a data URI of at most `budget` bytes: images are
 * halved until they fit.
 */
enum lb_status lb_sprite_json(struct lb_sprite *sprite, struct lb_context *ctx, size_t budget,
                              json_t **json);

#endif
