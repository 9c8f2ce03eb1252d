/* Shared by all convergence studies: sums over pairs, levels and slopes. */
#ifndef LB_EVAL_CONVERGENCE_H
#define LB_EVAL_CONVERGENCE_H

#include <lowbend/converge.h>

#include "base/context.h"

/** Running mean and standard error (Welford 1962). */
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
 * Least-squares slope of log |deviation| against log epsilon over the levels 0..count-1 whose
 * deviation exceeds three standard errors; NAN for fewer than two.
 */
double lb_convergence_slope(const struct lb_convergence *convergence, int count,
                            const struct lb_estimate *deviation);

/** gamma_c from |first quotient|^2 - 1. */
double lb_gamma_of_excess(double excess, double c);

#endif
