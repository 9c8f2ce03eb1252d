/* Distances of all pairs of points on the device. */
#ifndef LB_GEOMETRY_DISTANCE_MATRIX_H
#define LB_GEOMETRY_DISTANCE_MATRIX_H

#include "geometry/dataset.h"

/** Points of a distance matrix, at most: its n^2 numbers are counted by an int. */
enum { LB_DISTANCE_MATRIX_MAX = 46340 };

/** Enqueues distance (n, n), symmetric, 0 on the diagonal, of points (n, p). LB_ERR_UNSUPPORTED
 * where no manifold is known. */
enum lb_status lb_dataset_enqueue_distance_matrix(struct lb_dataset *dataset, cl_mem points, int n,
                                                  cl_mem distance);

#endif
