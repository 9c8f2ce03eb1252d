/* A finite set of points and all pairs among them (method.md, section 2). */
#ifndef LB_BATCH_POINT_SET_H
#define LB_BATCH_POINT_SET_H

#include "geometry/sampling.h"

#define LB_POINT_SET_SWAP 0x80000000u /* flag in a choice of a pair: y first */

struct lb_point_set {
    struct lb_dataset *dataset;
    int count;         ///< N
    size_t pair_count; ///< below 2^31
    cl_mem points;     ///< (N, p)
    cl_mem pairs;      ///< (pair_count, 2) indices i < j of points, sorted
    cl_mem distance;   ///< (pair_count)
    cl_kernel gather_pairs;
    cl_kernel gather_points;
};

/**
 * Draws n points from the volume measure and finds all pairs with distance in [min_distance,
 * epsilon] by testing every pair. Initialise with {0}; the caller destroys it, also on failure.
 * LB_ERR_ARGUMENT for 2^31 pairs or more.
 */
enum lb_status lb_point_set_create(struct lb_point_set *set, struct lb_dataset *dataset,
                                   uint64_t seed, int n, double min_distance, double epsilon);
void lb_point_set_destroy(struct lb_point_set *set);

/**
 * Enqueues a batch: x, y, geodesic midpoints and distances.
 *
 * @param choice (rows) cl_uint: indices of pairs, with LB_POINT_SET_SWAP if y comes first
 */
enum lb_status lb_point_set_gather_pairs(struct lb_point_set *set, cl_mem choice, int rows,
                                         const struct lb_pair_buffers *batch);
/** Enqueues the points (rows, p) with these indices. */
enum lb_status lb_point_set_gather_points(struct lb_point_set *set, cl_mem choice, int rows,
                                          cl_mem points);

#endif
