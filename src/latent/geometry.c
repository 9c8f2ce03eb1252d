#include "latent/geometry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lapacke.h>

static const double DEFAULT_STEP = 1e-5;
static const double DEFAULT_NOISE = 1e-13;

enum {
    MAX_SEGMENTS = 1 << 20,
    DIFFERENCE_ROWS = 4096, // codes projected at once to compute derivatives
    RETRACTIONS = 40,
    SETTLE_ROUNDS = 3,
};

/* ---- creation -------------------------------------------------------------------------------- */

static enum lb_status check(struct lb_context *ctx, const struct lb_projection *projection)
{
    const size_t l = projection->latent;
    const size_t m = projection->dimension;
    if (l < 1 || l > (size_t)DIFFERENCE_ROWS || m < 1 || m > l) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "geometry: a manifold of dimension %zu in R^%zu is not possible (use a "
                       "dimension from 1 to that of the space, and a space of at most %d)",
                       m, l, (int)DIFFERENCE_ROWS);
    }
    if (!(projection->step >= 0.0) || !isfinite(projection->step) || !(projection->noise >= 0.0) ||
        !isfinite(projection->noise)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "geometry: step %g and noise %g of the projection must be finite and not "
                       "negative (0 selects the defaults)",
                       projection->step, projection->noise);
    }
    return LB_OK;
}

enum lb_status lb_geometry_create(struct lb_geometry **out, struct lb_context *ctx,
                                  const struct lb_projection *projection)
{
    const size_t l = projection->latent;
    *out = NULL;
    LB_TRY(check(ctx, projection));
    struct lb_geometry *geometry = calloc(1, sizeof *geometry);
    if (geometry == NULL) {
        return lb_fail_memory(ctx, "geometry");
    }
    geometry->ctx = ctx;
    geometry->projection = *projection;
    geometry->projection.step = projection->step > 0.0 ? projection->step : DEFAULT_STEP;
    geometry->projection.noise = projection->noise > 0.0 ? projection->noise : DEFAULT_NOISE;
    geometry->matrix = malloc(l * l * sizeof *geometry->matrix);
    geometry->vectors = malloc(l * l * sizeof *geometry->vectors);
    geometry->values = malloc(2 * l * sizeof *geometry->values);
    if (geometry->matrix == NULL || geometry->vectors == NULL || geometry->values == NULL) {
        lb_geometry_destroy(&geometry);
        return lb_fail_memory(ctx, "geometry");
    }
    *out = geometry;
    return LB_OK;
}

void lb_geometry_destroy(struct lb_geometry **geometry)
{
    if (geometry == NULL || *geometry == NULL) {
        return;
    }
    if ((*geometry)->release != NULL) {
        (*geometry)->release((*geometry)->projection.user);
    }
    free((*geometry)->matrix);
    free((*geometry)->vectors);
    free((*geometry)->values);
    free(*geometry);
    *geometry = NULL;
}

size_t lb_geometry_latent(const struct lb_geometry *geometry)
{
    return geometry->projection.latent;
}

size_t lb_geometry_dimension(const struct lb_geometry *geometry)
{
    return geometry->projection.dimension;
}

/* ---- checks ---------------------------------------------------------------------------------- */

enum lb_status lb_geometry_check_segments(const struct lb_geometry *geometry, size_t segments)
{
    if (segments < 1 || segments > (size_t)MAX_SEGMENTS) {
        return lb_fail(geometry->ctx, LB_ERR_ARGUMENT,
                       "geometry: a curve of %zu segments is not possible (use 1 to %d)", segments,
                       (int)MAX_SEGMENTS);
    }
    return LB_OK;
}

enum lb_status lb_geometry_check_finite(const struct lb_geometry *geometry, const double *codes,
                                        size_t n, const char *what)
{
    const size_t l = geometry->projection.latent;
    for (size_t i = 0; i < n * l; i++) {
        if (!isfinite(codes[i])) {
            return lb_fail(geometry->ctx, LB_ERR_NUMERIC,
                           "geometry: %s number %zu is not finite (remove it)", what, i / l);
        }
    }
    return LB_OK;
}

/* ---- the projection and its derivative ------------------------------------------------------- */

