/* The geometry of a RUN's latent manifold against that of the manifold itself. */
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

/** Means over pairs of points at one distance, with standard errors; NAN where it is not known.
 * Lengths in latent units. */
struct lb_geometry_errors {
    double distance;                    ///< d
    struct lb_estimate length;          ///< of the latent geodesic
    struct lb_estimate length_over_d;   ///< over (scale d): 1 is perfect
    struct lb_estimate path_error;      ///< mean |z_k - phi(true point)| over the inner codes
    struct lb_estimate image_mse;       ///< its decoded images against the true ones, per pixel
    struct lb_estimate line_mse;        ///< the same of the straight latent line
    struct lb_estimate blend_mse;       ///< the same of blended pixels
    struct lb_estimate exponential;     ///< |end of the exponential - phi(true end)|
    struct lb_estimate exponential_mse; ///< its decoded image against the true one
    struct lb_estimate transport;       ///< radians between the velocity, transported along the
                                        ///< latent geodesic, and that at the true end
    struct lb_estimate mean_error;      ///< |mean of both ends, the second with thrice the weight,
                                        ///< - phi(the true geodesic's point)|; over the first pairs
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[14];
};

struct lb_geometry_evaluation {
    struct lb_projection_info projection;
    double scale; ///< exp(mean log sigma) of D phi, as in eval.json
    size_t count; ///< distances
    struct lb_geometry_errors errors[LB_GEOMETRY_DISTANCES];
    /** Of spheres, caps, flat tori and Klein bottles: geodesic triangles, their areas over the
     * squared radius of curvature, 0 where that is infinite, and by which angle a vector turns that
     * is transported around their latent images. */
    size_t triangles;
    double *area;  ///< (triangles)
    double *angle; ///< (triangles), 0 to pi
    /** For pictures: the first latent geodesic of the largest distance, codes of the true points,
     * and some codes. */
    size_t latent;   ///< l
    size_t segments; ///< K of all curves
    double *curve;   ///< (K+1, l); NULL: there is none
    double *truth;   ///< (K+1, l)
    size_t codes;
    float *cloud; ///< (codes, l)
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[16];
};

struct lb_geometry_evaluation_params {
    size_t pairs;    ///< of points at each distance; 0 (default): 32
    size_t segments; ///< K, at least 4; 0 (default): 16
    uint64_t seed;   ///< default 0
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[8];
};

/**
 * Measures at distances of 2, 4 and 8 epsilon, as far as there are shortest geodesics of that
 * length below the injectivity radius. The RUN has its projection already.
 *
 * @param params   NULL: the defaults
 * @param progress may be NULL
 * @param out      free it with lb_geometry_evaluation_free(), also on failure
 *
 * @return LB_OK; LB_ERR_NOT_FOUND (no projection); LB_ERR_UNSUPPORTED (own pairs, whose geodesics
 *         are not known); LB_ERR_ARGUMENT (fewer than 4 segments); LB_ERR_INTERRUPTED (progress
 *         said stop); LB_ERR_NUMERIC; LB_ERR_OPENCL; LB_ERR_MEMORY
 */
LB_API enum lb_status lb_run_evaluate_geometry(struct lb_run *run,
                                               const struct lb_geometry_evaluation_params *params,
                                               lb_evaluate_fn progress, void *user,
                                               struct lb_geometry_evaluation *out);
LB_API void lb_geometry_evaluation_free(struct lb_geometry_evaluation *evaluation);

/** The JSON text of geometry.json, to be freed with free(); NULL when out of memory. */
LB_API char *lb_geometry_evaluation_json(const struct lb_geometry_evaluation *evaluation);

/** Writes geometry.json into the RUN folder. */
LB_API enum lb_status lb_run_write_geometry(struct lb_run *run,
                                            const struct lb_geometry_evaluation *evaluation);

/** Writes geometry.png into the RUN folder: errors over the distance, and a latent geodesic among
 * the codes. */
LB_API enum lb_status
lb_run_write_geometry_picture(struct lb_run *run, const struct lb_geometry_evaluation *evaluation);

#ifdef __cplusplus
}
#endif

#endif
