/* E_epsilon of analytic embeddings without sampling error. */
#ifndef LB_EVAL_CONVERGE_ANALYTIC_H
#define LB_EVAL_CONVERGE_ANALYTIC_H

#include <lowbend/converge.h>

#include "eval/pair_pattern.h"
#include "geometry/analytic.h"

/** Computes exact_distortion and exact_bending of one level by quadrature. */
void lb_analytic_exact(const struct lb_analytic *analytic, const struct lb_pair_pattern *pattern,
                       double c, struct lb_converge_level *level);

#endif
