/* Own pairs from images alone: distances and midpoints by a graph of nearest neighbours. */
#ifndef LOWBEND_IMAGE_PAIRS_H
#define LOWBEND_IMAGE_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lowbend/device.h>
#include <lowbend/images.h>
#include <lowbend/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LB_NEIGHBOURS_MAX 1000

struct lb_image_pairs_params {
    int neighbours;   ///< k, 1 to LB_NEIGHBOURS_MAX, default 8
    double epsilon;   ///< largest distance of a pair; 0 (default): four times the median edge
    double tolerance; ///< largest offset of a pair's middle, in (0, 0.5), default 0.05
    size_t pairs;     ///< write at most as many, a uniform choice of them, default 10000
    uint64_t seed;    ///< of that choice, default 0
    /** Bytes of one of the two buffers that hold images on the device, as float32; 0 (default): 256
     * MiB, or what the device can. The result does not depend on it. */
    size_t tile_bytes;
    struct lb_image_options read; ///< how the images are to be understood; default {0}
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[8];
};

/** Fills in the defaults. */
LB_API void lb_image_pairs_params_default(struct lb_image_pairs_params *params);

/**
 * What was found. Distances are Euclidean ones of images as vectors, bytes scaled to [0,1], added
 * up along the edges. The offset of a pair is |d(x, m) - d/2| / d for the image m that stands for
 * its middle: 0 in the middle, 1/2 at the ends.
 */
struct lb_image_pairs {
    size_t images;
    int shape[3]; ///< of each: height, width, channels
    bool vectors; ///< they are the rows of an array (n,D), which might be meant as one image
    double low;   ///< smallest and largest value of them, scaled; bytes as 0..1
    double high;
    size_t copies; ///< images that equal an earlier one
    size_t edges;
    double median_edge;
    double longest_edge;
    double epsilon;    ///< the one used
    size_t candidates; ///< pairs within epsilon that have an image between them
    size_t within;     ///< those of them whose offset is within the tolerance
    size_t written;
    double smallest; ///< distance among the written pairs
    double largest;
    double offset_candidates; ///< mean over all candidates
    double offset_mean;       ///< over the written pairs
    double offset_max;
    /** Mean of (8 offset / d)^2 over the written pairs: the bending that even a flat isometric
     * embedding shows with these middles, in the units of 1 / d^2. */
    double bending_bias;
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[8];
};

/**
 * Reads images, a folder of pictures (taken in the natural order of their names, 2 before 10), an
 * .npy array or a safetensors or .npz file with `images`, (n,H,W,C), (n,H,W) or (n,D), of any
 * dtype, and writes own pairs: `x`, `y`, `average` as the images are (scaled, channels last),
 * `distance` (n) float32, and `index` (n,3) int64, the numbers of the three images.
 *
 * The graph joins each image to its k nearest, which are found exactly: candidates by matrix
 * products on the device with a bound on their rounding, then distances in float64 on the host.
 * Distances are lengths of shortest paths in it (Tenenbaum, de Silva, Langford 2000), the average
 * is the image of the path that is nearest to its middle.
 *
 * @param params NULL for the defaults
 * @return LB_OK; LB_ERR_FORMAT (files that are damaged or do not fit together; values or shapes
 * that the options do not allow; images that are all equal; a graph that falls into parts: the text
 * has their sizes); LB_ERR_ARGUMENT (a parameter out of range, or too few images for it; no pair
 * within epsilon and tolerance); LB_ERR_NOT_FOUND; LB_ERR_IO; LB_ERR_MEMORY; LB_ERR_OPENCL
 *
 * An array file is mapped, the pictures of a folder are decoded into a temporary file (in TMPDIR,
 * else /tmp), and the output is written row by row: all may be larger than memory. The array must
 * not change meanwhile (LB_ERR_IO).
 */
LB_API enum lb_status lb_image_pairs_make(struct lb_device *device, const char *images,
                                          const char *out_path,
                                          const struct lb_image_pairs_params *params,
                                          struct lb_image_pairs *result);

/** The same with images in memory, which stay the caller's and are called by the tensor's name in
 * messages. */
LB_API enum lb_status lb_image_pairs_make_array(struct lb_device *device,
                                                const struct lb_tensor *images,
                                                const char *out_path,
                                                const struct lb_image_pairs_params *params,
                                                struct lb_image_pairs *result);

#ifdef __cplusplus
}
#endif

#endif
