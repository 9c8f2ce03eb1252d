/*
 * First and second derivatives of a map at one point, from its values at geodesic steps.
 *
 * In an orthonormal frame e_1, ..., e_m the directions are e_i and (e_i + e_j) / sqrt 2, i < j.
 * Along each direction the map is evaluated at steps +-h and +-h/2, and both central differences
 * are extrapolated, (4 D(h/2) - D(h)) / 3. Geodesics have no acceleration, so the second derivative
 * along one is Hess phi(v, v); the entries of Hess phi follow by polarisation.
 */
#ifndef LB_EVAL_DIFFERENTIAL_H
#define LB_EVAL_DIFFERENTIAL_H

#include <stddef.h>

#include "base/context.h"

/** m (m + 1) / 2. */
size_t lb_stencil_directions(size_t m);
/** Number of evaluations of the stencil: the point itself, then four per direction. */
size_t lb_stencil_size(size_t m);

/** The steps as coefficients (size, m) in the frame: 0, then h v, -h v, h v / 2, -h v / 2. */
void lb_stencil_steps(size_t m, double h, float *coefficients);

/** Hess phi(v, v) for all directions v: second (directions, l), from values (size, l). */
void lb_stencil_second(size_t m, size_t l, double h, const double *values, double *second);

/** Derivatives at a point. */
struct lb_differential {
    double
        *sigma; ///< (m) singular values of D phi, descending; zeros if l < m. Owned by the caller.
    /** Mean |Hess phi(v, v)|^2 over unit v: component in the span of D phi, and the rest. */
    double tangential;
    double normal;
};

/** values (size, l). LB_ERR_NUMERIC (the singular values do not converge), LB_ERR_MEMORY */
enum lb_status lb_differential_of(struct lb_context *ctx, size_t m, size_t l, double h,
                                  const double *values, struct lb_differential *out);

#endif
