/* Holonomy: transport around a triangle, on manifolds where its area determines the result. */
#ifndef LB_EVAL_HOLONOMY_H
#define LB_EVAL_HOLONOMY_H

#include <lowbend/geometry_evaluation.h>

#include "run/run.h"

/** Sets triangles, area and angle; leaves them empty on manifolds without constant curvature. */
enum lb_status lb_run_holonomy(struct lb_run *run, struct lb_geometry *geometry, uint64_t seed,
                               size_t segments, struct lb_geometry_evaluation *out);

#endif
