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
#include "geometry/chart.h"

enum { LB_KNOWN_KERNELS = 16 };

struct lb_dataset {
    struct lb_device *device;
    struct lb_dataset_info info;
    struct lb_chart chart;
    size_t image_size; ///< D = height * width * channels
    int vector_width;  ///< pixels rendered by one work-item
    char *prelude;     ///< option #defines and the #include of the dataset; NULL: no manifold
    cl_kernel sample_points;
    cl_kernel sample_pairs;
    cl_kernel sample_pair_images; ///< both at once where images are one pixel; else NULL
    cl_kernel render;
    cl_mem data;    ///< what the images are made of, such as a mesh; NULL: nothing but the text
    int strip_rows; ///< rows that one work-item renders where there is data
    struct lb_known_kernel {
        const char *file;
        const char *name;
        cl_kernel kernel;
    } kernels[LB_KNOWN_KERNELS]; ///< those that were asked for, since finding one reads its files
    size_t kernel_count;
};

/**
 * A dataset of which only the images are known, with these facts: no points, no manifold. All that
 * needs one fails with LB_ERR_UNSUPPORTED. The caller closes it; the device must outlive it.
 */
enum lb_status lb_dataset_create_images(struct lb_dataset **out, struct lb_device *device,
                                        const struct lb_dataset_info *info);

/** LB_ERR_UNSUPPORTED, with a message, if there is no manifold. */
enum lb_status lb_dataset_need_manifold(const struct lb_dataset *dataset);

/** A kernel of cl/geometry/ built for this dataset; file and name must be literals. */
enum lb_status lb_dataset_kernel(struct lb_dataset *dataset, cl_kernel *out, const char *file,
                                 const char *name);

enum { LB_MAX_EXTENT = 1 << 15 }; // of the constants that a dataset states

/** Refuses impossible sizes where the text alone tells them: a compiler would take minutes over an
 * image of 99999 channels. LB_ERR_BUILD; `name`: for the message. */
enum lb_status lb_dataset_check_text(struct lb_dataset *dataset, const char *name);

/**
 * Fills `info` and the rest that the text states, off the text itself where it is simple enough,
 * else by a kernel; refuses facts that no dataset can have and options that it did not take.
 */
enum lb_status lb_dataset_read_facts(struct lb_dataset *dataset,
                                     const struct lb_dataset_params *params);

/** LB_ERR_BUILD unless the text defines every function of cl/lib/dataset.cl; name: for messages. */
enum lb_status lb_dataset_check_functions(struct lb_dataset *dataset, const char *name);

/** Whether a dataset's name is the path of a file. */
bool lb_dataset_is_path(const char *name);

/** Whether a mesh was named. */
bool lb_dataset_wants_mesh(const struct lb_dataset_params *params);

/** Reads a mesh, puts its surfels into `data` and takes the kernel that draws them. */
enum lb_status lb_dataset_load_mesh(struct lb_dataset *dataset, const char *path);

/** Which random numbers to draw: (seed, stream, step) and the index of the first item. */
struct lb_random_counter {
    uint64_t seed;
    enum lb_stream stream;
    uint32_t step;
    uint32_t first;
};

/** Enqueues n points (n, p) by the volume measure. */
enum lb_status lb_dataset_enqueue_points(struct lb_dataset *dataset, struct lb_random_counter draw,
                                         int n, cl_mem points);

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
enum lb_status lb_dataset_enqueue_pairs(struct lb_dataset *dataset, struct lb_random_counter draw,
                                        int n, double min_distance, double epsilon,
                                        const struct lb_pair_buffers *pairs);

/** The same and the pairs' images (3 n, D). */
enum lb_status lb_dataset_enqueue_pair_images(struct lb_dataset *dataset,
                                              struct lb_random_counter draw, int n,
                                              double min_distance, double epsilon,
                                              const struct lb_pair_buffers *pairs, cl_mem images);

/** Waits; LB_ERR_NUMERIC if a draw failed since the buffers were created. */
enum lb_status lb_pair_buffers_check(struct lb_dataset *dataset,
                                     const struct lb_pair_buffers *pairs);

/** Enqueues images (n, D) of points (n, p). */
enum lb_status lb_dataset_enqueue_render(struct lb_dataset *dataset, cl_mem points, int n,
                                         cl_mem images);

/** Geodesic midpoints of n pairs, all (n, p) in host memory. */
enum lb_status lb_dataset_midpoints(struct lb_dataset *dataset, const float *x, const float *y,
                                    size_t n, float *midpoints);

/** inside (n): 1 where the manifold contains the point (n, p), else 0, all in host memory. */
enum lb_status lb_dataset_contains(struct lb_dataset *dataset, const float *points, size_t n,
                                   float *inside);

/**
 * Draws n geodesics of one length that lie inside the manifold and are shortest: paths (n, frames,
 * p), points at equal steps, the ends among them.
 *
 * @param found false: no such geodesic turned up in 1000 tries, the manifold is smaller than that
 */
enum lb_status lb_dataset_paths(struct lb_dataset *dataset, struct lb_random_counter draw,
                                double distance, int frames, size_t n, float *paths, bool *found);

/** y (n, p): from x (n, p) by coordinates (n, m) in the orthonormal frames of x, along geodesics;
 * inside (n): 1 where the manifold contains y. */
enum lb_status lb_dataset_exponential(struct lb_dataset *dataset, const float *x,
                                      const float *coordinates, size_t n, float *y, int *inside);

/**
 * LB_OK if the dataset's text and mesh have passed lb_dataset_check() without smoothness with this
 * device, driver and program before, else what it says; that it was passed is kept.
 */
enum lb_status lb_dataset_require(struct lb_dataset *dataset, uint64_t seed);

/** LB_ERR_ARGUMENT unless 0 <= min_distance < epsilon < injectivity radius. */
enum lb_status lb_dataset_check_radii(const struct lb_dataset *dataset, double min_distance,
                                      double epsilon);

#endif
