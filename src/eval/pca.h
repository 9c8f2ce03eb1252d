/* Principal components of a set of vectors. */
#ifndef LB_EVAL_PCA_H
#define LB_EVAL_PCA_H

#include <stddef.h>

#include "base/context.h"

/**
 * The first `components` principal components of n vectors (n, l).
 *
 * @param mean  (l)
 * @param axes  (components, l), orthonormal rows, those beyond l are 0. Signs are chosen such that
 *              the largest coefficient is positive.
 * @param share (components): fraction of the total variance of each
 *
 * LB_ERR_MEMORY; LB_ERR_NUMERIC if LAPACK does not converge (NaN in the data).
 */
enum lb_status lb_pca_fit(struct lb_context *ctx, const float *vectors, size_t n, size_t l,
                          size_t components, double *mean, double *axes, double *share);

/** projected (n, components) of n vectors (n, l). */
void lb_pca_apply(const float *vectors, size_t n, size_t l, size_t components, const double *mean,
                  const double *axes, double *projected);

/** Flips the third axis such that a dome of vectors (n, l) has its top up: its rim lies far from
 * zero in the first two components. Needs three components. */
void lb_pca_turn_dome_up(const float *vectors, size_t n, size_t l, const double *mean,
                         double *axes);

/**
 * Projects n vectors (n, l) to their first `components` principal components.
 *
 * @param projected (n, components), centred; columns beyond l are 0. Signs are chosen such that the
 *                  largest coefficient is positive.
 * @param share     (components): fraction of the total variance of each
 *
 * LB_ERR_MEMORY; LB_ERR_NUMERIC if LAPACK does not converge (NaN in the data).
 */
enum lb_status lb_pca(struct lb_context *ctx, const float *vectors, size_t n, size_t l,
                      size_t components, double *projected, double *share);

#endif
