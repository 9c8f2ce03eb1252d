/* Queries of the manifold for points in host memory; see also lowbend/dataset.h. */
#ifndef LB_GEOMETRY_QUERY_H
#define LB_GEOMETRY_QUERY_H

#include "geometry/dataset.h"

/** Geodesic midpoints of n pairs, all (n, p) in host memory. */
enum lb_status lb_dataset_midpoints(struct lb_dataset *dataset, const float *x, const float *y,
                                    size_t n, float *midpoints);

/** inside (n): 1 if the manifold contains the point (n, p), else 0, in host memory. */
enum lb_status lb_dataset_contains(struct lb_dataset *dataset, const float *points, size_t n,
                                   float *inside);

#endif
