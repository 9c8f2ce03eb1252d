/* Random geodesics of a given length, in host memory. */
#ifndef LB_GEOMETRY_GEODESIC_H
#define LB_GEOMETRY_GEODESIC_H

#include "geometry/sampling.h"

/**
 * Draws n shortest geodesics of a given length inside the manifold: paths (n, frames, p), points at
 * equal steps including the ends.
 *
 * @param found false: found no such geodesic in LB_SAMPLING_TRIES; the manifold is too small
 */
enum lb_status lb_dataset_paths(struct lb_dataset *dataset, struct lb_random_counter counter,
                                double distance, int frames, size_t n, float *paths, bool *found);

#endif
