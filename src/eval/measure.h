/* The measures of an evaluation, one file each; every function fills its own fields of `out`. */
#ifndef LB_EVAL_MEASURE_H
#define LB_EVAL_MEASURE_H

#include <lowbend/evaluate.h>

#include "run/run.h"

/** Sets of points drawn for the measures: independent of each other and of all other streams. */
enum lb_sample_purpose {
    LB_POINTS_DIFFERENTIAL,
    LB_POINTS_DISTANCES,
    LB_POINTS_RECONSTRUCTION,
    LB_POINTS_INTERPOLATION,
};

/** n points (n, p) by the volume measure; the i-th depends on seed, set and i alone. */
enum lb_status lb_run_draw_points(struct lb_run *run, uint64_t seed, enum lb_sample_purpose set,
                                  size_t n, float *points);

/** Codes (n, l) of the images of n points (n, p), in batches. LB_ERR_NUMERIC if not finite. */
enum lb_status lb_run_encode_points(struct lb_run *run, const float *points, size_t n,
                                    float *latent);

/**
 * The numbers of RUN/eval.json, without the samples behind them; what it lacks is NAN or empty.
 * LB_ERR_NOT_FOUND, LB_ERR_IO, LB_ERR_FORMAT, LB_ERR_MEMORY; free it also on failure.
 */
enum lb_status lb_run_read_evaluation(struct lb_run *run, struct lb_evaluation *out);

/**
 * Singular values (n, m), falling, of D phi at n points (n, p), by the differences of
 * lb_measure_differential(); NAN at points that are too near a boundary for them.
 */
enum lb_status lb_run_point_sigmas(struct lb_run *run, const float *points, size_t n,
                                   double *sigmas);

/** energy, distortion, bending, minimum, gap: on `pairs` fresh pairs at the run's epsilon. */
enum lb_status lb_measure_energy(struct lb_run *run, const struct lb_evaluate_params *params,
                                 struct lb_evaluation *out);

/** Singular values and bending by central differences at `points` fresh points. */
enum lb_status lb_measure_differential(struct lb_run *run, const struct lb_evaluate_params *params,
                                       struct lb_evaluation *out);

/** stress, pearson, spearman, min_ratio, distances, chords; neighbourhoods; pca_variance: all of
 * one sample of `points` fresh points and its matrix of true distances. */
enum lb_status lb_measure_distances(struct lb_run *run, const struct lb_evaluate_params *params,
                                    struct lb_evaluation *out);

/** Bytes of host memory that lb_measure_distances() takes for n points, at most and nearly. */
double lb_distances_bytes(size_t n);

/** reconstruction_mse and psnr on `points` fresh points; NAN without a decoder. */
enum lb_status lb_measure_reconstruction(struct lb_run *run,
                                         const struct lb_evaluate_params *params,
                                         struct lb_evaluation *out);

/** The curves over d at multiples of epsilon (1, 2, 3, 4, ...) as far as the manifold goes. */
enum lb_status lb_measure_interpolation(struct lb_run *run, const struct lb_evaluate_params *params,
                                        struct lb_evaluation *out);

#endif
