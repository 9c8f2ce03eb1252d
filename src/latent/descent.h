/*
 * Minimises a curve's energy on Z with fixed ends: limited-memory BFGS on the tangent spaces of its
 * inner codes, with lb_stiffness as the initial approximation of the second derivative. A step
 * moves along the tangent spaces, then back onto Z along their normals; remembered vectors are
 * projected to the new tangent spaces.
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
    double *curve;        ///< (segments+1, l), owned by the caller: the present curve
    double *trial;        ///< (segments+1, l)
    double *bases;        ///< (segments-1, m, l), at the curve's inner codes
    double *points;       ///< (segments+1, s): F of the curve, see latent/metric.h
    double *trial_points; ///< (segments+1, s)
    double *pushed;       ///< (segments-1, m, s): D F of the bases
    double *gradient;
    double *direction; ///< (segments-1, l) each, from here on
    double *part;
    double *step[LB_DESCENT_MEMORY];   ///< changes of the curve
    double *change[LB_DESCENT_MEMORY]; ///< changes of the gradient, the latest first
    int remembered;
    double *block; ///< memory that holds all of them
};

/** For curves of up to `most` segments. Initialise with {0}; the caller destroys it, also on
 * failure. */
enum lb_status lb_descent_create(struct lb_descent *descent, struct lb_geometry *geometry,
                                 size_t most);
void lb_descent_destroy(struct lb_descent *descent);

/** Minimises the energy of a curve (segments+1, l) whose inner codes are on Z; *info receives all
 * its values, with the iterations added to the previous number. */
enum lb_status lb_descent_run(struct lb_descent *descent, double *curve, size_t segments,
                              struct lb_curve_info *info);

#endif
