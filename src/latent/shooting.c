/* The exponential map and its inverse, the logarithm. */
#include <stdlib.h>
#include <string.h>

#include "latent/geometry.h"
#include "latent/metric.h"

enum lb_status lb_geometry_exponential(struct lb_geometry *geometry, const double *from,
                                       const double *velocity, size_t segments, double *curve)
{
    const size_t l = geometry->projection.latent;
    LB_TRY(lb_metric_check_euclidean(geometry, "the exponential map"));
    LB_TRY(lb_geometry_check_segments(geometry, segments));
    LB_TRY(lb_geometry_check_finite(geometry, from, 1, "start"));
    LB_TRY(lb_geometry_check_finite(geometry, velocity, 1, "velocity"));
    double *basis = malloc((geometry->projection.dimension + 1) * l * sizeof *basis);
    if (basis == NULL) {
        return lb_fail_memory(geometry->ctx, "exponential");
    }
    double *part = basis + geometry->projection.dimension * l;
    enum lb_status status = LB_OK;
    memcpy(curve, from, l * sizeof *curve);
    for (size_t k = 0; k < segments; k++) {
        const double *here = curve + k * l;
        double *next = curve + (k + 1) * l;
        LB_CHECK(lb_geometry_tangent(geometry, here, 1, basis));
        if (k == 0) {
            lb_tangent_part(geometry, basis, velocity, part);
        }
        for (size_t j = 0; j < l; j++) {
            next[j] =
                here[j] + (k == 0 ? part[j] / (double)segments : here[j] - curve[(k - 1) * l + j]);
        }
        /* Z is reached along the normals at z_k, so z_{k+1} - 2 z_k + z_{k-1} stays normal to it */
        LB_CHECK(lb_geometry_retract(geometry, basis, 1, 0.0, next));
    }
fail:
    free(basis);
    return status;
}

enum lb_status lb_geometry_logarithm(struct lb_geometry *geometry, const double *from,
                                     const double *to, size_t segments, double *velocity)
{
    const size_t l = geometry->projection.latent;
    LB_TRY(lb_metric_check_euclidean(geometry, "the logarithm"));
    LB_TRY(lb_geometry_check_segments(geometry, segments));
    double *curve = malloc((segments + 1 + geometry->projection.dimension) * l * sizeof *curve);
    if (curve == NULL) {
        return lb_fail_memory(geometry->ctx, "logarithm");
    }
    double *basis = curve + (segments + 1) * l;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_geometry_geodesic(geometry, from, to, segments, curve, NULL));
    LB_CHECK(lb_geometry_tangent(geometry, from, 1, basis));
    for (size_t j = 0; j < l; j++) { // the curve's first code is no longer needed
        curve[j] = (double)segments * (curve[l + j] - from[j]);
    }
    lb_tangent_part(geometry, basis, curve, velocity);
fail:
    free(curve);
    return status;
}
