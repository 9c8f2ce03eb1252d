/* Geodesics of a run's latent manifold as decodable codes. */
#ifndef LB_EVAL_LATENT_CURVE_H
#define LB_EVAL_LATENT_CURVE_H

#include <lowbend/geometry.h>

#include "run/run.h"

/**
 * The geometry of a run with a projection for its encoder; *out is NULL for any other run. Free it
 * with lb_geometry_destroy().
 *
 * LB_ERR_FORMAT (the projection's file is damaged), LB_ERR_IO, LB_ERR_OPENCL, LB_ERR_MEMORY
 */
enum lb_status lb_run_find_geometry(struct lb_run *run, struct lb_geometry **out);

/** codes (frames, l): the latent geodesic between two codes (l), at equal steps with both ends;
 * frames >= 2. Errors as lb_geometry_geodesic(). */
enum lb_status lb_latent_curve(const struct lb_run *run, struct lb_geometry *geometry,
                               const float *from, const float *to, size_t frames, float *codes);

#endif
