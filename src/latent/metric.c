#include "latent/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double DEFAULT_NOISE = 1e-13;

static bool is_euclidean(const struct lb_geometry *geometry)
{
    return geometry->metric.map == NULL;
}

enum lb_status lb_geometry_set_metric(struct lb_geometry *geometry, const struct lb_metric *metric)
{
    if (metric == NULL) {
        geometry->metric = (struct lb_metric){0};
        return LB_OK;
    }
    if (metric->map == NULL || metric->size < 1 || metric->size > SIZE_MAX / sizeof(double) / 4 ||
        !(metric->step >= 0.0) || !isfinite(metric->step) || !(metric->noise >= 0.0) ||
        !isfinite(metric->noise)) {
        return lb_fail(geometry->ctx, LB_ERR_ARGUMENT,
                       "geometry: a metric of %zu numbers, step %g and noise %g is not possible "
                       "(give a function, its size, and steps that are finite and not negative)",
                       metric->size, metric->step, metric->noise);
    }
    geometry->metric = *metric;
    if (!(metric->step > 0.0)) {
        geometry->metric.step = geometry->projection.step;
    }
    if (!(metric->noise > 0.0)) {
        geometry->metric.noise = DEFAULT_NOISE;
    }
    return LB_OK;
}

size_t lb_metric_size(const struct lb_geometry *geometry)
{
    return is_euclidean(geometry) ? geometry->projection.latent : geometry->metric.size;
}

double lb_metric_noise(const struct lb_geometry *geometry)
{
    return is_euclidean(geometry) ? geometry->projection.noise : geometry->metric.noise;
}

enum lb_status lb_metric_map(struct lb_geometry *geometry, const double *codes, size_t n,
                             double *points)
{
    const size_t size = lb_metric_size(geometry);
    if (is_euclidean(geometry)) {
        memcpy(points, codes, n * size * sizeof *points);
        return LB_OK;
    }
    geometry->ctx->error[0] = '\0';
    const enum lb_status status = geometry->metric.map(geometry->metric.user, codes, n, points);
    if (status != LB_OK) {
        return geometry->ctx->error[0] != '\0'
                   ? status
                   : lb_fail(geometry->ctx, status,
                             "geometry: the metric failed (check the caller's function)");
    }
    for (size_t i = 0; i < n * size; i++) {
        if (!isfinite(points[i])) {
            return lb_fail(
                geometry->ctx, LB_ERR_NUMERIC,
                "geometry: the metric of a code is not finite (use ends that are closer together)");
        }
    }
    return LB_OK;
}

/* The m derivatives (m, s) at one code; around (2 m, l) and points (2 m, s) are work space. */
static enum lb_status push_one(struct lb_geometry *geometry, const double *code,
                               const double *basis, double *around, double *points, double *pushed)
{
    const size_t l = geometry->projection.latent;
    const size_t m = geometry->projection.dimension;
    const size_t size = geometry->metric.size;
    const double step = geometry->metric.step;
    for (size_t a = 0; a < m; a++) {
        for (size_t j = 0; j < l; j++) {
            around[2 * a * l + j] = code[j] + step * basis[a * l + j];
            around[(2 * a + 1) * l + j] = code[j] - step * basis[a * l + j];
        }
    }
    LB_TRY(lb_metric_map(geometry, around, 2 * m, points));
    for (size_t a = 0; a < m; a++) {
        for (size_t j = 0; j < size; j++) {
            pushed[a * size + j] =
                (points[2 * a * size + j] - points[(2 * a + 1) * size + j]) / (2.0 * step);
        }
    }
    return LB_OK;
}

enum lb_status lb_metric_push(struct lb_geometry *geometry, const double *codes,
                              const double *bases, size_t n, double *pushed)
{
    const size_t l = geometry->projection.latent;
    const size_t m = geometry->projection.dimension;
    const size_t size = lb_metric_size(geometry);
    if (is_euclidean(geometry)) {
        memcpy(pushed, bases, n * m * l * sizeof *pushed);
        return LB_OK;
    }
    double *around = malloc(2 * m * (l + size) * sizeof *around);
    if (around == NULL) {
        return lb_fail_memory(geometry->ctx, "metric");
    }
    enum lb_status status = LB_OK;
    for (size_t k = 0; k < n && status == LB_OK; k++) {
        status = push_one(geometry, codes + k * l, bases + k * m * l, around, around + 2 * m * l,
                          pushed + k * m * size);
    }
    free(around);
    return status;
}

enum lb_status lb_metric_check_euclidean(const struct lb_geometry *geometry, const char *what)
{
    return is_euclidean(geometry)
               ? LB_OK
               : lb_fail(geometry->ctx, LB_ERR_UNSUPPORTED,
                         "geometry: %s supports only the Euclidean metric (set no other metric)",
                         what);
}
