/*
 * Second derivative of the energy along the tangent spaces of a curve's inner codes, neglecting the
 * curvature of Z:
 *
 *     A = J^t S J,   S = 2 K tridiag(-1, 2, -1) (x) 1,
 *
 * where J consists of the metric's images of the tangent bases T, or T itself. It is positive
 * definite, and its inverse turns the energy's gradient into a nearly Newton step if the curve is
 * short compared with Z's radii of curvature.
 */
#ifndef LB_LATENT_STIFFNESS_H
#define LB_LATENT_STIFFNESS_H

#include <stddef.h>

#include "latent/geometry.h"

struct lb_stiffness {
    const struct lb_geometry *geometry;
    const double *bases; ///< T (n, m, l), not owned
    size_t n;            ///< number of codes
    double *factor;      ///< (n m, 2 m): its banded Cholesky factor, column by column
    double *tangent;     ///< (n, m): work space for coefficients
};

/** For up to `most` codes. Initialise with {0}; the caller destroys it, also on failure. */
enum lb_status lb_stiffness_create(struct lb_stiffness *stiffness,
                                   const struct lb_geometry *geometry, size_t most);
void lb_stiffness_destroy(struct lb_stiffness *stiffness);

/** Sets the curve's bases T (n, m, l), their images J (n, m, size) and the number of segments, n +
 * 1. */
enum lb_status lb_stiffness_set(struct lb_stiffness *stiffness, const double *bases,
                                const double *pushed, size_t size, size_t n);

/** vectors (n, l) <- T A^-1 T^t vectors. */
enum lb_status lb_stiffness_solve(struct lb_stiffness *stiffness, double *vectors);

#endif
