/* Geodesics between two codes: starting curves of the descent, and refinement from coarse to
 * fine. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "latent/descent.h"
#include "latent/geometry.h"
#include "latent/metric.h"

enum {
    COARSE_SEGMENTS = 8, // where both starts are tried; fewer than twice as many
    MORE_SEGMENTS = 2 * COARSE_SEGMENTS,
    MAX_LEVELS = 32,
    WALK_STEPS = 32, // relative to the straight distance
    MAX_WALK_STEPS = 128,
    MAX_WALK_CODES = MAX_WALK_STEPS + 2,
};

/* Fraction of the remaining way along Z below which a walk gives up. */
static const double LOST = 0.05;
/* A walk's distance from Z, relative to a step: the start of a descent need not be exact. */
static const double WALK_ERROR = 0.01;
/* Times the other curve's residual: not a curve on Z. */
static const double FAR_OFF = 4.0;

static double distance(const double *a, const double *b, size_t l)
{
    double sum = 0.0;
    for (size_t j = 0; j < l; j++) {
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    }
    return sqrt(sum);
}

enum lb_status lb_geometry_measure(struct lb_geometry *geometry, const double *curve,
                                   size_t segments, struct lb_curve_info *info)
{
    const size_t l = geometry->projection.latent;
    const size_t size = lb_metric_size(geometry);
    const size_t inner = segments > 1 ? segments - 1 : 0;
    *info = (struct lb_curve_info){0};
    LB_TRY(lb_geometry_check_segments(geometry, segments));
    LB_TRY(lb_geometry_check_finite(geometry, curve, segments + 1, "code"));
    if (size > SIZE_MAX / sizeof(double) / 2 / (segments + 1)) {
        return lb_fail_memory(geometry->ctx, "curve");
    }
    double *points = malloc(((segments + 1) * size + inner * l) * sizeof *points);
    if (points == NULL) {
        return lb_fail_memory(geometry->ctx, "curve");
    }
    double *projected = points + (segments + 1) * size;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_metric_map(geometry, curve, segments + 1, points));
    for (size_t k = 0; k < segments; k++) {
        const double part = distance(points + k * size, points + (k + 1) * size, size);
        info->length += part;
        info->energy += (double)segments * part * part;
    }
    LB_CHECK(lb_geometry_project(geometry, curve + l, inner, projected));
    for (size_t k = 0; k < inner; k++) {
        info->residual += distance(projected + k * l, curve + (k + 1) * l, l) / (double)inner;
    }
fail:
    free(points);
    return status;
}

/* curve (segments+1, l): the polyline through n codes (n, l), divided into parts of equal
 * length. */
static void resample(const double *codes, size_t n, size_t l, size_t segments, double *curve)
{
    double total = 0.0;
    double behind = 0.0; // length up to code i
    size_t i = 0;
    for (size_t k = 1; k < n; k++) {
        total += distance(codes + (k - 1) * l, codes + k * l, l);
    }
    double ahead = distance(codes, codes + l, l); // of the part from code i on
    for (size_t k = 0; k <= segments; k++) {
        const double place = total * (double)k / (double)segments;
        while (i + 2 < n && behind + ahead < place) {
            behind += ahead;
            i++;
            ahead = distance(codes + i * l, codes + (i + 1) * l, l);
        }
        const double t = ahead > 0.0 ? fmin(1.0, (place - behind) / ahead) : 0.0;
        for (size_t j = 0; j < l; j++) {
            curve[k * l + j] = (1.0 - t) * codes[i * l + j] + t * codes[(i + 1) * l + j];
        }
    }
    memcpy(curve, codes, l * sizeof *curve);
    memcpy(curve + segments * l, codes + (n - 1) * l, l * sizeof *curve);
}

/* Makes codes (MAX_WALK_CODES, l) on Z from the first one towards `to`, which becomes the last of
 * *n. *n is 0 if the walk fails, where `to` lies straight above Z. */
static enum lb_status walk(struct lb_geometry *geometry, const double *to, double *basis,
                           double *codes, size_t *n)
{
    const size_t l = geometry->projection.latent;
    const double step = distance(codes, to, l) / WALK_STEPS;
    *n = 0;
    for (size_t k = 0; k < (size_t)MAX_WALK_STEPS; k++) {
        double *here = codes + k * l;
        double *next = here + l;
        const double left = distance(here, to, l);
        if (left <= 1.5 * step) {
            memcpy(next, to, l * sizeof *next);
            *n = k + 2;
            return LB_OK;
        }
        LB_TRY(lb_geometry_tangent(geometry, here, 1, basis));
        double *ahead = basis + geometry->projection.dimension * l;
        for (size_t j = 0; j < l; j++) {
            ahead[j] = to[j] - here[j];
        }
        lb_tangent_part(geometry, basis, ahead, next);
        double along = 0.0;
        for (size_t j = 0; j < l; j++) {
            along += next[j] * next[j];
        }
        along = sqrt(along);
        if (along < LOST * left) {
            return LB_OK;
        }
        for (size_t j = 0; j < l; j++) {
            next[j] = here[j] + step / along * next[j];
        }
        LB_TRY(lb_geometry_retract(geometry, basis, 1, WALK_ERROR * step, next));
    }
    return LB_OK;
}

