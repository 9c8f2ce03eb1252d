/* Fréchet mean: descent along the mean of the logarithms; and principal axes of the logarithms. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lapacke.h>

#include "latent/geometry.h"
#include "latent/metric.h"

enum { MAX_ITERATIONS = 50, MAX_HALVINGS = 6 };

static const double ENOUGH = 1e-9;   // gradient relative to the square root of the variance
static const double ROUNDING = 10.0; // gradient relative to the rounding of a logarithm

struct mean {
    struct lb_geometry *geometry;
    const double *codes;
    const double *weights; ///< (n), sum 1
    size_t n;
    size_t segments;
    double *velocity; ///< (l): buffer for a logarithm
    double *curve;    ///< (segments+1, l)
};

/* *sum: sum of the weights; n if there are none. */
static enum lb_status check_weights(struct lb_context *ctx, const double *weights, size_t n,
                                    double *sum)
{
    if (n == 0) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "mean: there are no codes (give some)");
    }
    *sum = weights != NULL ? 0.0 : (double)n;
    for (size_t i = 0; i < n && weights != NULL; i++) {
        if (!(weights[i] >= 0.0) || !isfinite(weights[i])) {
            return lb_fail(
                ctx, LB_ERR_ARGUMENT,
                "mean: weight number %zu is %g (weights must be finite and not negative)", i,
                weights[i]);
        }
        *sum += weights[i];
    }
    if (!(*sum > 0.0) || !isfinite(*sum)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "mean: the weights sum to %g (at least one must be above 0)", *sum);
    }
    return LB_OK;
}

/* The code with positive weight whose total straight distance to all codes is smallest. */
static const double *central_code(const struct mean *mean)
{
    const size_t l = mean->geometry->projection.latent;
    const double *best = NULL;
    double least = (double)INFINITY;
    for (size_t i = 0; i < mean->n; i++) {
        double sum = 0.0;
        for (size_t k = 0; k < mean->n; k++) {
            for (size_t j = 0; j < l; j++) {
                const double part = mean->codes[i * l + j] - mean->codes[k * l + j];
                sum += mean->weights[k] * part * part;
            }
        }
        if (mean->weights[i] > 0.0 && (best == NULL || sum < least)) {
            least = sum;
            best = mean->codes + i * l;
        }
    }
    return best;
}

/* gradient (l): the weighted sum of the logarithms at a code. */
static enum lb_status look_around(const struct mean *mean, const double *code, double *gradient,
                                  double *variance)
{
    const size_t l = mean->geometry->projection.latent;
    *variance = 0.0;
    memset(gradient, 0, l * sizeof *gradient);
    for (size_t i = 0; i < mean->n; i++) {
        if (mean->weights[i] == 0.0) {
            continue;
        }
        LB_TRY(lb_geometry_logarithm(mean->geometry, code, mean->codes + i * l, mean->segments,
                                     mean->velocity));
        for (size_t j = 0; j < l; j++) {
            gradient[j] += mean->weights[i] * mean->velocity[j];
            *variance += mean->weights[i] * mean->velocity[j] * mean->velocity[j];
        }
    }
    return LB_OK;
}

static double norm(const double *vector, size_t l)
{
    double sum = 0.0;
    for (size_t j = 0; j < l; j++) {
        sum += vector[j] * vector[j];
    }
    return sqrt(sum);
}

/* Descends from `code` (l); `room` holds 3 l numbers. */
static enum lb_status descend(const struct mean *mean, double *code, double *room,
                              struct lb_mean_info *info)
{
    const size_t l = mean->geometry->projection.latent;
    double *gradient = room;
    double *next = gradient + l; // gradient at the trial point
    double *way = next + l;
    const double rounding = ROUNDING * (double)mean->segments * mean->geometry->projection.noise;
    int halvings = 0;
    LB_TRY(look_around(mean, code, gradient, &info->variance));
    info->gradient = norm(gradient, l);
    while (info->iterations < MAX_ITERATIONS && halvings <= MAX_HALVINGS &&
           info->gradient > fmax(rounding, ENOUGH * sqrt(info->variance))) {
        const double *trial = mean->curve + mean->segments * l;
        double variance = 0.0;
        for (size_t j = 0; j < l; j++) {
            way[j] = ldexp(gradient[j], -halvings);
        }
        LB_TRY(lb_geometry_exponential(mean->geometry, code, way, mean->segments, mean->curve));
        LB_TRY(look_around(mean, trial, next, &variance));
        info->iterations++;
        if (variance >= info->variance && norm(next, l) >= info->gradient) {
            halvings++; // too far, or no step is short enough because of rounding
            continue;
        }
        halvings = 0;
        memcpy(code, trial, l * sizeof *code);
        memcpy(gradient, next, l * sizeof *gradient);
        info->variance = variance;
        info->gradient = norm(gradient, l);
    }
    return LB_OK;
}

