#include "latent/stiffness.h"

#include <stdlib.h>
#include <string.h>

#include <lapacke.h>

enum lb_status lb_stiffness_create(struct lb_stiffness *stiffness,
                                   const struct lb_geometry *geometry, size_t most)
{
    const size_t m = geometry->projection.dimension;
    const size_t room = most > 0 ? most : 1;
    stiffness->geometry = geometry;
    stiffness->factor = malloc(room * m * 2 * m * sizeof *stiffness->factor);
    stiffness->tangent = malloc(room * m * sizeof *stiffness->tangent);
    return stiffness->factor != NULL && stiffness->tangent != NULL
               ? LB_OK
               : lb_fail_memory(geometry->ctx, "geodesic");
}

void lb_stiffness_destroy(struct lb_stiffness *stiffness)
{
    free(stiffness->factor);
    free(stiffness->tangent);
    *stiffness = (struct lb_stiffness){0};
}

/* <row a of a basis, row b of another>. */
static double product(const double *a, const double *b, size_t l)
{
    double sum = 0.0;
    for (size_t j = 0; j < l; j++) {
        sum += a[j] * b[j];
    }
    return sum;
}

enum lb_status lb_stiffness_set(struct lb_stiffness *stiffness, const double *bases,
                                const double *pushed, size_t size, size_t n)
{
    const size_t m = stiffness->geometry->projection.dimension;
    const size_t band = 2 * m; // of a column: the diagonal and 2 m - 1 numbers below it
    const double weight = 2.0 * (double)(n + 1);
    stiffness->bases = bases;
    stiffness->n = n;
    memset(stiffness->factor, 0, n * m * band * sizeof *stiffness->factor);
    for (size_t k = 0; k < n; k++) {
        for (size_t a = 0; a < m; a++) {
            double *column = stiffness->factor + (k * m + a) * band;
            const double *own = pushed + (k * m + a) * size;
            for (size_t b = a; b < m; b++) {
                column[b - a] = 2.0 * weight * product(own, pushed + (k * m + b) * size, size);
            }
            for (size_t b = 0; b < m && k + 1 < n; b++) {
                column[m - a + b] = -weight * product(own, pushed + ((k + 1) * m + b) * size, size);
            }
        }
    }
    if (LAPACKE_dpbtrf(LAPACK_COL_MAJOR, 'L', (lapack_int)(n * m), (lapack_int)(band - 1),
                       stiffness->factor, (lapack_int)band) != 0) {
        return lb_fail(stiffness->geometry->ctx, LB_ERR_NUMERIC,
                       "geodesic: the tangent spaces along it are degenerate (use another number "
                       "of segments)");
    }
    return LB_OK;
}

enum lb_status lb_stiffness_solve(struct lb_stiffness *stiffness, double *vectors)
{
    const size_t l = stiffness->geometry->projection.latent;
    const size_t m = stiffness->geometry->projection.dimension;
    const size_t n = stiffness->n;
    for (size_t k = 0; k < n; k++) {
        lb_tangent_coefficients(stiffness->geometry, stiffness->bases + k * m * l, vectors + k * l,
                                stiffness->tangent + k * m);
    }
    if (LAPACKE_dpbtrs(LAPACK_COL_MAJOR, 'L', (lapack_int)(n * m), (lapack_int)(2 * m - 1), 1,
                       stiffness->factor, (lapack_int)(2 * m), stiffness->tangent,
                       (lapack_int)(n * m)) != 0) {
        return lb_fail(stiffness->geometry->ctx, LB_ERR_NUMERIC, "geodesic: found no descent step");
    }
    memset(vectors, 0, n * l * sizeof *vectors);
    for (size_t k = 0; k < n; k++) {
        for (size_t a = 0; a < m; a++) {
            const double amount = stiffness->tangent[k * m + a];
            for (size_t j = 0; j < l; j++) {
                vectors[k * l + j] += amount * stiffness->bases[(k * m + a) * l + j];
            }
        }
    }
    return LB_OK;
}
