/* Lines in latent space between images, decoded: straight, or geodesics. */
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

/** The rows of a file that a line joins, from 0. */
struct lb_key_frames {
    size_t from;
    size_t to;
};

struct lb_latent_path_params {
    const struct lb_key_frames *lines; ///< separate lines, each with both its ends; NULL: one path
    size_t count;                      ///< of them; 0 (default): from each row to the next
    bool loop;                         ///< from the last row back to the first; default false
    size_t frames;                     ///< of a line, with both ends, at least 2; 0 (default): 9
    struct lb_image_options read;      ///< how images are to be understood; default {0}
    /** The run's, by which lines are geodesics on its latent manifold, of frames - 1 segments. Used
     * during the call alone. NULL (default): straight lines. */
    struct lb_geometry *geometry;
    size_t beyond; ///< frames more of each line, by which separate geodesics go on behind their end
    lb_evaluate_fn progress; ///< told of each geodesic, may stop; may be NULL
    void *user;
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[4];
};

/** One line of the path. */
struct lb_latent_line {
    size_t from;
    size_t to;
    double length;         ///< |phi(y) - phi(x)|, Euclidean
    double image_distance; ///< |y - x| of the images as vectors; NAN where the file holds codes
    double curve_length; ///< of a geodesic from end to end, see lb_curve_info; of a straight line 0
    double energy;       ///< likewise
    double residual;     ///< likewise
    int iterations;      ///< likewise
    bool converged;      ///< likewise
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[2];
};

/**
 * Takes rows of `in_path` as key frames, encodes those that are needed, and joins them by lines.
 * The file holds images as lb_run_encode_file() takes them, or codes as lb_run_decode_file() does;
 * of an .npy array that could be both, images.
 *
 * One path through all rows has (rows - 1) (frames - 1) + 1 frames, a closed one rows (frames - 1):
 * each key frame once. Separate lines have count times (frames + beyond).
 *
 * @param run    with a decoder; must outlive the path
 * @param params NULL for the defaults
 * @param out    free it with lb_latent_path_destroy()
 *
 * @return LB_OK; LB_ERR_NOT_FOUND (no decoder, or no such file); LB_ERR_ARGUMENT (a row that is not
 *         there, fewer than two rows, lines and a loop, frames below 2, too many, beyond without
 *         geometry or separate lines); LB_ERR_FORMAT (the file does not fit the run);
 *         LB_ERR_NUMERIC (codes are not finite); LB_ERR_INTERRUPTED (progress said stop);
 *         LB_ERR_IO, LB_ERR_OPENCL, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_latent_path_create(struct lb_latent_path **out, struct lb_run *run,
                                            const char *in_path,
                                            const struct lb_latent_path_params *params);
/** The same with rows in memory, which are called by the tensor's name in messages; they must
 * outlive the path. */
LB_API enum lb_status lb_latent_path_create_array(struct lb_latent_path **out, struct lb_run *run,
                                                  const struct lb_tensor *rows,
                                                  const struct lb_latent_path_params *params);
/**
 * The same between fresh images: of `pairs` pairs of points of the run's manifold, each at this
 * distance and joined by a shortest geodesic. Line i goes from row 2 i to row 2 i + 1.
 *
 * @param run    opened with its dataset
 * @param seed   other seeds give other points
 * @param params NULL for the defaults; neither lines nor a loop
 *
 * @return as lb_latent_path_create(); LB_ERR_UNSUPPORTED (own pairs); LB_ERR_ARGUMENT (a distance
 *         that no two points have)
 */
LB_API enum lb_status lb_latent_path_draw(struct lb_latent_path **out, struct lb_run *run,
                                          double distance, size_t pairs, uint64_t seed,
                                          const struct lb_latent_path_params *params);
LB_API void lb_latent_path_destroy(struct lb_latent_path **path);

/** Number of lines, and of frames in all. */
LB_API size_t lb_latent_path_lines(const struct lb_latent_path *path);
LB_API size_t lb_latent_path_frames(const struct lb_latent_path *path);
/** The i-th line, i < lines. */
LB_API struct lb_latent_line lb_latent_path_line(const struct lb_latent_path *path, size_t i);

/** The codes of all frames: (frames, l) floats, which lb_run_decode() makes images of. */
LB_API void lb_latent_path_codes(const struct lb_latent_path *path, float *codes);

/**
 * Decodes all frames, in batches, into a file: .npy gets the images (n,H,W,C) float32 alone;
 * safetensors gets `images`, their codes `latent` (n,l), the number of each frame's `line` (n)
 * int64 and where on it the frame is, `t` (n) float32 from 0 to 1, beyond its end more.
 *
 * @return LB_OK, LB_ERR_IO, LB_ERR_OPENCL, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_latent_path_write(struct lb_latent_path *path, const char *out_path);

/**
 * Draws the first lines as a PNG: the images of the file at both ends, decoded frames between them,
 * and the blended pixels below (of codes: the decoded frames alone).
 *
 * @return LB_OK, LB_ERR_ARGUMENT (the images are no pictures of 1 or 3 channels, or too large),
 *         LB_ERR_IO, LB_ERR_OPENCL, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_latent_path_write_picture(struct lb_latent_path *path,
                                                   const char *picture_path);

#ifdef __cplusplus
}
#endif

#endif
