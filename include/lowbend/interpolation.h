/* Lines and geodesics in latent space against true geodesics: pictures, errors over distance. */
#ifndef LOWBEND_INTERPOLATION_H
#define LOWBEND_INTERPOLATION_H

#include <stddef.h>
#include <stdint.h>

#include <lowbend/evaluate.h>
#include <lowbend/run.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LB_INTERPOLATION_DISTANCES 32 /* at most */

struct lb_interpolation;

struct lb_interpolation_params {
    const double *multiples; ///< distances in units of the first run's epsilon, growing
    size_t count;            ///< 0 (default): 1, 2, 3, 4, as far as the manifold goes
    size_t pairs;            ///< of points behind the errors at each distance, default 256; the
                             ///< first 64 of them behind those of latent geodesics
    uint64_t seed;           ///< of the pairs, default 0
    lb_evaluate_fn progress; ///< told of each distance, may stop; may be NULL
    void *user;
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[6];
};

/**
 * Interpolates between the same pairs of points with each of n runs of one dataset, all of them
 * with a decoder: errors over `pairs` pairs at each distance, and images for the first pair.
 *
 * @param runs   n of them, n >= 1; they must outlive the result
 * @param params NULL: the defaults
 * @param out    free it with lb_interpolation_destroy()
 *
 * @return LB_OK, LB_ERR_NOT_FOUND (a run has no decoder), LB_ERR_ARGUMENT (runs of different
 *         datasets or of own pairs, multiples that do not grow from above 0, a distance that no two
 *         points of the manifold have), LB_ERR_NUMERIC (codes are not finite), LB_ERR_INTERRUPTED
 *         (progress said stop), LB_ERR_OPENCL, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_interpolation_create(struct lb_interpolation **out,
                                              struct lb_run *const *runs, size_t n,
                                              const struct lb_interpolation_params *params);
LB_API void lb_interpolation_destroy(struct lb_interpolation **interpolation);

/** Number of distances. */
LB_API size_t lb_interpolation_count(const struct lb_interpolation *interpolation);
/** The errors of one run at each distance; off_manifold is NAN, lb_run_evaluate() measures it. */
LB_API const struct lb_interpolation_errors *
lb_interpolation_errors(const struct lb_interpolation *interpolation, size_t run);
/** What a run differs by: "plain", or "lambda 0.03". */
LB_API const char *lb_interpolation_label(const struct lb_interpolation *interpolation, size_t run);

/**
 * Writes a PNG: for each distance the images of the geodesic, of each run's decoded latent line and
 * latent geodesic, where it has a projection, and of the blended pixels; below them the image
 * errors over the distance. Datasets whose images are just numbers get the latter alone.
 *
 * @return LB_OK, LB_ERR_ARGUMENT (too large a picture), LB_ERR_IO, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_interpolation_write_picture(const struct lb_interpolation *interpolation,
                                                     const char *path);

#ifdef __cplusplus
}
#endif

#endif
