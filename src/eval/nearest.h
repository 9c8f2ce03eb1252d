/* How far vectors of the latent space are from the embedded manifold phi(M). */
#ifndef LB_EVAL_NEAREST_H
#define LB_EVAL_NEAREST_H

#include <stdint.h>

#include "run/run.h"

/**
 * distances (n) of n targets (n, l) from phi(M): the codes of `cloud` random points and of the
 * point `starts` (n, p) that is given for each target are compared, and from the nearest one damped
 * Newton steps go down on M. The point found may be a local minimum, so distances are upper
 * bounds, exact up to float32 (about 1e-6 |phi|) where the manifold is not much more curved than
 * the cloud is dense.
 *
 * LB_ERR_MEMORY, LB_ERR_NUMERIC (codes are not finite), LB_ERR_OPENCL
 */
enum lb_status lb_run_distance_to_manifold(struct lb_run *run, const float *targets,
                                           const float *starts, size_t n, size_t cloud,
                                           uint64_t seed, double *distances);

#endif
