/* Distances of all pairs of points on the device. */
#ifndef LB_GEOMETRY_DISTANCE_MATRIX_H
#define LB_GEOMETRY_DISTANCE_MATRIX_H

#include "geometry/dataset.h"

/** Most points of a distance matrix, whose n^2 numbers are indexed with int. */
enum { LB_DISTANCE_MATRIX_MAX = 46340 };

/** Enqueues distance (n, n), symmetric, with zero diagonal, of points (n, p). LB_ERR_UNSUPPORTED if
 * the manifold is unknown. */
enum lb_status lb_dataset_enqueue_distance_matrix(struct lb_dataset *dataset, cl_mem points, int n,
                                                  cl_mem distance);

#endif
