/* E_epsilon of analytic embeddings: Monte Carlo over balls, and quadrature. */
#include "eval/converge_analytic.h"

#include <float.h>
#include <math.h>

#include "base/quadrature.h"
#include "eval/converge_sample.h"
#include "eval/convergence.h"

enum { TRIES = 1000, NODES = 24 };

#define TURN 6.28318530717958647692

/* A pair up to its scale: the same at all levels. */
struct ray {
    double v[LB_ANALYTIC_MAX_POINT]; ///< unit tangent vector
    double share;                    ///< fraction of the shell's volume that is nearer
};

static void draw_ray(const struct lb_analytic *analytic, struct lb_random *random, const double *x,
                     struct ray *ray)
{
    double u[LB_ANALYTIC_MAX_POINT];
    lb_random_direction(random, analytic->dimension, u);
    analytic->tangent(x, u, ray->v);
    ray->share = lb_random_uniform(random);
}

/* Finds the pair's first attempt whose y is inside at this level, and returns it in *ray with its
 * distance in *d. LB_ERR_NUMERIC if there is none. */
static enum lb_status find_inside(struct lb_context *ctx, const struct lb_analytic *analytic,
                                  uint64_t seed, uint32_t index, const double *x,
                                  const struct lb_converge_level *level, struct ray *ray, double *d)
{
    for (uint32_t i = 1; i <= TRIES; i++) {
        *d = analytic->radius(ray->share, level->min_distance, level->epsilon);
        if (!analytic->bounded || analytic->stays(x, ray->v, *d)) {
            return LB_OK;
        }
        struct lb_random random = lb_random_start(seed, LB_STREAM_ANALYTIC_PAIRS, i, index);
        draw_ray(analytic, &random, x, ray);
    }
    return lb_fail(
        ctx, LB_ERR_NUMERIC,
        "%s: found no pair with distance %g to %g inside the manifold (use smaller radii)",
        analytic->name, level->min_distance, level->epsilon);
}

/* Quotients of the pattern's pairs along the geodesic of length d from x. If pairs cannot leave the
 * manifold, midpoints are as uniform as x; otherwise only x is, and the bending there is the
 * control variate. */
static void take_quotients(const struct lb_analytic *analytic,
                           const struct lb_pair_pattern *pattern, const double *x,
                           const struct ray *ray, double d, double c, double bending_at_x,
                           double *distortion, double *change)
{
    *distortion = 0.0;
    *change = 0.0;
    for (int i = 0; i < pattern->first_count + pattern->second_count; i++) {
        const bool first = i < pattern->first_count;
        const struct lb_pattern_span span =
            first ? pattern->first[i] : pattern->second[i - pattern->first_count];
        const double start = d * span.from / (pattern->points - 1);
        double from[LB_ANALYTIC_MAX_POINT];
        double v[LB_ANALYTIC_MAX_POINT];
        struct lb_quotients quotients;
        analytic->advance(x, ray->v, start, from, v);
        analytic->quotients(from, v, lb_pattern_share(pattern, span) * d, &quotients);
        if (first) {
            *distortion += lb_gamma_of_excess(quotients.excess, c) / pattern->first_count;
        } else {
            *change += (analytic->bounded ? quotients.bending - bending_at_x : quotients.change) /
                       pattern->second_count;
        }
    }
}

/* Fills the levels; deviation (levels): bending - limit, with its own standard error. */
static enum lb_status measure_balls(struct lb_context *ctx, const struct lb_analytic *analytic,
                                    const struct lb_converge_params *params,
                                    struct lb_convergence *out, struct lb_estimate *deviation)
{
    const struct lb_pair_pattern *pattern = lb_pair_pattern_of(params->strategy);
    struct lb_running_mean distortions[LB_CONVERGE_MAX_LEVELS] = {0};
    struct lb_running_mean changes[LB_CONVERGE_MAX_LEVELS] = {0};
    for (size_t i = 0; i < params->pairs; i++) {
        const uint32_t index = (uint32_t)i;
        struct lb_random random = lb_random_start(params->seed, LB_STREAM_ANALYTIC_PAIRS, 0, index);
        double x[LB_ANALYTIC_MAX_POINT];
        struct ray start;
        struct lb_quotients at_x = {0};
        analytic->draw(&random, x);
        draw_ray(analytic, &random, x, &start);
        analytic->quotients(x, start.v, 0.0, &at_x);
        for (int k = 0; k < out->count; k++) {
            struct ray ray = start;
            double distortion;
            double change;
            double d;
            LB_TRY(find_inside(ctx, analytic, params->seed, index, x, &out->levels[k], &ray, &d));
            take_quotients(analytic, pattern, x, &ray, d, params->c, at_x.bending, &distortion,
                           &change);
            lb_running_mean_add(&distortions[k], distortion);
            lb_running_mean_add(&changes[k], change);
        }
    }
    for (int k = 0; k < out->count; k++) {
        out->levels[k].pairs = params->pairs;
        out->levels[k].distortion = lb_running_mean_finish(&distortions[k]);
        deviation[k] = lb_running_mean_finish(&changes[k]);
    }
    return LB_OK;
}

