/*
 * Descent of a curve's energy on Z, both ends fixed: limited-memory BFGS on the tangent spaces of
 * its inner codes, whose first guess of the second derivative is lb_stiffness. A step is a move
 * along the tangent spaces, then back onto Z along their normals; the vectors that it remembers are
 * projected on the new tangent spaces.
 */
#ifndef LB_LATENT_DESCENT_H
#define LB_LATENT_DESCENT_H

#include "latent/geometry.h"
#include "latent/stiffness.h"

enum { LB_DESCENT_MEMORY = 8 };

struct lb_descent {
    struct lb_geometry *geometry;
    struct lb_stiffness stiffness;
    size_t segments;
    double *curve;        ///< (segments+1, l), the caller's: what is being changed
    double *trial;        ///< (segments+1, l)
    double *bases;        ///< (segments-1, m, l), at the curve's inner codes
    double *points;       ///< (segments+1, s): F of the curve, see latent/metric.h
    double *trial_points; ///< (segments+1, s)
    double *pushed;       ///< (segments-1, m, s): D F of the bases
    double *gradient;
    double *direction; ///< (segments-1, l) each, from here on
    double *part;
    double *step[LB_DESCENT_MEMORY];   ///< how the curve changed
    double *change[LB_DESCENT_MEMORY]; ///< how the gradient changed, the latest first
    int remembered;
    double *block; ///< what all of them lie in
};

/** Room for curves of up to `most` segments. Starts as {0}; the caller destroys it, also on
 * failure. */
enum lb_status lb_descent_create(struct lb_descent *descent, struct lb_geometry *geometry,
                                 size_t most);
void lb_descent_destroy(struct lb_descent *descent);

/** Lowers the energy of a curve (segments+1, l) whose inner codes are on Z; *info receives all that
 * it holds, the iterations added to those that are there. */
enum lb_status lb_descent_run(struct lb_descent *descent, double *curve, size_t segments,
                              struct lb_curve_info *info);

#endif
