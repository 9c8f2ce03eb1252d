/* Singular values of the encoder's derivative at given points. */
#ifndef LB_EVAL_DIFFERENTIAL_MEASURE_H
#define LB_EVAL_DIFFERENTIAL_MEASURE_H

#include "run/run.h"

/**
 * Singular values (n, m), descending, of D phi at n points (n, p), with the same differences as the
 * measure; NAN at points too close to a boundary.
 */
enum lb_status lb_run_point_sigmas(struct lb_run *run, const float *points, size_t n,
                                   double *sigmas);

#endif
