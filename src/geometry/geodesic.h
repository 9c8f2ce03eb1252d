/* Random geodesics of one length, for callers with host memory. */
#ifndef LB_GEOMETRY_GEODESIC_H
#define LB_GEOMETRY_GEODESIC_H

#include "geometry/sampling.h"

/**
 * Draws n geodesics of one length that lie inside the manifold and are shortest: paths (n, frames,
 * p), points at equal steps, the ends among them.
 *
 * @param found false: no such geodesic turned up in LB_SAMPLING_TRIES, the manifold is smaller than
 * that
 */
enum lb_status lb_dataset_paths(struct lb_dataset *dataset, struct lb_random_counter counter,
                                double distance, int frames, size_t n, float *paths, bool *found);

#endif
