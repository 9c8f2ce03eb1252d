#include "eval/differential.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lapacke.h>

/* A direction whose singular value is below this fraction of the largest is lost in float32
 * rounding and not part of the tangent space. */
static const double smallest_share = 1e-5;

enum step { PLUS, MINUS, HALF_PLUS, HALF_MINUS, STEPS };

size_t lb_stencil_directions(size_t m)
{
    return m * (m + 1) / 2;
}

size_t lb_stencil_size(size_t m)
{
    return 1 + STEPS * lb_stencil_directions(m);
}

void lb_stencil_steps(size_t m, double h, float *coefficients)
{
    static const double factors[STEPS] = {1.0, -1.0, 0.5, -0.5};
    memset(coefficients, 0, lb_stencil_size(m) * m * sizeof *coefficients);
    float *row = coefficients + m;
    for (size_t i = 0; i < m; i++) {
        for (size_t j = i; j < m; j++) {
            const double length = i == j ? h : h * sqrt(0.5);
            for (int s = 0; s < STEPS; s++) {
                row[i] = (float)(factors[s] * length);
                row[j] = (float)(factors[s] * length);
                row += m;
            }
        }
    }
}

/* The values (l) for one step along one direction. */
static const double *value_at(const double *values, size_t l, size_t direction, enum step step)
{
    return values + (1 + STEPS * direction + (size_t)step) * l;
}

void lb_stencil_second(size_t m, size_t l, double h, const double *values, double *second)
{
    for (size_t v = 0; v < lb_stencil_directions(m); v++) {
        const double *plus = value_at(values, l, v, PLUS);
        const double *minus = value_at(values, l, v, MINUS);
        const double *half_plus = value_at(values, l, v, HALF_PLUS);
        const double *half_minus = value_at(values, l, v, HALF_MINUS);
        for (size_t k = 0; k < l; k++) {
            const double at_h = ((plus[k] - values[k]) + (minus[k] - values[k])) / (h * h);
            const double at_half_h =
                4.0 * ((half_plus[k] - values[k]) + (half_minus[k] - values[k])) / (h * h);
            second[v * l + k] = (4.0 * at_half_h - at_h) / 3.0;
        }
    }
}

/* first (m, l): the derivative along each vector of the frame. */
static void first_derivatives(size_t m, size_t l, double h, const double *values, double *first)
{
    size_t v = 0;
    for (size_t i = 0; i < m; i++) {
        const double *plus = value_at(values, l, v, PLUS);
        const double *minus = value_at(values, l, v, MINUS);
        const double *half_plus = value_at(values, l, v, HALF_PLUS);
        const double *half_minus = value_at(values, l, v, HALF_MINUS);
        for (size_t k = 0; k < l; k++) {
            const double at_h = (plus[k] - minus[k]) / (2.0 * h);
            const double at_half_h = (half_plus[k] - half_minus[k]) / h;
            first[i * l + k] = (4.0 * at_half_h - at_h) / 3.0;
        }
        v += m - i; // skip (e_i + e_j) / sqrt 2, j > i
    }
}

/* hessian (directions, l): computes entries (i, j), i <= j, in place from the values at (v, v). */
static void polarise(size_t m, size_t l, double *hessian)
{
    size_t row = 0;
    for (size_t i = 0; i < m; i++) {
        size_t column = row;
        for (size_t j = i + 1; j < m; j++) {
            column += m - j + 1; // the row of (e_j, e_j)
            double *entry = hessian + (row + j - i) * l;
            for (size_t k = 0; k < l; k++) {
                // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): the analyser does not
                // count the rows
                entry[k] -= 0.5 * (hessian[row * l + k] + hessian[column * l + k]);
            }
        }
        row += m - i;
    }
}

/* (|tr H|^2 + 2 |H|^2) / (m (m + 2)) of a hessian (directions, l), the mean of |H(v,v)|^2. */
static double mean_square(size_t m, size_t l, const double *hessian)
{
    double sum = 0.0;
    for (size_t k = 0; k < l; k++) {
        double trace = 0.0;
        size_t v = 0;
        for (size_t i = 0; i < m; i++) {
            trace += hessian[v * l + k];
            for (size_t j = i; j < m; j++) {
                const double entry = hessian[v * l + k];
                sum += (i == j ? 2.0 : 4.0) * entry * entry;
                v++;
            }
        }
        sum += trace * trace;
    }
    return sum / (double)(m * (m + 2));
}

/* Removes from each vector of hessian (directions, l) its component in the span of `rank`
 * orthonormal vectors of basis (rank, l); its coefficients go to inner (directions, rank). */
static void split(size_t directions, size_t l, const double *basis, size_t rank, double *hessian,
                  double *inner)
{
    for (size_t v = 0; v < directions; v++) {
        double *vector = hessian + v * l;
        for (size_t r = 0; r < rank; r++) {
            const double *unit = basis + r * l;
            double product = 0.0;
            for (size_t k = 0; k < l; k++) {
                product += unit[k] * vector[k];
            }
            for (size_t k = 0; k < l; k++) {
                vector[k] -= product * unit[k];
            }
            inner[v * rank + r] = product;
        }
    }
}

enum lb_status lb_differential_of(struct lb_context *ctx, size_t m, size_t l, double h,
                                  const double *values, struct lb_differential *out)
{
    const size_t directions = lb_stencil_directions(m);
    const size_t small = m < l ? m : l;
    double *first = malloc(m * l * sizeof *first);
    double *basis = malloc(small * l * sizeof *basis);
    double *hessian = malloc(directions * l * sizeof *hessian);
    double *inner = malloc(directions * small * sizeof *inner);
    double *work = malloc(small * sizeof *work);
    enum lb_status status = LB_OK;
    if (first == NULL || basis == NULL || hessian == NULL || inner == NULL || work == NULL) {
        status = lb_fail_memory(ctx, "derivatives");
        goto fail;
    }
    first_derivatives(m, l, h, values, first);
    memset(out->sigma, 0, m * sizeof *out->sigma);
    /* Our rows are LAPACK's columns: an (l, m) matrix, with left singular vectors in `basis` */
    double no_right_vectors = 0.0;
    if (LAPACKE_dgesvd(LAPACK_COL_MAJOR, 'S', 'N', (lapack_int)l, (lapack_int)m, first,
                       (lapack_int)l, out->sigma, basis, (lapack_int)l, &no_right_vectors, 1,
                       work) != 0) {
        status = lb_fail(ctx, LB_ERR_NUMERIC,
                         "derivatives: the singular values do not converge (are there NaN in the "
                         "latent codes?)");
        goto fail;
    }
    size_t rank = 0;
    while (rank < small && out->sigma[rank] > smallest_share * out->sigma[0]) {
        rank++;
    }
    lb_stencil_second(m, l, h, values, hessian);
    polarise(m, l, hessian);
    split(directions, l, basis, rank, hessian, inner);
    out->tangential = mean_square(m, rank, inner);
    out->normal = mean_square(m, l, hessian);
fail:
    free(first);
    free(basis);
    free(hessian);
    free(inner);
    free(work);
    return status;
}
