#include "eval/convergence.h"

#include <math.h>

#define OUTSTANDING 3.0 /* in standard errors: larger deviations are not noise */

void lb_converge_params_default(struct lb_converge_params *params)
{
    *params = (struct lb_converge_params){
        .levels = 6,
        .c = -1.0,
        .min_distance = -1.0,
        .strategy = LB_PAIRS_BALL,
    };
}

double lb_gamma_of_excess(double excess, double c)
{
    return excess * excess / (1.0 + excess + c * c);
}

void lb_running_mean_add(struct lb_running_mean *sum, double value)
{
    const double difference = value - sum->mean;
    sum->n++;
    sum->mean += difference / (double)sum->n;
    sum->squares += difference * (value - sum->mean);
}

struct lb_estimate lb_running_mean_finish(const struct lb_running_mean *sum)
{
    const double n = (double)sum->n;
    return (struct lb_estimate){
        .mean = sum->n > 0 ? sum->mean : (double)NAN,
        .standard_error = sum->n > 1 ? sqrt(sum->squares / (n - 1.0) / n) : (double)NAN,
    };
}

enum lb_status lb_convergence_start(struct lb_convergence *out, struct lb_context *ctx,
                                    const struct lb_converge_params *params,
                                    double injectivity_radius, const char *manifold)
{
    if (params->levels < 1 || params->levels > LB_CONVERGE_MAX_LEVELS) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "levels %d: must be 1 to %d", params->levels,
                       LB_CONVERGE_MAX_LEVELS);
    }
    if (!(params->epsilon > 0.0) || !isfinite(params->epsilon)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "epsilon %g: must be a positive number (use e.g. --epsilon 0.3)",
                       params->epsilon);
    }
    if (!(params->epsilon < injectivity_radius)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "epsilon %g: not below the injectivity radius %.4g of %s, beyond which "
                       "shortest geodesics are not unique (use a smaller --epsilon)",
                       params->epsilon, injectivity_radius, manifold);
    }
    *out = (struct lb_convergence){
        .count = params->levels,
        .c = params->c,
        .limit_distortion = (double)NAN,
        .limit_bending = (double)NAN,
        .slope_bending = (double)NAN,
    };
    for (int k = 0; k < params->levels; k++) {
        struct lb_converge_level *level = &out->levels[k];
        level->epsilon = ldexp(params->epsilon, -k);
        level->min_distance =
            params->min_distance < 0.0 ? level->epsilon / 10.0 : params->min_distance;
        level->exact_distortion = (double)NAN;
        level->exact_bending = (double)NAN;
    }
    const struct lb_converge_level *finest = &out->levels[params->levels - 1];
    if (!(finest->min_distance < finest->epsilon)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "minimal distance %g: not below the smallest epsilon %g (use a smaller "
                       "--min-distance or fewer --levels)",
                       finest->min_distance, finest->epsilon);
    }
    return LB_OK;
}

double lb_convergence_slope(const struct lb_convergence *convergence, int count,
                            const struct lb_estimate *deviation)
{
    double x_mean = 0.0;
    double y_mean = 0.0;
    double covariance = 0.0;
    double variance = 0.0;
    double n = 0.0;
    for (int k = 0; k < count; k++) {
        const double size = fabs(deviation[k].mean);
        if (size > 0.0 && size > OUTSTANDING * deviation[k].standard_error) {
            const double x = log(convergence->levels[k].epsilon);
            const double dx = x - x_mean;
            const double dy = log(size) - y_mean;
            n += 1.0;
            x_mean += dx / n;
            y_mean += dy / n;
            variance += dx * (x - x_mean);
            covariance += dx * (log(size) - y_mean);
        }
    }
    return n >= 2.0 ? covariance / variance : (double)NAN;
}
