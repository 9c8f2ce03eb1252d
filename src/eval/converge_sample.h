/* All pairs of a finite sample of an analytic embedding. */
#ifndef LB_EVAL_CONVERGE_SAMPLE_H
#define LB_EVAL_CONVERGE_SAMPLE_H

#include <lowbend/converge.h>

#include "base/context.h"
#include "geometry/analytic.h"

/** Fills the levels prepared by lb_convergence_start(); `deviation` (levels) receives bending -
 * limit, with its own standard error. */
enum lb_status lb_analytic_sample(struct lb_context *ctx, const struct lb_analytic *analytic,
                                  const struct lb_converge_params *params,
                                  struct lb_convergence *out, struct lb_estimate *deviation);

#endif
