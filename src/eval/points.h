/* Points of a run's manifold, their images and codes. */
#ifndef LB_EVAL_POINTS_H
#define LB_EVAL_POINTS_H

#include "run/run.h"

/** What points are drawn for: each purpose has a stream of its own, independent of all others. */
enum lb_sample_purpose {
    LB_SAMPLE_DIFFERENTIAL,
    LB_SAMPLE_DISTANCES,
    LB_SAMPLE_RECONSTRUCTION,
    LB_SAMPLE_SEARCH,    ///< where the search for nearest points starts
    LB_SAMPLE_TRIANGLES, ///< corners, three by three
};

/** n points (n, p) by the volume measure; the i-th depends on seed, purpose and i alone. */
enum lb_status lb_run_draw_points(struct lb_run *run, uint64_t seed, enum lb_sample_purpose purpose,
                                  size_t n, float *points);

/** Codes (n, l) of the images of n points (n, p), in batches. LB_ERR_NUMERIC if not finite. */
enum lb_status lb_run_encode_points(struct lb_run *run, const float *points, size_t n,
                                    float *latent);

/**
 * What a sample of the run consists of: *n points (n, p) as lb_dataset_points() draws them, which
 * the caller frees. Of own pairs none are known: *points is NULL and *n at most the number of
 * held-out images, which lb_run_images() then takes.
 */
enum lb_status lb_run_sample(struct lb_run *run, uint64_t seed, size_t *n, float **points);

/** Images (rows, D) number first, first + 1, ... of a sample: of its points (n, p), or the held-out
 * images x where points is NULL. */
enum lb_status lb_run_images(struct lb_run *run, const float *points, size_t first, size_t rows,
                             float *images);

#endif
