#include "latent/descent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "latent/metric.h"

enum { MAX_ITERATIONS = 200, MAX_HALVINGS = 12 };

static const double ENOUGH = 1e-14;     // relative decrease of the energy that ends the descent
static const double SUFFICIENT = 1e-4;  // fraction of the linear decrease that a step must achieve
static const double MIN_COSINE = 1e-10; // between step and change, to be kept in memory

enum lb_status lb_descent_create(struct lb_descent *descent, struct lb_geometry *geometry,
                                 size_t most)
{
    const size_t l = geometry->projection.latent;
    const size_t m = geometry->projection.dimension;
    const size_t size = lb_metric_size(geometry);
    const size_t inner = most > 1 ? (most - 1) * l : l;
    const size_t points = (most + 1) * size;
    descent->geometry = geometry;
    LB_TRY(lb_stiffness_create(&descent->stiffness, geometry, most - 1));
    if (points > SIZE_MAX / sizeof(double) / 4 / (m + 2)) {
        return lb_fail_memory(geometry->ctx, "geodesic");
    }
    descent->block = malloc(
        ((most + 1) * l + (m + 2) * points + inner * m + inner * (3 + 2 * LB_DESCENT_MEMORY)) *
        sizeof *descent->block);
    if (descent->block == NULL) {
        return lb_fail_memory(geometry->ctx, "geodesic");
    }
    descent->trial = descent->block;
    descent->points = descent->trial + (most + 1) * l;
    descent->trial_points = descent->points + points;
    descent->pushed = descent->trial_points + points;
    descent->bases = descent->pushed + m * points;
    descent->gradient = descent->bases + inner * m;
    descent->direction = descent->gradient + inner;
    descent->part = descent->direction + inner;
    for (int i = 0; i < LB_DESCENT_MEMORY; i++) {
        descent->step[i] = descent->part + (size_t)(2 * i + 1) * inner;
        descent->change[i] = descent->step[i] + inner;
    }
    return LB_OK;
}

void lb_descent_destroy(struct lb_descent *descent)
{
    lb_stiffness_destroy(&descent->stiffness);
    free(descent->block);
    *descent = (struct lb_descent){0};
}

static size_t inner_count(const struct lb_descent *descent)
{
    return descent->segments - 1;
}

/* Numbers of all inner codes. */
static size_t inner_size(const struct lb_descent *descent)
{
    return inner_count(descent) * descent->geometry->projection.latent;
}

