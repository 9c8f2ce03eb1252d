/* Decoded latent paths between images: straight lines or geodesics. */
#ifndef LOWBEND_LATENT_PATH_H
#define LOWBEND_LATENT_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lowbend/evaluate.h>
#include <lowbend/geometry.h>
#include <lowbend/images.h>
#include <lowbend/run.h>
#include <lowbend/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lb_latent_path;

/** The rows of a file that a line connects, counted from 0. */
struct lb_key_frames {
    size_t from;
    size_t to;
};

struct lb_latent_path_params {
    const struct lb_key_frames *lines; ///< separate lines, each with both its ends; NULL: one path
    size_t count;                      ///< number of lines; 0 (default): from each row to the next
    bool loop;                         ///< from the last row back to the first; default false
    size_t frames; ///< frames of a line including both ends, at least 2; 0 (default): 9
    struct lb_image_options read; ///< how to interpret images; default {0}
    /** Geometry of the run: lines become geodesics on its latent manifold, of frames - 1 segments.
     * Used only during the call. NULL (default): straight lines. */
    struct lb_geometry *geometry;
    size_t beyond; ///< additional frames by which separate geodesics continue beyond their end
    lb_evaluate_fn progress; ///< called for each geodesic, may stop; may be NULL
    void *user;
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[4];
};

/** One line of the path. */
struct lb_latent_line {
    size_t from;
    size_t to;
    double length;         ///< |phi(y) - phi(x)|, Euclidean
    double image_distance; ///< |y - x| of the images as vectors; NAN if the file holds codes
    double curve_length;   ///< of a geodesic, end to end, see lb_curve_info; 0 for a straight line
    double energy;         ///< likewise
    double residual;       ///< likewise
    int iterations;        ///< likewise
    bool converged;        ///< likewise
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[2];
};

/**
 * Takes rows of `in_path` as key frames, encodes the ones needed, and connects them by lines. The
 * file holds images as for lb_run_encode_file(), or codes as for lb_run_decode_file(); an .npy
 * array that could be either is read as images.
 *
 * One path through all rows has (rows - 1) (frames - 1) + 1 frames, a closed one rows (frames - 1),
 * with each key frame once. Separate lines have count times (frames + beyond) frames.
 *
 * @param run    must have a decoder and outlive the path
 * @param params NULL for the defaults
 * @param out    free it with lb_latent_path_destroy()
 *
 * @return LB_OK; LB_ERR_NOT_FOUND (no decoder, or no such file); LB_ERR_ARGUMENT (a row that does
 *         not exist, fewer than two rows, both lines and loop, frames below 2, too many frames,
 *         beyond without geometry or separate lines); LB_ERR_FORMAT (the file does not fit the
 *         run); LB_ERR_NUMERIC (codes are not finite); LB_ERR_INTERRUPTED (progress returned
 *         false); LB_ERR_IO, LB_ERR_OPENCL, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_latent_path_create(struct lb_latent_path **out, struct lb_run *run,
                                            const char *in_path,
                                            const struct lb_latent_path_params *params);
/** The same with rows in memory, which must outlive the path. Messages refer to them by the
 * tensor's name. */
LB_API enum lb_status lb_latent_path_create_array(struct lb_latent_path **out, struct lb_run *run,
                                                  const struct lb_tensor *rows,
                                                  const struct lb_latent_path_params *params);
/**
 * The same between fresh images: draws `pairs` pairs of points of the run's manifold at the given
 * distance, connected by a shortest geodesic. Line i goes from row 2 i to row 2 i + 1.
 *
 * @param run    opened with its dataset
 * @param seed   different seeds give different points
 * @param params NULL for the defaults; neither lines nor loop
 *
 * @return as lb_latent_path_create(); LB_ERR_UNSUPPORTED (user pairs); LB_ERR_ARGUMENT (a distance
 *         larger than any in the manifold)
 */
LB_API enum lb_status lb_latent_path_draw(struct lb_latent_path **out, struct lb_run *run,
                                          double distance, size_t pairs, uint64_t seed,
                                          const struct lb_latent_path_params *params);
LB_API void lb_latent_path_destroy(struct lb_latent_path **path);

/** Number of lines, and total number of frames. */
LB_API size_t lb_latent_path_lines(const struct lb_latent_path *path);
LB_API size_t lb_latent_path_frames(const struct lb_latent_path *path);
/** Line i, i < lines. */
LB_API struct lb_latent_line lb_latent_path_line(const struct lb_latent_path *path, size_t i);

/** Copies the codes of all frames, (frames, l) floats. lb_run_decode() turns them into images. */
LB_API void lb_latent_path_codes(const struct lb_latent_path *path, float *codes);

/**
 * Decodes all frames in batches into a file. An .npy file holds only the images (n,H,W,C) float32.
 * A .safetensors file holds `images`, their codes `latent` (n,l), each frame's line number `line`
 * (n) int64, and its position `t` (n) float32, from 0 to 1 and larger beyond the line's end.
 *
 * @return LB_OK, LB_ERR_IO, LB_ERR_OPENCL, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_latent_path_write(struct lb_latent_path *path, const char *out_path);

/**
 * Draws the first lines as a PNG: the given images at both ends, decoded frames between them, and
 * the pixel blend below (for codes, only the decoded frames).
 *
 * @return LB_OK, LB_ERR_ARGUMENT (images without 1 or 3 channels, or too large), LB_ERR_IO,
 *         LB_ERR_OPENCL, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_latent_path_write_picture(struct lb_latent_path *path,
                                                   const char *picture_path);

#ifdef __cplusplus
}
#endif

#endif
