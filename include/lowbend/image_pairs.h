/* Pairs from images alone: distances and midpoints from a nearest-neighbour graph. */
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
    int neighbours; ///< k, 1 to LB_NEIGHBOURS_MAX, default 8
    double epsilon; ///< largest distance of a pair; 0 (default): four times the median edge length
    double tolerance; ///< largest offset of a pair's midpoint, in (0, 0.5); default 0.05
    size_t pairs;  ///< maximum number of pairs to write, chosen uniformly at random; default 10000
    uint64_t seed; ///< seed of that choice; default 0
    /** Size in bytes of each of the two device buffers that hold float32 images; 0 (default): 256
     * MiB, or what the device allows. Does not change the result. */
    size_t tile_bytes;
    struct lb_image_options read; ///< how to interpret the images; default {0}
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[8];
};

/** Sets the defaults. */
LB_API void lb_image_pairs_params_default(struct lb_image_pairs_params *params);

/**
 * Summary of the result. Distances are Euclidean distances of images as vectors, with bytes scaled
 * to [0,1], added up along edges of the graph. The offset of a pair is |d(x, m) - d/2| / d, where
 * the image m serves as its midpoint: 0 at the midpoint, 1/2 at the ends.
 */
struct lb_image_pairs {
    size_t images;
    int shape[3]; ///< of each image: height, width, channels
    bool vectors; ///< the images are rows of an array (n,D), which may have been meant as a single
                  ///< image
    double low;   ///< smallest and largest scaled value; bytes become 0..1
    double high;
    size_t copies; ///< images equal to an earlier one
    size_t edges;
    double median_edge;
    double longest_edge;
    double epsilon;    ///< the epsilon used
    size_t candidates; ///< pairs within epsilon that have an image in between
    size_t within;     ///< candidates whose offset is within the tolerance
    size_t written;
    double smallest; ///< distances of the written pairs
    double largest;
    double offset_candidates; ///< mean over all candidates
    double offset_mean;       ///< over the written pairs
    double offset_max;
    /** Mean of (8 offset / d)^2 over the written pairs: the bending that even a flat isometric
     * embedding would show with these midpoints, in units of 1 / d^2. */
    double bending_bias;
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[8];
};

/**
 * Reads images and writes pairs. `images` is a folder of pictures (in natural order of their names:
 * 2 before 10), an .npy array, or a .safetensors or .npz file with `images`: (n,H,W,C), (n,H,W) or
 * (n,D), of any dtype. The output holds `x`, `y`, `average` in the shape of the images (scaled,
 * channels last), `distance` (n) float32, and `index` (n,3) int64, the numbers of the three images.
 *
 * The graph connects each image to its exact k nearest neighbours: matrix products on the device
 * select candidates with a bound on rounding, then the host computes distances in float64. The
 * distance of a pair is the length of the shortest path in the graph (Tenenbaum, de Silva, Langford
 * 2000); its average is the image on that path closest to the midpoint.
 *
 * @param params NULL for the defaults
 * @return LB_OK; LB_ERR_FORMAT (damaged or inconsistent files; values or shapes that the options do
 *         not allow; images that are all equal; a disconnected graph: the text lists the component
 *         sizes); LB_ERR_ARGUMENT (a parameter out of range, or too few images for it; no pair
 *         within epsilon and tolerance); LB_ERR_NOT_FOUND; LB_ERR_IO; LB_ERR_MEMORY; LB_ERR_OPENCL
 *
 * Array files are memory-mapped, pictures are decoded into a temporary file (in TMPDIR, else /tmp),
 * and the output is written row by row, so all of them may exceed memory. The array must not change
 * during the call (LB_ERR_IO).
 */
LB_API enum lb_status lb_image_pairs_make(struct lb_device *device, const char *images,
                                          const char *out_path,
                                          const struct lb_image_pairs_params *params,
                                          struct lb_image_pairs *result);

/** The same with images in memory, which the caller owns. Messages refer to them by the tensor's
 * name. */
LB_API enum lb_status lb_image_pairs_make_array(struct lb_device *device,
                                                const struct lb_tensor *images,
                                                const char *out_path,
                                                const struct lb_image_pairs_params *params,
                                                struct lb_image_pairs *result);

#ifdef __cplusplus
}
#endif

#endif