static double product(const double *a, const double *b, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

static double energy(const struct lb_descent *descent, const double *points)
{
    const size_t size = lb_metric_size(descent->geometry);
    double sum = 0.0;
    for (size_t i = size; i < (descent->segments + 1) * size; i++) {
        sum += (points[i] - points[i - size]) * (points[i] - points[i - size]);
    }
    return (double)descent->segments * sum;
}

/* Replaces vectors (n, l) by their tangential parts. */
static void project_vectors(struct lb_descent *descent, double *vectors)
{
    const size_t l = descent->geometry->projection.latent;
    const size_t m = descent->geometry->projection.dimension;
    for (size_t k = 0; k < inner_count(descent); k++) {
        lb_tangent_part(descent->geometry, descent->bases + k * m * l, vectors + k * l,
                        descent->part + k * l);
    }
    memcpy(vectors, descent->part, inner_size(descent) * sizeof *vectors);
}

/* Points, bases and gradient of the present curve: the derivative along a tangent vector t at z_k
 * is 2 K <2 F(z_k) - F(z_{k-1}) - F(z_{k+1}), D F t>. */
static enum lb_status differentiate(struct lb_descent *descent)
{
    struct lb_geometry *geometry = descent->geometry;
    const size_t l = geometry->projection.latent;
    const size_t m = geometry->projection.dimension;
    const size_t size = lb_metric_size(geometry);
    const size_t n = inner_count(descent);
    const double *inner = descent->curve + l;
    const double weight = 2.0 * (double)descent->segments;
    LB_TRY(lb_geometry_tangent(geometry, inner, n, descent->bases));
    LB_TRY(lb_metric_map(geometry, descent->curve, descent->segments + 1, descent->points));
    LB_TRY(lb_metric_push(geometry, inner, descent->bases, n, descent->pushed));
    memset(descent->gradient, 0, inner_size(descent) * sizeof *descent->gradient);
    for (size_t k = 0; k < n; k++) {
        const double *point = descent->points + (k + 1) * size;
        for (size_t a = 0; a < m; a++) {
            const double *pushed = descent->pushed + (k * m + a) * size;
            const double *basis = descent->bases + (k * m + a) * l;
            double slope = 0.0;
            for (size_t j = 0; j < size; j++) {
                slope +=
                    weight * (2.0 * point[j] - (point - size)[j] - point[size + j]) * pushed[j];
            }
            for (size_t j = 0; j < l; j++) {
                descent->gradient[k * l + j] += slope * basis[j];
            }
        }
    }
    return lb_stiffness_set(&descent->stiffness, descent->bases, descent->pushed, size, n);
}

/* direction <- - H gradient: the two loops of J. Nocedal, Math. Comp. 35 (1980). */
static enum lb_status find_direction(struct lb_descent *descent)
{
    const size_t n = inner_size(descent);
    double *direction = descent->direction;
    double amount[LB_DESCENT_MEMORY];
    double scale[LB_DESCENT_MEMORY];
    for (size_t i = 0; i < n; i++) {
        direction[i] = -descent->gradient[i];
    }
    for (int k = 0; k < descent->remembered; k++) {
        scale[k] = 1.0 / product(descent->step[k], descent->change[k], n);
        amount[k] = scale[k] * product(descent->step[k], direction, n);
        for (size_t i = 0; i < n; i++) {
            direction[i] -= amount[k] * descent->change[k][i];
        }
    }
    LB_TRY(lb_stiffness_solve(&descent->stiffness, direction));
    for (int k = descent->remembered - 1; k >= 0; k--) {
        const double back = amount[k] - scale[k] * product(descent->change[k], direction, n);
        for (size_t i = 0; i < n; i++) {
            direction[i] += back * descent->step[k][i];
        }
    }
    return LB_OK;
}

/* Backtracking line search, halving from step 1, until the energy decreases enough; the result is
 * in `trial`. *found is false if there is no such step, or none whose decrease would exceed the
 * fraction `enough` of the energy. */
static enum lb_status search(struct lb_descent *descent, double before, double slope, double enough,
                             bool *found)
{
    const size_t l = descent->geometry->projection.latent;
    const size_t n = inner_size(descent);
    double t = 1.0;
    *found = false;
    memcpy(descent->trial, descent->curve, (descent->segments + 1) * l * sizeof *descent->trial);
    for (int i = 0; i < MAX_HALVINGS && !*found && -t * slope > enough * before; i++) {
        for (size_t j = 0; j < n; j++) {
            descent->trial[l + j] = descent->curve[l + j] + t * descent->direction[j];
        }
        LB_TRY(lb_geometry_retract(descent->geometry, descent->bases, inner_count(descent), 0.0,
                                   descent->trial + l));
        LB_TRY(lb_metric_map(descent->geometry, descent->trial, descent->segments + 1,
                             descent->trial_points));
        *found = energy(descent, descent->trial_points) < before + SUFFICIENT * t * slope;
        t /= 2.0;
    }
    return LB_OK;
}

/* Makes room for the next step and change at the front. */
static void shift_memory(struct lb_descent *descent)
{
    const int last = LB_DESCENT_MEMORY - 1;
    double *step = descent->step[last];
    double *change = descent->change[last];
    memmove(descent->step + 1, descent->step, (size_t)last * sizeof *descent->step);
    memmove(descent->change + 1, descent->change, (size_t)last * sizeof *descent->change);
    descent->step[0] = step;
    descent->change[0] = change;
}

/* Drops remembered steps that no longer have positive curvature. */
static void clean_memory(struct lb_descent *descent)
{
    const size_t n = inner_size(descent);
    int kept = 0;
    for (int k = 0; k < descent->remembered; k++) {
        double *step = descent->step[k];
        double *change = descent->change[k];
        if (product(step, change, n) <=
            MIN_COSINE * sqrt(product(step, step, n) * product(change, change, n))) {
            continue;
        }
        descent->step[k] = descent->step[kept];
        descent->change[k] = descent->change[kept];
        descent->step[kept] = step;
        descent->change[kept++] = change;
    }
    descent->remembered = kept;
}

/* Replaces the curve by `trial`. */
static enum lb_status take_trial(struct lb_descent *descent)
{
    const size_t l = descent->geometry->projection.latent;
    const size_t n = inner_size(descent);
    shift_memory(descent);
    for (size_t i = 0; i < n; i++) {
        descent->step[0][i] = descent->trial[l + i] - descent->curve[l + i];
        descent->change[0][i] = -descent->gradient[i];
    }
    memcpy(descent->curve + l, descent->trial + l, n * sizeof *descent->curve);
    descent->remembered += descent->remembered < LB_DESCENT_MEMORY;
    LB_TRY(differentiate(descent));
    for (int k = 0; k < descent->remembered; k++) {
        project_vectors(descent, descent->step[k]);
        project_vectors(descent, descent->change[k]);
    }
    for (size_t i = 0; i < n; i++) {
        descent->change[0][i] += descent->gradient[i];
    }
    clean_memory(descent);
    return LB_OK;
}

/* One step; sets *done at the end. */
static enum lb_status iterate(struct lb_descent *descent, double enough, bool *done)
{
    const double before = energy(descent, descent->points);
    bool found = false;
    LB_TRY(find_direction(descent));
    double slope = product(descent->gradient, descent->direction, inner_size(descent));
    if (!(slope < 0.0) && descent->remembered > 0) {
        descent->remembered = 0;
        return LB_OK;
    }
    if (-slope <= enough * before) {
        *done = true;
        return LB_OK;
    }
    LB_TRY(search(descent, before, slope, enough, &found));
    if (found) {
        return take_trial(descent);
    }
    *done = descent->remembered == 0; // otherwise the plain step is next
    descent->remembered = 0;
    return LB_OK;
}

enum lb_status lb_descent_run(struct lb_descent *descent, double *curve, size_t segments,
                              struct lb_curve_info *info)
{
    const int before = info->iterations;
    int iterations = 0;
    bool done = segments < 2;
    descent->curve = curve;
    descent->segments = segments;
    descent->remembered = 0;
    if (!done) {
        LB_TRY(differentiate(descent));
    }
    while (!done && iterations < MAX_ITERATIONS) {
        /* Rounding of the points changes the energy by this much */
        const double rounding =
            lb_metric_noise(descent->geometry) *
            sqrt((double)segments / fmax(energy(descent, descent->points), 1e-300));
        LB_TRY(iterate(descent, fmax(ENOUGH, rounding * rounding), &done));
        iterations++;
    }
    LB_TRY(lb_geometry_measure(descent->geometry, curve, segments, info));
    info->iterations = before + iterations;
    info->converged = done;
    return LB_OK;
}
