/* What transport around a triangle does, on manifolds where its area tells. */
#ifndef LB_EVAL_HOLONOMY_H
#define LB_EVAL_HOLONOMY_H

#include <lowbend/geometry_evaluation.h>

#include "run/run.h"

/** Fills in triangles, area and angle; leaves them empty on other manifolds than the unit sphere
 * and its caps. */
enum lb_status lb_run_holonomy(struct lb_run *run, struct lb_geometry *geometry, uint64_t seed,
                               size_t segments, struct lb_geometry_evaluation *out);

#endif
