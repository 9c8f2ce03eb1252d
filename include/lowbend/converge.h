/* E_epsilon as epsilon shrinks: of an analytic embedding in float64, or of a trained run. */
#ifndef LOWBEND_CONVERGE_H
#define LOWBEND_CONVERGE_H

#include <stdint.h>

#include <lowbend/evaluate.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LB_CONVERGE_MAX_LEVELS 32

enum lb_pair_strategy {
    LB_PAIRS_BALL,   ///< y uniform in the geodesic ball round each x
    LB_PAIRS_SAMPLE, ///< all pairs of a finite sample with d <= epsilon
    LB_PAIRS_CHAIN,  ///< five equidistant points of the geodesic from each x to y in the ball, with
                     ///< all their pairs and midpoints, as training with chains takes them
};

struct lb_converge_params {
    double epsilon; ///< the largest; 0 (default): suits the manifold, of a run the run's own
    int levels;     ///< epsilon_k = epsilon 2^-k, k = 0..levels-1; default 6
    size_t pairs;   ///< pairs, or chains, a level; of the sample strategy: about as many pairs at
                    ///< the largest epsilon; 0 (default): 262144, of a run 16384
    double c;       ///< of gamma_c; negative (default): 0, of a run the run's own
    double min_distance;            ///< of x and y; negative (default): epsilon_k / 10
    enum lb_pair_strategy strategy; ///< default LB_PAIRS_BALL
    uint64_t seed;                  ///< default 0
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[8];
};

/** Fills in the defaults. */
LB_API void lb_converge_params_default(struct lb_converge_params *params);

struct lb_converge_level {
    double epsilon;
    double min_distance;
    size_t pairs; ///< or chains; 0: the sample has none; the estimates are NAN then
    struct lb_estimate distortion;
    struct lb_estimate bending;
    double exact_distortion; ///< by quadrature; NAN: not known
    double exact_bending;
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[4];
};

struct lb_convergence {
    struct lb_converge_level levels[LB_CONVERGE_MAX_LEVELS];
    int count;
    double c;                ///< of gamma_c
    double limit_distortion; ///< for epsilon -> 0: in closed form, else by Richardson extrapolation
    double limit_bending;    ///< NAN: fewer than two levels to extrapolate from
    bool limit_exact;        ///< the limits are in closed form
    int limit_order;         ///< else the order of extrapolation of the bending
    double slope_bending; ///< fit of log |bending - limit| against log epsilon over the levels that
                          ///< stand out of the noise; NAN: fewer than two do
    double rounding_below; ///< epsilon below which float32 dominates the bending; 0: nowhere
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[8];
};

/** Whether lb_analytic_converge() knows this dataset. */
LB_API bool lb_analytic_known(const char *dataset);

/**
 * E_epsilon of the analytic embedding of a point dataset (sphere, so3-points, torus-points,
 * rp2-points, klein-points, bures-points), on the host in float64: no device is needed. All levels
 * of the ball strategy share their random numbers. The known mean of |Hess phi(v,v)|^2 serves as a
 * control variate: what is estimated is how far E_epsilon is from its limit, so that the standard
 * errors shrink with epsilon as that difference does. Without a boundary it is free of
 * cancellation: every radius and every minimal distance will do, also 0.
 *
 * Without a boundary every pair of a chain is distributed as one of the ball strategy with another
 * law of its distance, since the geodesic flow preserves volume: the limit is the same.
 *
 * The sample strategy takes at most 2^20 points, and fewer where the search for their pairs would
 * take long: for very small radii there are fewer pairs than asked for.
 *
 * @param params NULL: the defaults
 *
 * @return LB_OK, LB_ERR_NOT_FOUND (no analytic embedding is known), LB_ERR_ARGUMENT (radii out of
 *         order or not below the injectivity radius, levels out of range), LB_ERR_NUMERIC (no y
 *         inside a manifold with boundary found), LB_ERR_MEMORY
 */
LB_API enum lb_status lb_analytic_converge(struct lb_context *ctx, const char *dataset,
                                           const struct lb_converge_params *params,
                                           struct lb_convergence *out);

/**
 * The same of a trained run's encoder, on fresh pairs: its codes are float32, their quotients
 * float64. The levels of the ball strategy share their random numbers as far as the manifold's
 * sampler allows. The sample strategy takes at most 4096 points.
 *
 * How much rounding adds to the bending is measured on pairs so close that nothing else is left.
 * Levels where it is more than a ten-thousandth (of the two largest: a thousandth), and levels of a
 * sample with less than a 16th of the first one's pairs, take no part in the limit, which is
 * extrapolated from the two finest others less what rounding adds, nor does the finest of those in
 * the slope. The error of a smooth encoder is O(epsilon^2). The second derivative of elu jumps, in
 * a share of the pairs that is proportional to epsilon: then the error of the bending is
 * O(epsilon). The bending of relu, which has kinks, grows as 1 / epsilon and has no limit.
 *
 * @return as above, LB_ERR_UNSUPPORTED (trained on own pairs), LB_ERR_NUMERIC (codes are not
 *         finite), LB_ERR_OPENCL
 */
LB_API enum lb_status lb_run_converge(struct lb_run *run, const struct lb_converge_params *params,
                                      struct lb_convergence *out);

/** Writes a log-log picture of |bending - limit| and |distortion - limit| with error bars. */
LB_API enum lb_status lb_convergence_write_picture(struct lb_context *ctx,
                                                   const struct lb_convergence *convergence,
                                                   const char *title, const char *path);

#ifdef __cplusplus
}
#endif

#endif
