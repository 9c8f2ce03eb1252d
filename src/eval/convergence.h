/* The parts of a study of convergence: sums over pairs, limits and slopes. */
#ifndef LB_EVAL_CONVERGENCE_H
#define LB_EVAL_CONVERGENCE_H

#include <lowbend/converge.h>

#include "base/context.h"
#include "geometry/analytic.h"

/** A mean and its standard error, one value at a time (Welford 1962). */
struct lb_running_mean {
    size_t n;
    double mean;
    double squares; ///< sum of squared deviations
};

void lb_running_mean_add(struct lb_running_mean *sum, double value);
/** The error is NAN for fewer than two values, the mean for none. */
struct lb_estimate lb_running_mean_finish(const struct lb_running_mean *sum);

/** Sets epsilon and min_distance of all levels; LB_ERR_ARGUMENT unless 0 <= min_distance < epsilon
 * < injectivity radius on each. */
enum lb_status lb_convergence_start(struct lb_convergence *out, struct lb_context *ctx,
                                    const struct lb_converge_params *params,
                                    double injectivity_radius, const char *manifold);

/**
 * The least-squares slope of log |deviation| against log epsilon, over the levels 0..count-1 whose
 * deviation is above three standard errors; NAN for fewer than two.
 */
double lb_convergence_slope(const struct lb_convergence *convergence, int count,
                            const struct lb_estimate *deviation);

/* ---- pairs of one finite sample -------------------------------------------------------------- */

struct lb_sampled_pair {
    uint32_t first; ///< of the points
    uint32_t second;
    double distance;
    double distortion; ///< gamma
    double bending;    ///< or its difference from something known
};

/** Starts as {0}. */
struct lb_pair_list {
    struct lb_sampled_pair *pairs;
    size_t n;
    size_t capacity;
};

/** Appends a pair; LB_ERR_MEMORY. */
enum lb_status lb_pair_list_add(struct lb_pair_list *list, struct lb_context *ctx,
                                struct lb_sampled_pair pair);
void lb_pair_list_free(struct lb_pair_list *list);

/**
 * Means over the pairs with distance in [level->min_distance, level->epsilon] to level->pairs,
 * ->distortion and ->bending. Two pairs that share one of the `points` points are not independent:
 * the standard error counts their covariance (the dyadic variance of Fafchamps and Gubert 2007).
 */
enum lb_status lb_pair_list_estimate(const struct lb_pair_list *list, struct lb_context *ctx,
                                     size_t points, struct lb_converge_level *level);

/* ---- analytic embeddings --------------------------------------------------------------------- */

/* Both fill the levels that lb_convergence_start() began; `deviation` (levels) receives
 * bending - limit, with its own standard error. */
enum lb_status lb_analytic_ball(struct lb_context *ctx, const struct lb_analytic *analytic,
                                const struct lb_converge_params *params, struct lb_convergence *out,
                                struct lb_estimate *deviation);
enum lb_status lb_analytic_sample(struct lb_context *ctx, const struct lb_analytic *analytic,
                                  const struct lb_converge_params *params,
                                  struct lb_convergence *out, struct lb_estimate *deviation);
/** exact_distortion and exact_bending of one level. */
void lb_analytic_exact(const struct lb_analytic *analytic, double c,
                       struct lb_converge_level *level);

/** gamma_c from |first quotient|^2 - 1. */
double lb_gamma_of_excess(double excess, double c);

#endif
