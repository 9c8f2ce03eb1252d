/* Points of a run's manifold, their images and codes. */
#ifndef LB_EVAL_POINTS_H
#define LB_EVAL_POINTS_H

#include "run/run.h"

/** Purpose of points; each has its own independent random stream. */
enum lb_sample_purpose {
    LB_SAMPLE_DIFFERENTIAL,
    LB_SAMPLE_DISTANCES,
    LB_SAMPLE_RECONSTRUCTION,
    LB_SAMPLE_SEARCH,    ///< start of the search for nearest points
    LB_SAMPLE_TRIANGLES, ///< corners in groups of three
};

/** n points (n, p) from the volume measure; point i depends only on seed, purpose and i. */
enum lb_status lb_run_draw_points(struct lb_run *run, uint64_t seed, enum lb_sample_purpose purpose,
                                  size_t n, float *points);

/** Codes (n, l) of the images of n points (n, p), in batches. LB_ERR_NUMERIC if not finite. */
enum lb_status lb_run_encode_points(struct lb_run *run, const float *points, size_t n,
                                    float *latent);

/**
 * A sample of the run: *n points (n, p) from lb_dataset_points(), which the caller frees. For user
 * pairs there are none: *points is NULL and *n at most the number of held-out images, which
 * lb_run_images() then uses.
 */
enum lb_status lb_run_sample(struct lb_run *run, uint64_t seed, size_t *n, float **points);

/** Images (rows, D) number first, first + 1, ... of a sample: of its points (n, p), or the held-out
 * images x if points is NULL. */
enum lb_status lb_run_images(struct lb_run *run, const float *points, size_t first, size_t rows,
                             float *images);

#endif
