/*
 * The dataset's private side: its kernels, enqueued on device memory.
 *
 * A dataset is a .cl file that includes its manifold (cl/manifold/) and defines dataset_pixel();
 * the kernels of cl/geometry/ are built behind it, one program each.
 */
#ifndef LB_GEOMETRY_DATASET_H
#define LB_GEOMETRY_DATASET_H

#include <stdint.h>

#include <lowbend/dataset.h>

#include "base/philox.h"
#include "device/device.h"

struct lb_dataset {
    struct lb_device *device;
    struct lb_dataset_info info;
    size_t image_size; ///< D = height * width * channels
    int vector_width;  ///< pixels rendered by one work-item
    char *prelude;     ///< option #defines and the #include of the dataset
    cl_kernel sample_points;
    cl_kernel sample_pairs;
    cl_kernel render;
};

/** A kernel of cl/geometry/ built for this dataset. */
enum lb_status lb_dataset_kernel(struct lb_dataset *dataset, cl_kernel *out, const char *file,
                                 const char *name);

/** LB_ERR_BUILD unless the text defines every function of cl/lib/dataset.cl; name: for messages. */
enum lb_status lb_dataset_check_functions(struct lb_dataset *dataset, const char *name);

/** Which random numbers to draw: (seed, stream, step) and the index of the first item. */
struct lb_draw {
    uint64_t seed;
    enum lb_stream stream;
    uint32_t step;
    uint32_t first;
};

/** Enqueues n points (n, p) by the volume measure. */
enum lb_status lb_dataset_enqueue_points(struct lb_dataset *dataset, struct lb_draw draw, int n,
                                         cl_mem points);

/** Device memory of n pairs. */
struct lb_pair_buffers {
    cl_mem points;   ///< (3 n, p): all x, all y, all averages
    cl_mem distance; ///< (n)
    cl_mem failed;   ///< one int: set to 1 if a y inside the manifold was not found
};

/** Creates the buffers for n pairs, `failed` 0; starts as {0}, the caller releases it. */
enum lb_status lb_pair_buffers_create(struct lb_pair_buffers *pairs, struct lb_dataset *dataset,
                                      size_t n);
void lb_pair_buffers_release(struct lb_pair_buffers *pairs);

/** Enqueues n pairs with distances in [min_distance, epsilon]. */
enum lb_status lb_dataset_enqueue_pairs(struct lb_dataset *dataset, struct lb_draw draw, int n,
                                        double min_distance, double epsilon,
                                        const struct lb_pair_buffers *pairs);

/** Waits; LB_ERR_NUMERIC if a draw failed since the buffers were created. */
enum lb_status lb_pair_buffers_check(struct lb_dataset *dataset,
                                     const struct lb_pair_buffers *pairs);

/** Enqueues images (n, D) of points (n, p). */
enum lb_status lb_dataset_enqueue_render(struct lb_dataset *dataset, cl_mem points, int n,
                                         cl_mem images);

/** Geodesic midpoints of n pairs, all (n, p) in host memory. */
enum lb_status lb_dataset_midpoints(struct lb_dataset *dataset, const float *x, const float *y,
                                    size_t n, float *midpoints);

/** LB_ERR_ARGUMENT unless 0 <= min_distance < epsilon < injectivity radius. */
enum lb_status lb_dataset_check_radii(const struct lb_dataset *dataset, double min_distance,
                                      double epsilon);

#endif