enum lb_status lb_geometry_project(struct lb_geometry *geometry, const double *codes, size_t n,
                                   double *projected)
{
    const struct lb_projection *projection = &geometry->projection;
    const size_t l = projection->latent;
    if (n == 0) {
        return LB_OK;
    }
    geometry->ctx->error[0] = '\0';
    const enum lb_status status = projection->project(projection->user, codes, n, projected);
    if (status != LB_OK) {
        return geometry->ctx->error[0] != '\0'
                   ? status
                   : lb_fail(geometry->ctx, status,
                             "geometry: the projection failed (check the caller's function)");
    }
    for (size_t i = 0; i < n * l; i++) {
        if (!isfinite(projected[i])) {
            return lb_fail(geometry->ctx, LB_ERR_NUMERIC,
                           "geometry: the projection of a code is not finite (it is too far from "
                           "the manifold: use ends that are closer together)");
        }
    }
    return LB_OK;
}

/* The codes (2 l, l) on both sides of a code (l) along each axis. */
static void neighbours(const struct lb_projection *projection, const double *code, double *codes)
{
    const size_t l = projection->latent;
    for (size_t i = 0; i < 2 * l; i++) {
        double *row = codes + i * l;
        memcpy(row, code, l * sizeof *row);
        row[i / 2] += i % 2 == 0 ? projection->step : -projection->step;
    }
}

/* The basis (m, l) that follows from the projections (2 l, l) of those. */
static enum lb_status leading_vectors(struct lb_geometry *geometry, const double *projected,
                                      double *basis)
{
    const size_t l = geometry->projection.latent;
    const size_t m = geometry->projection.dimension;
    for (size_t i = 0; i < l; i++) { // columns of D Pi
        for (size_t j = 0; j < l; j++) {
            geometry->matrix[i * l + j] =
                (projected[2 * i * l + j] - projected[(2 * i + 1) * l + j]) /
                (2.0 * geometry->projection.step);
        }
    }
    if (LAPACKE_dgesvd(LAPACK_COL_MAJOR, 'S', 'N', (lapack_int)l, (lapack_int)l, geometry->matrix,
                       (lapack_int)l, geometry->values, geometry->vectors, (lapack_int)l, NULL,
                       (lapack_int)l, geometry->values + l) != 0) {
        return lb_fail(geometry->ctx, LB_ERR_NUMERIC,
                       "geometry: singular values of the projection's derivative do not converge "
                       "(is the projection smooth?)");
    }
    memcpy(basis, geometry->vectors, m * l * sizeof *basis);
    return LB_OK;
}

enum lb_status lb_geometry_tangent(struct lb_geometry *geometry, const double *codes, size_t n,
                                   double *basis)
{
    const struct lb_projection *projection = &geometry->projection;
    const size_t l = projection->latent;
    const size_t m = projection->dimension;
    const size_t fit = DIFFERENCE_ROWS / (2 * l);
    const size_t batch = fit < 1 ? 1 : fit < n ? fit : n;
    LB_TRY(lb_geometry_check_finite(geometry, codes, n, "code"));
    if (n == 0) {
        return LB_OK;
    }
    double *around = malloc(2 * batch * 2 * l * l * sizeof *around);
    if (around == NULL) {
        return lb_fail_memory(geometry->ctx, "tangent spaces");
    }
    double *projected = around + batch * 2 * l * l;
    enum lb_status status = LB_OK;
    for (size_t first = 0; first < n; first += batch) {
        const size_t rows = n - first < batch ? n - first : batch;
        for (size_t i = 0; i < rows; i++) {
            neighbours(projection, codes + (first + i) * l, around + i * 2 * l * l);
        }
        LB_CHECK(lb_geometry_project(geometry, around, rows * 2 * l, projected));
        for (size_t i = 0; i < rows; i++) {
            LB_CHECK(
                leading_vectors(geometry, projected + i * 2 * l * l, basis + (first + i) * m * l));
        }
    }
fail:
    free(around);
    return status;
}

enum lb_status lb_geometry_find_rank(struct lb_geometry *geometry, const double *codes, size_t n,
                                     size_t *rank)
{
    const size_t l = geometry->projection.latent;
    double *basis = malloc(geometry->projection.dimension * l * sizeof *basis);
    size_t *codes_of_rank = calloc(l + 1, sizeof *codes_of_rank);
    enum lb_status status = LB_OK;
    if (basis == NULL || codes_of_rank == NULL) {
        status = lb_fail_memory(geometry->ctx, "dimension of the latent manifold");
        goto fail;
    }
    for (size_t i = 0; i < n; i++) {
        size_t above = 0;
        LB_CHECK(lb_geometry_tangent(geometry, codes + i * l, 1, basis));
        while (above < l && geometry->values[above] > 0.5) {
            above++;
        }
        codes_of_rank[above]++;
    }
    *rank = 0;
    for (size_t r = 1; r <= l; r++) {
        *rank = codes_of_rank[r] > codes_of_rank[*rank] ? r : *rank;
    }
fail:
    free(basis);
    free(codes_of_rank);
    return status;
}

