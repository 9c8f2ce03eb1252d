#include "eval/pca.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lapacke.h>

/* mean (l), and covariance (l, l) of centred vectors. */
static void covariance(const float *vectors, size_t n, size_t l, double *mean, double *matrix)
{
    memset(mean, 0, l * sizeof *mean);
    memset(matrix, 0, l * l * sizeof *matrix);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < l; j++) {
            mean[j] += (double)vectors[i * l + j] / (double)n;
        }
    }
    for (size_t i = 0; i < n; i++) {
        const float *row = vectors + i * l;
        for (size_t j = 0; j < l; j++) {
            const double centred = (double)row[j] - mean[j];
            for (size_t k = j; k < l; k++) {
                matrix[j * l + k] += centred * ((double)row[k] - mean[k]);
            }
        }
    }
}

/* The sign that makes the largest coefficient of column `column` positive. */
static double sign_of(const double *eigenvectors, size_t l, size_t column)
{
    double largest = 0.0;
    for (size_t j = 0; j < l; j++) {
        const double value = eigenvectors[j * l + column];
        if (fabs(value) > fabs(largest)) {
            largest = value;
        }
    }
    return largest < 0.0 ? -1.0 : 1.0;
}

enum lb_status lb_pca_fit(struct lb_context *ctx, const float *vectors, size_t n, size_t l,
                          size_t components, double *mean, double *axes, double *share)
{
    double *matrix = malloc(l * l * sizeof *matrix);
    double *eigenvalues = malloc(l * sizeof *eigenvalues);
    enum lb_status status = LB_OK;
    if (matrix == NULL || eigenvalues == NULL) {
        status = lb_fail_memory(ctx, "principal components");
        goto fail;
    }
    covariance(vectors, n, l, mean, matrix);
    if (LAPACKE_dsyev(LAPACK_ROW_MAJOR, 'V', 'U', (lapack_int)l, matrix, (lapack_int)l,
                      eigenvalues) != 0) {
        status = lb_fail(ctx, LB_ERR_NUMERIC,
                         "principal components: the eigenvalues do not converge (are there NaN in "
                         "the latent codes?)");
        goto fail;
    }
    double total = 0.0;
    for (size_t j = 0; j < l; j++) {
        total += eigenvalues[j];
    }
    for (size_t c = 0; c < components; c++) {
        const size_t column = l - 1 - c; // eigenvalues are ascending
        const double sign = c < l ? sign_of(matrix, l, column) : 0.0;
        share[c] = c < l && total > 0.0 ? fmax(0.0, eigenvalues[column]) / total : 0.0;
        for (size_t j = 0; j < l; j++) {
            axes[c * l + j] = c < l ? sign * matrix[j * l + column] : 0.0;
        }
    }
fail:
    free(matrix);
    free(eigenvalues);
    return status;
}

void lb_pca_apply(const float *vectors, size_t n, size_t l, size_t components, const double *mean,
                  const double *axes, double *projected)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < components; c++) {
            double sum = 0.0;
            for (size_t j = 0; j < l; j++) {
                sum += ((double)vectors[i * l + j] - mean[j]) * axes[c * l + j];
            }
            projected[i * components + c] = sum;
        }
    }
}

void lb_pca_turn_dome_up(const float *vectors, size_t n, size_t l, const double *mean, double *axes)
{
    double moment = 0.0;
    for (size_t i = 0; i < n; i++) {
        double c[3];
        lb_pca_apply(vectors + i * l, 1, l, 3, mean, axes, c);
        moment += c[2] * (c[0] * c[0] + c[1] * c[1]);
    }
    for (size_t k = 0; k < l && moment > 0.0; k++) {
        axes[2 * l + k] *= -1.0;
    }
}

enum lb_status lb_pca(struct lb_context *ctx, const float *vectors, size_t n, size_t l,
                      size_t components, double *projected, double *share)
{
    double *mean = malloc(l * sizeof *mean);
    double *axes = malloc(components * l * sizeof *axes);
    enum lb_status status = LB_OK;
    if (mean == NULL || axes == NULL) {
        status = lb_fail_memory(ctx, "principal components");
        goto fail;
    }
    LB_CHECK(lb_pca_fit(ctx, vectors, n, l, components, mean, axes, share));
    lb_pca_apply(vectors, n, l, components, mean, axes, projected);
fail:
    free(mean);
    free(axes);
    return status;
}
