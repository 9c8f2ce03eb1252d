/* The dataset's kernels on device memory, as enqueued by a training step. */
#ifndef LB_GEOMETRY_SAMPLING_H
#define LB_GEOMETRY_SAMPLING_H

#include <stdint.h>

#include "base/philox.h"
#include "geometry/dataset.h"

/** Attempts to draw a point inside the manifold before the kernels give up. */
enum { LB_SAMPLING_TRIES = 1000 };

/** Position in the random numbers: (seed, stream, step) and the index of the first item. */
struct lb_random_counter {
    uint64_t seed;
    enum lb_stream stream;
    uint32_t step;
    uint32_t first;
};

/** Enqueues n points (n, p) from the volume measure. */
enum lb_status lb_dataset_enqueue_points(struct lb_dataset *dataset,
                                         struct lb_random_counter counter, int n, cl_mem points);

/** Images per pair: x, y and average; per chain: five equidistant points on a geodesic. */
enum { LB_PAIR_IMAGES = 3, LB_CHAIN_IMAGES = 5 };

/** Device memory for n pairs or n chains. */
struct lb_pair_buffers {
    cl_mem points;   ///< (3 n, p): all x, all y, all averages; or (5 n, p): all first points, ...
    cl_mem distance; ///< (n): between x and y, or between a chain's ends
    cl_mem failed;   ///< one int: set to 1 if no y inside the manifold was found
};

/** Creates the buffers for n pairs or chains with `points` points in total and `failed` 0;
 * initialise with {0}, the caller releases it. */
enum lb_status lb_pair_buffers_create(struct lb_pair_buffers *pairs, struct lb_dataset *dataset,
                                      size_t n, size_t points);
void lb_pair_buffers_release(struct lb_pair_buffers *pairs);

/** Enqueues n pairs with distances in [min_distance, epsilon]. */
enum lb_status lb_dataset_enqueue_pairs(struct lb_dataset *dataset,
                                        struct lb_random_counter counter, int n,
                                        double min_distance, double epsilon,
                                        const struct lb_pair_buffers *pairs);

/** The same, plus the pairs' images (3 n, D). */
enum lb_status lb_dataset_enqueue_pair_images(struct lb_dataset *dataset,
                                              struct lb_random_counter counter, int n,
                                              double min_distance, double epsilon,
                                              const struct lb_pair_buffers *pairs, cl_mem images);

/** Enqueues n chains (method.md, section 2) with end-to-end distances in [min_distance, epsilon],
 * ordered by position in the chain, then by chain, and their images (5 n, D). */
enum lb_status lb_dataset_enqueue_chain_images(struct lb_dataset *dataset,
                                               struct lb_random_counter counter, int n,
                                               double min_distance, double epsilon,
                                               const struct lb_pair_buffers *chains, cl_mem images);

/** Waits; LB_ERR_NUMERIC if a draw failed since the buffers were created. */
enum lb_status lb_pair_buffers_check(struct lb_dataset *dataset,
                                     const struct lb_pair_buffers *pairs);

/** Enqueues images (n, D) of points (n, p). */
enum lb_status lb_dataset_enqueue_render(struct lb_dataset *dataset, cl_mem points, int n,
                                         cl_mem images);

/** LB_ERR_ARGUMENT unless 0 <= min_distance < epsilon < injectivity radius. */
enum lb_status lb_dataset_check_radii(const struct lb_dataset *dataset, double min_distance,
                                      double epsilon);

#endif