void lb_tangent_coefficients(const struct lb_geometry *geometry, const double *basis,
                             const double *vector, double *coefficients)
{
    const size_t l = geometry->projection.latent;
    for (size_t a = 0; a < geometry->projection.dimension; a++) {
        coefficients[a] = 0.0;
        for (size_t j = 0; j < l; j++) {
            coefficients[a] += basis[a * l + j] * vector[j];
        }
    }
}

/* Subtracts from vector (l) its part along a basis (m, l). */
static void normal_part(const struct lb_geometry *geometry, const double *basis, double *vector)
{
    const size_t l = geometry->projection.latent;
    for (size_t a = 0; a < geometry->projection.dimension; a++) {
        double along = 0.0;
        for (size_t j = 0; j < l; j++) {
            along += basis[a * l + j] * vector[j];
        }
        for (size_t j = 0; j < l; j++) {
            vector[j] -= along * basis[a * l + j];
        }
    }
}

void lb_tangent_part(const struct lb_geometry *geometry, const double *basis, const double *vector,
                     double *part)
{
    const size_t l = geometry->projection.latent;
    memcpy(part, vector, l * sizeof *part);
    normal_part(geometry, basis, part);
    for (size_t j = 0; j < l; j++) {
        part[j] = vector[j] - part[j];
    }
}

/* ---- back onto Z ----------------------------------------------------------------------------- */

enum lb_status lb_geometry_retract(struct lb_geometry *geometry, const double *bases, size_t n,
                                   double enough, double *codes)
{
    const size_t l = geometry->projection.latent;
    const size_t m = geometry->projection.dimension;
    double *moves = n > 0 ? malloc(n * l * sizeof *moves) : NULL;
    double before = (double)INFINITY;
    enum lb_status status = LB_OK;
    if (n == 0) {
        return LB_OK;
    }
    if (moves == NULL) {
        return lb_fail_memory(geometry->ctx, "codes on the latent manifold");
    }
    for (int round = 0; round < RETRACTIONS; round++) {
        double largest = 0.0;
        LB_CHECK(lb_geometry_project(geometry, codes, n, moves));
        for (size_t i = 0; i < n; i++) {
            double norm = 0.0;
            for (size_t j = 0; j < l; j++) {
                moves[i * l + j] -= codes[i * l + j];
            }
            normal_part(geometry, bases + i * m * l, moves + i * l);
            for (size_t j = 0; j < l; j++) {
                norm += moves[i * l + j] * moves[i * l + j];
            }
            largest = fmax(largest, sqrt(norm));
        }
        if (largest >= before) { // rounding, or no progress along these normals
            break;
        }
        before = largest;
        for (size_t i = 0; i < n * l; i++) {
            codes[i] += moves[i];
        }
        if (largest <= fmax(enough, geometry->projection.noise)) {
            break;
        }
    }
fail:
    free(moves);
    return status;
}

enum lb_status lb_geometry_settle(struct lb_geometry *geometry, size_t n, double *codes,
                                  double *bases)
{
    const size_t l = geometry->projection.latent;
    double *projected = n > 0 ? malloc(n * l * sizeof *projected) : NULL;
    enum lb_status status = LB_OK;
    if (n == 0) {
        return LB_OK;
    }
    if (projected == NULL) {
        return lb_fail_memory(geometry->ctx, "codes on the latent manifold");
    }
    for (int round = 0; round < SETTLE_ROUNDS; round++) {
        LB_CHECK(lb_geometry_project(geometry, codes, n, projected));
        memcpy(codes, projected, n * l * sizeof *codes);
    }
    LB_CHECK(lb_geometry_tangent(geometry, codes, n, bases));
    LB_CHECK(lb_geometry_retract(geometry, bases, n, 0.0, codes));
    LB_CHECK(lb_geometry_tangent(geometry, codes, n, bases));
fail:
    free(projected);
    return status;
}