enum lb_status lb_geometry_mean(struct lb_geometry *geometry, const double *codes,
                                const double *weights, size_t n, size_t segments, double *mean,
                                struct lb_mean_info *info)
{
    const size_t l = geometry->projection.latent;
    struct lb_mean_info found = {0};
    double sum;
    LB_TRY(lb_metric_check_euclidean(geometry, "the mean"));
    LB_TRY(lb_geometry_check_segments(geometry, segments));
    LB_TRY(check_weights(geometry->ctx, weights, n, &sum));
    LB_TRY(lb_geometry_check_finite(geometry, codes, n, "code"));
    double *shares = malloc((n + (segments + 1 + 5) * l) * sizeof *shares);
    if (shares == NULL) {
        return lb_fail_memory(geometry->ctx, "mean");
    }
    for (size_t i = 0; i < n; i++) {
        shares[i] = (weights != NULL ? weights[i] : 1.0) / sum;
    }
    double *code = shares + n;
    const struct mean work = {
        .geometry = geometry,
        .codes = codes,
        .weights = shares,
        .n = n,
        .segments = segments,
        .velocity = code + l,
        .curve = code + 2 * l,
    };
    memcpy(code, central_code(&work), l * sizeof *code);
    const enum lb_status status = descend(&work, code, code + (2 + segments + 1) * l, &found);
    if (status == LB_OK) {
        memcpy(mean, code, l * sizeof *mean);
        if (info != NULL) {
            *info = found;
        }
    }
    free(shares);
    return status;
}

/* moments (m, m): the weighted second moments of logarithms at the mean, in a basis (m, l) of its
 * tangent space; room holds l + m numbers. */
static enum lb_status add_moments(struct lb_geometry *geometry, const double *code, double weight,
                                  const double *mean, const double *basis, size_t segments,
                                  double *room, double *moments)
{
    const size_t m = geometry->projection.dimension;
    double *velocity = room;
    double *part = room + geometry->projection.latent;
    LB_TRY(lb_geometry_logarithm(geometry, mean, code, segments, velocity));
    lb_tangent_coefficients(geometry, basis, velocity, part);
    for (size_t a = 0; a < m; a++) {
        for (size_t b = 0; b < m; b++) {
            moments[a * m + b] += weight * part[a] * part[b];
        }
    }
    return LB_OK;
}

enum lb_status lb_geometry_principal(struct lb_geometry *geometry, const double *codes,
                                     const double *weights, size_t n, const double *mean,
                                     size_t segments, double *directions, double *variances)
{
    const size_t l = geometry->projection.latent;
    const size_t m = geometry->projection.dimension;
    double sum;
    enum lb_status status = LB_OK;
    LB_TRY(lb_metric_check_euclidean(geometry, "the principal geodesics"));
    LB_TRY(lb_geometry_check_segments(geometry, segments));
    LB_TRY(check_weights(geometry->ctx, weights, n, &sum));
    LB_TRY(lb_geometry_check_finite(geometry, codes, n, "code"));
    LB_TRY(lb_geometry_check_finite(geometry, mean, 1, "mean"));
    double *basis = calloc(m * l + m * m + l + m, sizeof *basis);
    if (basis == NULL) {
        return lb_fail_memory(geometry->ctx, "principal geodesics");
    }
    double *moments = basis + m * l;
    double *room = moments + m * m;
    LB_CHECK(lb_geometry_tangent(geometry, mean, 1, basis));
    for (size_t i = 0; i < n; i++) {
        const double weight = (weights != NULL ? weights[i] : 1.0) / sum;
        if (weight > 0.0) {
            LB_CHECK(
                add_moments(geometry, codes + i * l, weight, mean, basis, segments, room, moments));
        }
    }
    if (LAPACKE_dsyev(LAPACK_ROW_MAJOR, 'V', 'U', (lapack_int)m, moments, (lapack_int)m,
                      variances) != 0) { // ascending eigenvalues; eigenvectors are columns
        status = lb_fail(geometry->ctx, LB_ERR_NUMERIC,
                         "principal geodesics: the eigenvalues do not converge (are all codes "
                         "close to the manifold?)");
        goto fail;
    }
    memset(directions, 0, m * l * sizeof *directions);
    for (size_t a = 0; a < m; a++) {
        room[a] = variances[m - 1 - a];
        for (size_t b = 0; b < m; b++) {
            for (size_t j = 0; j < l; j++) {
                directions[a * l + j] += moments[b * m + m - 1 - a] * basis[b * l + j];
            }
        }
    }
    memcpy(variances, room, m * sizeof *variances);
fail:
    free(basis);
    return status;
}
