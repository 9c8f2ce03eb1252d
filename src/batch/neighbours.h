/* Exact nearest neighbours of every image. */
#ifndef LB_BATCH_NEIGHBOURS_H
#define LB_BATCH_NEIGHBOURS_H

#include <stdint.h>

#include "batch/image_set.h"
#include "device/device.h"

/** One of the k nearest images of another. */
struct lb_neighbour {
    uint32_t index;
    double distance; ///< Euclidean distance of the images as vectors
};

/**
 * Finds the k nearest other images of each image, nearest first, ties by lower number: `neighbours`
 * receives (n, k), k below n.
 *
 * The device computes inner products in float32; every candidate within the rounding error is then
 * measured in float64, so the result is exact.
 *
 * @param tile_bytes size of each of the two device buffers for float32 images; 0: 256 MiB, or what
 *                   the device allows. Does not change the result.
 */
enum lb_status lb_find_neighbours(struct lb_device *device, const struct lb_image_set *set,
                                  size_t k, size_t tile_bytes, struct lb_neighbour *neighbours);

#endif
