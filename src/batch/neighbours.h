/* The nearest neighbours of every image, exactly. */
#ifndef LB_BATCH_NEIGHBOURS_H
#define LB_BATCH_NEIGHBOURS_H

#include <stdint.h>

#include "batch/image_set.h"
#include "device/device.h"

/** One of the k nearest images of another. */
struct lb_neighbour {
    uint32_t index;
    double distance; ///< Euclidean, of the images as vectors
};

/**
 * The k nearest of all other images for each image, nearest first, of equal ones the lower number:
 * `neighbours` receives (n, k), k below n.
 *
 * Inner products come from the device in float32; each candidate that their rounding allows is then
 * measured in float64, so that the result is the exact one.
 *
 * @param tile_bytes of images, as float32, that the device holds at a time as one buffer, of which
 *                   there are two; 0: 256 MiB, or what it can. The result does not depend on it.
 */
enum lb_status lb_find_neighbours(struct lb_device *device, const struct lb_image_set *set,
                                  size_t k, size_t tile_bytes, struct lb_neighbour *neighbours);

#endif