/* A unit vector of m = 2 or 3 coordinates; direction i of n on a circle. */
static void place_direction(int i, int n, double *u)
{
    const double angle = TURN * (i + 0.5) / n;
    u[0] = cos(angle);
    u[1] = sin(angle);
    u[2] = 0.0;
}

/*
 * Gauss-Legendre in the radius with its density, and equal steps in the periodic coordinates that E
 * depends on: spectrally accurate. Because the geodesic flow preserves volume, the distribution of
 * a pair's first point and direction does not depend on its position on the geodesic, so each pair
 * is evaluated at x.
 */
void lb_analytic_exact(const struct lb_analytic *analytic, const struct lb_pair_pattern *pattern,
                       double c, struct lb_converge_level *level)
{
    if (analytic->quadrature_points == 0) {
        return;
    }
    const int points = analytic->quadrature_points;
    const int directions = analytic->quadrature_directions;
    double nodes[NODES];
    double weights[NODES];
    double volume = 0.0;
    double distortion = 0.0;
    double change = 0.0;
    lb_gauss_legendre(NODES, level->min_distance / level->epsilon, 1.0, nodes, weights);
    for (int k = 0; k < NODES; k++) {
        /* In units of epsilon, to allow arbitrarily small radii */
        nodes[k] *= level->epsilon;
        weights[k] *= analytic->density(nodes[k]) / analytic->density(level->epsilon);
        volume += weights[k];
    }
    for (int i = 0; i < points * directions; i++) {
        double x[LB_ANALYTIC_MAX_POINT];
        double u[LB_ANALYTIC_MAX_POINT];
        double v[LB_ANALYTIC_MAX_POINT];
        analytic->place(i / directions, points, x);
        place_direction(i % directions, directions, u);
        analytic->tangent(x, u, v);
        for (int k = 0; k < NODES; k++) {
            const double weight = weights[k] / (volume * points * directions);
            struct lb_quotients quotients;
            for (int j = 0; j < pattern->first_count; j++) {
                const double share = lb_pattern_share(pattern, pattern->first[j]);
                analytic->quotients(x, v, share * nodes[k], &quotients);
                distortion +=
                    weight * lb_gamma_of_excess(quotients.excess, c) / pattern->first_count;
            }
            for (int j = 0; j < pattern->second_count; j++) {
                const double share = lb_pattern_share(pattern, pattern->second[j]);
                analytic->quotients(x, v, share * nodes[k], &quotients);
                change += weight * quotients.change / pattern->second_count;
            }
        }
    }
    level->exact_distortion = distortion;
    level->exact_bending = analytic->limit_bending + change;
}

bool lb_analytic_known(const char *dataset)
{
    return lb_analytic_find(dataset) != NULL;
}

enum lb_status lb_analytic_converge(struct lb_context *ctx, const char *dataset,
                                    const struct lb_converge_params *params,
                                    struct lb_convergence *out)
{
    struct lb_converge_params resolved;
    struct lb_estimate deviation[LB_CONVERGE_MAX_LEVELS];
    const struct lb_analytic *analytic = lb_analytic_find(dataset);
    if (analytic == NULL) {
        return lb_fail(ctx, LB_ERR_NOT_FOUND,
                       "%s: is neither a RUN nor a dataset with a known embedding (give the folder "
                       "of a trained RUN, or one of %s)",
                       dataset, lb_analytic_names());
    }
    lb_converge_params_default(&resolved);
    if (params != NULL) {
        resolved = *params;
    }
    resolved.epsilon = resolved.epsilon == 0.0 ? analytic->epsilon : resolved.epsilon;
    resolved.pairs = resolved.pairs == 0 ? 262144 : resolved.pairs;
    resolved.c = fmax(resolved.c, 0.0);
    LB_TRY(lb_convergence_start(out, ctx, &resolved, analytic->injectivity_radius, analytic->name));
    if (resolved.strategy == LB_PAIRS_SAMPLE) {
        LB_TRY(lb_analytic_sample(ctx, analytic, &resolved, out, deviation));
    } else {
        LB_TRY(measure_balls(ctx, analytic, &resolved, out, deviation));
    }
    out->limit_distortion = 0.0;
    out->limit_bending = analytic->limit_bending;
    out->limit_exact = true;
    out->slope_bending = lb_convergence_slope(out, out->count, deviation);
    for (int k = 0; k < out->count; k++) {
        struct lb_converge_level *level = &out->levels[k];
        /* The sum itself is rounded */
        level->bending.mean = out->limit_bending + deviation[k].mean;
        level->bending.standard_error =
            hypot(deviation[k].standard_error, DBL_EPSILON * out->limit_bending);
        lb_analytic_exact(analytic, lb_pair_pattern_of(resolved.strategy), resolved.c, level);
    }
    return LB_OK;
}
