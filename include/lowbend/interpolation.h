/* Latent lines and geodesics against true geodesics: pictures, and errors over distance. */
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
    const double *multiples; ///< distances in units of the first run's epsilon, increasing
    size_t count;            ///< 0 (default): 1, 2, 3, 4, as far as the manifold allows
    size_t pairs;  ///< pairs of points behind the errors at each distance, default 256; only the
                   ///< first 64 for latent geodesics
    uint64_t seed; ///< seed of the pairs; default 0
    lb_evaluate_fn progress; ///< called for each distance, may stop; may be NULL
    void *user;
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[6];
};

/**
 * Interpolates between the same pairs of points with each of n runs of one dataset, all of which
 * have a decoder. Computes errors over `pairs` pairs at each distance, and images for the first
 * pair.
 *
 * @param runs   n runs, n >= 1; they must outlive the result
 * @param params NULL: the defaults
 * @param out    free it with lb_interpolation_destroy()
 *
 * @return LB_OK, LB_ERR_NOT_FOUND (a run has no decoder), LB_ERR_ARGUMENT (runs of different
 *         datasets or of user pairs, multiples that are not positive and increasing, a distance
 *         larger than any in the manifold), LB_ERR_NUMERIC (codes are not finite),
 *         LB_ERR_INTERRUPTED (progress returned false), LB_ERR_OPENCL, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_interpolation_create(struct lb_interpolation **out,
                                              struct lb_run *const *runs, size_t n,
                                              const struct lb_interpolation_params *params);
LB_API void lb_interpolation_destroy(struct lb_interpolation **interpolation);

/** Number of distances. */
LB_API size_t lb_interpolation_count(const struct lb_interpolation *interpolation);
/** The errors of one run at each distance. off_manifold is NAN; lb_run_evaluate() measures it. */
LB_API const struct lb_interpolation_errors *
lb_interpolation_errors(const struct lb_interpolation *interpolation, size_t run);
/** Label that distinguishes a run: "plain", or "lambda 0.03". */
LB_API const char *lb_interpolation_label(const struct lb_interpolation *interpolation, size_t run);

/**
 * Writes a PNG. For each distance it shows the images of the geodesic, of each run's decoded latent
 * line and (if the run has a projection) latent geodesic, and of the pixel blend; below them, the
 * image errors over distance. For datasets whose images are vectors it shows only the errors.
 *
 * @return LB_OK, LB_ERR_ARGUMENT (picture too large), LB_ERR_IO, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_interpolation_write_picture(const struct lb_interpolation *interpolation,
                                                     const char *path);

#ifdef __cplusplus
}
#endif

#endif
