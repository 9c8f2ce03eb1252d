/*
 * Private part of the dataset: properties and kernels.
 *
 * A dataset is a .cl file that includes its manifold (cl/manifold/) and defines dataset_pixel().
 * The kernels of cl/geometry/ are compiled after it, as separate programs.
 */
#ifndef LB_GEOMETRY_DATASET_H
#define LB_GEOMETRY_DATASET_H

#include <stdbool.h>

#include <lowbend/dataset.h>

#include "device/device.h"
#include "geometry/chart.h"

enum { LB_KNOWN_KERNELS = 16, LB_RECIPE_BYTES = 512 };

struct lb_dataset {
    struct lb_device *device;
    struct lb_dataset_info info;
    struct lb_chart chart;
    char recipe[LB_RECIPE_BYTES]; ///< recommended settings, "lambda=0.3 steps=400"; may be empty
    int embedding_size;           ///< of the manifold's smooth embedding; 0: not defined
    size_t image_size;            ///< D = height * width * channels
    int vector_width;             ///< pixels per vector
    int pixel_run;                ///< adjacent pixels rendered per work-item
    int strip_rows;               ///< rows rendered per work-item if there is data
    bool has_manifold;            ///< false: only the images are known; all fields below are NULL
    char *prelude; ///< option #defines, the #include of the dataset, shared constants
    cl_kernel sample_points;
    cl_kernel sample_pairs;
    cl_kernel sample_pair_images; ///< both in one kernel if images are one pixel; else NULL
    cl_kernel render;
    cl_mem data; ///< data for rendering, such as a mesh; NULL: none
    struct lb_known_kernel {
        const char *file;
        const char *name;
        cl_kernel kernel;
    } kernels[LB_KNOWN_KERNELS]; ///< kernels used so far, because finding one reads its files
    size_t kernel_count;
};

/**
 * A dataset with these properties of which only the images are known: it has no points and no
 * manifold, and functions that need one fail with LB_ERR_UNSUPPORTED. The caller closes it; the
 * device must outlive it.
 */
enum lb_status lb_dataset_create_images(struct lb_dataset **out, struct lb_device *device,
                                        const struct lb_dataset_info *info);

static inline bool lb_dataset_has_manifold(const struct lb_dataset *dataset)
{
    return dataset->has_manifold;
}

/** LB_ERR_UNSUPPORTED, with a message, if there is no manifold. */
enum lb_status lb_dataset_need_manifold(const struct lb_dataset *dataset);

/**
 * Opens a dataset that replaces images by the manifold's smooth embedding of the points, [1, 1,
 * embedding_size]; ignores size and mesh. LB_ERR_UNSUPPORTED if the manifold has no embedding, else
 * as lb_dataset_open().
 *
 * @param dataset the same dataset with its images
 */
enum lb_status lb_dataset_open_points(struct lb_dataset **out, const struct lb_dataset *dataset,
                                      const struct lb_dataset_params *params);

/** Fingerprint of the text that lb_dataset_open_points() compiles for this device, independent of
 * its folders. LB_ERR_BUILD, LB_ERR_NOT_FOUND, LB_ERR_IO, LB_ERR_MEMORY. */
enum lb_status lb_dataset_points_hash(const struct lb_dataset *dataset,
                                      const struct lb_dataset_params *params, uint64_t *hash);

/** lb_dataset_describe() with the dataset's recipe. */
enum lb_status lb_dataset_describe_recipe(struct lb_device *device,
                                          const struct lb_dataset_params *params,
                                          struct lb_dataset_info *info,
                                          char recipe[LB_RECIPE_BYTES]);

/** A kernel of cl/geometry/ for this dataset; file and name must be literals. */
enum lb_status lb_dataset_kernel(struct lb_dataset *dataset, cl_kernel *out, const char *file,
                                 const char *name);

/** Whether a dataset's name is the path of a file. */
bool lb_dataset_is_path(const char *name);

#endif
