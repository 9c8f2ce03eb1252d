/* E_epsilon as epsilon tends to 0, for an analytic embedding in float64 or for a trained run. */
#ifndef LOWBEND_CONVERGE_H
#define LOWBEND_CONVERGE_H

#include <stdint.h>

#include <lowbend/evaluate.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LB_CONVERGE_MAX_LEVELS 32

enum lb_pair_strategy {
    LB_PAIRS_BALL,   ///< y uniform in the geodesic ball around each x
    LB_PAIRS_SAMPLE, ///< all pairs of a finite sample with d <= epsilon
    LB_PAIRS_CHAIN,  ///< five equidistant points on the geodesic from each x to a y in the ball,
                     ///< with all their pairs and midpoints, as in training with chains
};

struct lb_converge_params {
    double epsilon; ///< largest epsilon; 0 (default): chosen for the manifold; for a run, the run's
                    ///< epsilon
    int levels;     ///< epsilon_k = epsilon 2^-k, k = 0..levels-1; default 6
    size_t pairs;   ///< pairs or chains per level; sample strategy: approximate number of pairs at
                    ///< the largest epsilon; 0 (default): 262144, for a run 16384
    double c;       ///< c of gamma_c; negative (default): 0, for a run the run's c
    double min_distance;            ///< smallest d(x, y); negative (default): epsilon_k / 10
    enum lb_pair_strategy strategy; ///< default LB_PAIRS_BALL
    uint64_t seed;                  ///< default 0
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[8];
};

/** Sets the defaults. */
LB_API void lb_converge_params_default(struct lb_converge_params *params);

struct lb_converge_level {
    double epsilon;
    double min_distance;
    size_t pairs; ///< number of pairs or chains; 0: the sample has none, and the estimates are NAN
    struct lb_estimate distortion;
    struct lb_estimate bending;
    double exact_distortion; ///< by quadrature; NAN: unknown
    double exact_bending;
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[4];
};

struct lb_convergence {
    struct lb_converge_level levels[LB_CONVERGE_MAX_LEVELS];
    int count;
    double c;                ///< c of gamma_c
    double limit_distortion; ///< limit for epsilon -> 0: closed form if known, else Richardson
                             ///< extrapolation
    double limit_bending;    ///< likewise; NAN: fewer than two levels to extrapolate from
    bool limit_exact;        ///< true if the limits are closed forms
    int limit_order;         ///< otherwise the order of the extrapolation of the bending
    double slope_bending;    ///< slope of log |bending - limit| against log epsilon, fitted to the
                             ///< levels above the noise; NAN: fewer than two such levels
    double rounding_below; ///< float32 rounding dominates the bending below this epsilon; 0: never
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[8];
};

/** Whether lb_analytic_converge() supports this dataset. */
LB_API bool lb_analytic_known(const char *dataset);

/**
 * E_epsilon of the analytic embedding of a point dataset (sphere, so3-points, torus-points,
 * rp2-points, klein-points, bures-points), computed on the host in float64 without a device. All
 * levels of the ball strategy use the same random numbers. The known mean of |Hess phi(v,v)|^2
 * serves as a control variate, so the estimate is the difference between E_epsilon and its limit,
 * and the standard errors shrink with epsilon as that difference does. On a manifold without
 * boundary there is no cancellation: any radius and any minimal distance work, including 0.
 *
 * On a manifold without boundary the geodesic flow preserves volume, so the pairs of a chain differ
 * from those of the ball strategy only in the distribution of their distance. The limit is the
 * same.
 *
 * The sample strategy uses at most 2^20 points, and fewer if searching them for pairs would take
 * long. At very small radii it therefore finds fewer pairs than requested.
 *
 * @param params NULL: the defaults
 *
 * @return LB_OK, LB_ERR_NOT_FOUND (no analytic embedding is known), LB_ERR_ARGUMENT (radii out of
 *         order or not below the injectivity radius, levels out of range), LB_ERR_NUMERIC (found no
 *         y inside a manifold with boundary), LB_ERR_MEMORY
 */
LB_API enum lb_status lb_analytic_converge(struct lb_context *ctx, const char *dataset,
                                           const struct lb_converge_params *params,
                                           struct lb_convergence *out);

/**
 * The same for a trained run's encoder, on fresh pairs. Codes are float32, difference quotients
 * float64. The levels of the ball strategy share random numbers as far as the manifold's sampler
 * allows. The sample strategy uses at most 4096 points.
 *
 * The contribution of rounding to the bending is measured on pairs so close that nothing else is
 * left. The limit excludes levels where this contribution exceeds 1/10000 (1/1000 for the two
 * largest levels), and levels of a sample with fewer than 1/16 of the first level's pairs. It is
 * extrapolated from the two finest remaining levels after subtracting the rounding; the slope also
 * leaves out the finest of them. The error of a smooth encoder is O(epsilon^2). With elu, whose
 * second derivative jumps, the fraction of affected pairs is proportional to epsilon, so the error
 * of the bending is O(epsilon). With relu, which has kinks, the bending grows as 1 / epsilon and
 * has no limit.
 *
 * @return as above, LB_ERR_UNSUPPORTED (trained on user pairs), LB_ERR_NUMERIC (codes are not
 *         finite), LB_ERR_OPENCL
 */
LB_API enum lb_status lb_run_converge(struct lb_run *run, const struct lb_converge_params *params,
                                      struct lb_convergence *out);

/** Writes a log-log plot of |bending - limit| and |distortion - limit| with error bars. */
LB_API enum lb_status lb_convergence_write_picture(struct lb_context *ctx,
                                                   const struct lb_convergence *convergence,
                                                   const char *title, const char *path);

#ifdef __cplusplus
}
#endif

#endif
