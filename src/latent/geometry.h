/* Private part of a geometry: checked evaluation of Pi, tangent spaces, and the retraction onto
 * Z. */
#ifndef LB_LATENT_GEOMETRY_H
#define LB_LATENT_GEOMETRY_H

#include <lowbend/geometry.h>

#include "base/context.h"

struct lb_geometry {
    struct lb_context *ctx;
    struct lb_projection projection; ///< with all defaults resolved
    struct lb_metric metric;         ///< likewise; map NULL: Euclidean
    void (*release)(void *user);     ///< frees projection.user; NULL: owned by the caller
    double *matrix;                  ///< (l, l): D Pi
    double *vectors;                 ///< (l, l): its left singular vectors
    double *values;                  ///< (2, l): its singular values, and LAPACK's work space
};

/** m numbers: coefficients of a vector (l) in a basis (m, l). */
void lb_tangent_coefficients(const struct lb_geometry *geometry, const double *basis,
                             const double *vector, double *coefficients);
/** part (l): component of another vector (l) along a basis (m, l). */
void lb_tangent_part(const struct lb_geometry *geometry, const double *basis, const double *vector,
                     double *part);

/**
 * Moves n codes (n, l) onto Z along the normals of bases (n, m, l): z <- z + (1 - P)(Pi(z) - z),
 * until no code moves further than `enough` (0: as exactly as the projection can be evaluated).
 * Codes must start close to Z.
 */
enum lb_status lb_geometry_retract(struct lb_geometry *geometry, const double *bases, size_t n,
                                   double enough, double *codes);

/** Moves n codes (n, l) onto Z by Pi, from farther away; bases (n, m, l) receives the tangent
 * spaces there. */
enum lb_status lb_geometry_settle(struct lb_geometry *geometry, size_t n, double *codes,
                                  double *bases);

/** *rank: the number of singular values of D Pi above 1/2, at most of the n codes. They are 1 along
 * Z and 0 across it. */
enum lb_status lb_geometry_find_rank(struct lb_geometry *geometry, const double *codes, size_t n,
                                     size_t *rank);

/** LB_ERR_ARGUMENT for 0 segments, or so many that curve arrays would be too large. */
enum lb_status lb_geometry_check_segments(const struct lb_geometry *geometry, size_t segments);
/** LB_ERR_NUMERIC unless n codes (n, l) are finite; `what` names them. */
enum lb_status lb_geometry_check_finite(const struct lb_geometry *geometry, const double *codes,
                                        size_t n, const char *what);

#endif
