/* Compares the geometry of a RUN's latent manifold with that of the true manifold. */
#ifndef LOWBEND_GEOMETRY_EVALUATION_H
#define LOWBEND_GEOMETRY_EVALUATION_H

#include <stddef.h>
#include <stdint.h>

#include <lowbend/evaluate.h>
#include <lowbend/projection.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LB_GEOMETRY_DISTANCES 3 /* at most: 2, 4 and 8 epsilon */

/** Means over pairs of points at one distance, with standard errors; NAN if unknown. Lengths are in
 * latent units. */
struct lb_geometry_errors {
    double distance;                    ///< d
    struct lb_estimate length;          ///< length of the latent geodesic
    struct lb_estimate length_over_d;   ///< length / (scale d); 1 is perfect
    struct lb_estimate path_error;      ///< mean |z_k - phi(true point)| over the inner codes
    struct lb_estimate image_mse;       ///< decoded images against the true ones, per pixel
    struct lb_estimate line_mse;        ///< likewise for the straight latent line
    struct lb_estimate blend_mse;       ///< likewise for pixel blends
    struct lb_estimate exponential;     ///< |end point of the exponential - phi(true end point)|
    struct lb_estimate exponential_mse; ///< its decoded image against the true one
    struct lb_estimate transport; ///< angle in radians between the velocity transported along the
                                  ///< latent geodesic and the velocity at the true end
    /** |mean of both ends, the second with triple weight, - phi(corresponding point on the true
     * geodesic)|, over the first pairs. */
    struct lb_estimate mean_error;
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[14];
};

struct lb_geometry_evaluation {
    struct lb_projection_info projection;
    double scale; ///< exp(mean log sigma) of D phi, as in eval.json
    size_t count; ///< number of distances
    struct lb_geometry_errors errors[LB_GEOMETRY_DISTANCES];
    /** Only spheres, caps, flat tori and Klein bottles: geodesic triangles, their areas divided by
     * the squared radius of curvature (0 if that is infinite), and the angle by which a vector
     * turns when transported around their latent images. */
    size_t triangles;
    double *area;  ///< (triangles)
    double *angle; ///< (triangles), 0 to pi
    /** For plots: the first latent geodesic at the largest distance, the codes of the true points,
     * and some codes of the manifold. */
    size_t latent;   ///< l
    size_t segments; ///< K of all curves
    double *curve;   ///< (K+1, l); NULL: none
    double *truth;   ///< (K+1, l)
    size_t codes;
    float *cloud; ///< (codes, l)
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[16];
};

struct lb_geometry_evaluation_params {
    size_t pairs;    ///< pairs of points at each distance; 0 (default): 32
    size_t segments; ///< K, at least 4; 0 (default): 16
    uint64_t seed;   ///< default 0
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[8];
};

/**
 * Compares at distances of 2, 4 and 8 epsilon, as far as shortest geodesics of that length exist
 * below the injectivity radius. The RUN must already have a projection.
 *
 * @param params   NULL: the defaults
 * @param progress may be NULL
 * @param out      free it with lb_geometry_evaluation_free(), even on failure
 *
 * @return LB_OK; LB_ERR_NOT_FOUND (no projection); LB_ERR_UNSUPPORTED (user pairs, whose geodesics
 *         are unknown); LB_ERR_ARGUMENT (fewer than 4 segments); LB_ERR_INTERRUPTED (progress
 *         returned false); LB_ERR_NUMERIC; LB_ERR_OPENCL; LB_ERR_MEMORY
 */
LB_API enum lb_status lb_run_evaluate_geometry(struct lb_run *run,
                                               const struct lb_geometry_evaluation_params *params,
                                               lb_evaluate_fn progress, void *user,
                                               struct lb_geometry_evaluation *out);
LB_API void lb_geometry_evaluation_free(struct lb_geometry_evaluation *evaluation);

/** The JSON text of geometry.json; release it with free(). NULL if out of memory. */
LB_API char *lb_geometry_evaluation_json(const struct lb_geometry_evaluation *evaluation);

/** Writes geometry.json to the RUN folder. */
LB_API enum lb_status lb_run_write_geometry(struct lb_run *run,
                                            const struct lb_geometry_evaluation *evaluation);

/** Writes geometry.png to the RUN folder: errors over distance, and a latent geodesic among the
 * codes. */
LB_API enum lb_status
lb_run_write_geometry_picture(struct lb_run *run, const struct lb_geometry_evaluation *evaluation);

#ifdef __cplusplus
}
#endif

#endif
