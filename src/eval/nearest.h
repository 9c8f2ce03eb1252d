/* Distance of latent vectors from the embedded manifold phi(M). */
#ifndef LB_EVAL_NEAREST_H
#define LB_EVAL_NEAREST_H

#include <stdint.h>

#include "run/run.h"

/**
 * distances (n) of n targets (n, l) from phi(M): compares the codes of `cloud` random points and of
 * the given point `starts` (n, p) for each target, then descends on M from the nearest one with
 * damped Newton steps. The result may be a local minimum, so distances are upper bounds, exact up
 * to float32 (about 1e-6 |phi|) if the cloud is dense relative to the manifold's curvature.
 *
 * LB_ERR_MEMORY, LB_ERR_NUMERIC (codes are not finite), LB_ERR_OPENCL
 */
enum lb_status lb_run_distance_to_manifold(struct lb_run *run, const float *targets,
                                           const float *starts, size_t n, size_t cloud,
                                           uint64_t seed, double *distances);

#endif
