/*
 * The energy's second derivative along the tangent spaces of a curve's inner codes, the part that
 * bends with Z left out:
 *
 *     A = J^t S J,   S = 2 K tridiag(-1, 2, -1) (x) 1,
 *
 * J block by block the metric's images of the tangent bases T, or T itself. It is positive
 * definite, and its inverse turns the energy's gradient into a step that is nearly Newton's where a
 * curve is short against Z's radii of curvature.
 */
#ifndef LB_LATENT_STIFFNESS_H
#define LB_LATENT_STIFFNESS_H

#include <stddef.h>

#include "latent/geometry.h"

struct lb_stiffness {
    const struct lb_geometry *geometry;
    const double *bases; ///< T (n, m, l), not owned
    size_t n;            ///< codes
    double *factor;      ///< (n m, 2 m): its Cholesky factor, column by column, a band
    double *tangent;     ///< (n, m): room for coefficients
};

/** Room for up to `most` codes. Starts as {0}; the caller destroys it, also on failure. */
enum lb_status lb_stiffness_create(struct lb_stiffness *stiffness,
                                   const struct lb_geometry *geometry, size_t most);
void lb_stiffness_destroy(struct lb_stiffness *stiffness);

/** Takes on the curve's bases T (n, m, l), their images J (n, m, size) and its number of segments,
 * n + 1. */
enum lb_status lb_stiffness_set(struct lb_stiffness *stiffness, const double *bases,
                                const double *pushed, size_t size, size_t n);

/** vectors (n, l) <- T A^-1 T^t vectors. */
enum lb_status lb_stiffness_solve(struct lb_stiffness *stiffness, double *vectors);

#endif