/* Projects the inner codes of the straight line between a curve's ends. */
static enum lb_status project_line(struct lb_descent *descent, double *curve, size_t segments)
{
    const size_t l = descent->geometry->projection.latent;
    for (size_t k = 1; k < segments; k++) {
        const double t = (double)k / (double)segments;
        for (size_t j = 0; j < l; j++) {
            curve[k * l + j] = (1.0 - t) * curve[j] + t * curve[segments * l + j];
        }
    }
    return lb_geometry_settle(descent->geometry, segments - 1, curve + l, descent->bases);
}

/* Moves the inner codes of a curve onto Z from nearby. */
static enum lb_status land(struct lb_descent *descent, double *curve, size_t segments)
{
    const size_t l = descent->geometry->projection.latent;
    LB_TRY(lb_geometry_tangent(descent->geometry, curve + l, segments - 1, descent->bases));
    return lb_geometry_retract(descent->geometry, descent->bases, segments - 1, 0.0, curve + l);
}

static bool is_better(const struct lb_curve_info *curve, const struct lb_curve_info *other,
                      double noise)
{
    if (curve->residual > FAR_OFF * other->residual + noise) {
        return false;
    }
    return other->residual > FAR_OFF * curve->residual + noise ||
           curve->energy < (1.0 - 1e-6) * other->energy;
}

/* Finds the coarsest curve (segments+1, l) with given ends. */
static enum lb_status find_coarse(struct lb_descent *descent, double *curve, size_t segments,
                                  struct lb_curve_info *info)
{
    struct lb_geometry *geometry = descent->geometry;
    const size_t l = geometry->projection.latent;
    const size_t m = geometry->projection.dimension;
    const double *to = curve + segments * l;
    struct lb_curve_info walked = {0};
    size_t n = 0;
    enum lb_status status = LB_OK;
    const size_t most = MAX_WALK_CODES;
    double *codes = malloc((most + (m + 1) + (segments + 1)) * l * sizeof *codes);
    if (codes == NULL) {
        return lb_fail_memory(geometry->ctx, "geodesic");
    }
    double *basis = codes + most * l;
    double *other = basis + (m + 1) * l;
    memcpy(codes, curve, l * sizeof *codes);
    LB_CHECK(walk(geometry, to, basis, codes, &n));
    if (n > 0) {
        resample(codes, n, l, segments, other);
        LB_CHECK(land(descent, other, segments));
        LB_CHECK(lb_descent_run(descent, other, segments, &walked));
    }
    status = project_line(descent, curve, segments);
    const bool on = status == LB_OK;
    if (on) {
        LB_CHECK(lb_descent_run(descent, curve, segments, info));
    } else if (status != LB_ERR_NUMERIC || n == 0) { // Pi may be undefined far from Z
        goto fail;
    }
    status = LB_OK;
    const int iterations = info->iterations + walked.iterations;
    if (!on || (n > 0 && is_better(&walked, info, geometry->projection.noise))) {
        memcpy(curve, other, (segments + 1) * l * sizeof *curve);
        *info = walked;
    }
    info->iterations = iterations;
fail:
    free(codes);
    return status;
}

enum lb_status lb_geometry_geodesic(struct lb_geometry *geometry, const double *from,
                                    const double *to, size_t segments, double *curve,
                                    struct lb_curve_info *info)
{
    const size_t l = geometry->projection.latent;
    struct lb_curve_info found = {0};
    struct lb_descent descent = {0};
    size_t level[MAX_LEVELS] = {segments};
    int levels = 1;
    enum lb_status status = LB_OK;
    LB_TRY(lb_geometry_check_segments(geometry, segments));
    LB_TRY(lb_geometry_check_finite(geometry, from, 1, "end"));
    LB_TRY(lb_geometry_check_finite(geometry, to, 1, "end"));
    if (distance(from, to, l) <= geometry->projection.noise) { // start and end coincide
        for (size_t k = 0; k <= segments; k++) {
            memcpy(curve + k * l, k < segments ? from : to, l * sizeof *curve);
        }
        LB_TRY(lb_geometry_measure(geometry, curve, segments, &found));
        found.converged = true;
        if (info != NULL) {
            *info = found;
        }
        return LB_OK;
    }
    double *coarse = malloc((segments + 1) * l * sizeof *coarse);
    if (coarse == NULL) {
        return lb_fail_memory(geometry->ctx, "geodesic");
    }
    while (level[levels - 1] >= (size_t)MORE_SEGMENTS) {
        level[levels] = (level[levels - 1] + 1) / 2;
        levels++;
    }
    LB_CHECK(lb_descent_create(&descent, geometry, segments));
    memcpy(curve, from, l * sizeof *curve);
    memcpy(curve + level[levels - 1] * l, to, l * sizeof *curve);
    LB_CHECK(find_coarse(&descent, curve, level[levels - 1], &found));
    for (int i = levels - 2; i >= 0; i--) {
        memcpy(coarse, curve, (level[i + 1] + 1) * l * sizeof *coarse);
        resample(coarse, level[i + 1] + 1, l, level[i], curve);
        LB_CHECK(land(&descent, curve, level[i]));
        LB_CHECK(lb_descent_run(&descent, curve, level[i], &found));
    }
    if (info != NULL) {
        *info = found;
    }
fail:
    lb_descent_destroy(&descent);
    free(coarse);
    return status;
}
