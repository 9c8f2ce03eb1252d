/*
 * The dataset's private side: what it is, and its kernels.
 *
 * A dataset is a .cl file that includes its manifold (cl/manifold/) and defines dataset_pixel();
 * the kernels of cl/geometry/ are built behind it, one program each.
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
    char recipe[LB_RECIPE_BYTES]; ///< settings that suit it, "lambda=0.3 steps=400"; may be empty
    int embedding_size;           ///< of the manifold's smooth embedding; 0: it states none
    size_t image_size;            ///< D = height * width * channels
    int vector_width;             ///< pixels of a vector
    int pixel_run;                ///< neighbouring pixels that one work-item renders
    int strip_rows;               ///< rows that one work-item renders where there is data
    bool has_manifold;            ///< false: only the images are known; all that follows is NULL
    char *prelude; ///< option #defines, the #include of the dataset, shared constants
    cl_kernel sample_points;
    cl_kernel sample_pairs;
    cl_kernel sample_pair_images; ///< both at once where images are one pixel; else NULL
    cl_kernel render;
    cl_mem data; ///< what the images are made of, such as a mesh; NULL: nothing but the text
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

static inline bool lb_dataset_has_manifold(const struct lb_dataset *dataset)
{
    return dataset->has_manifold;
}

/** LB_ERR_UNSUPPORTED, with a message, if there is no manifold. */
enum lb_status lb_dataset_need_manifold(const struct lb_dataset *dataset);

/**
 * Opens a dataset with the manifold's smooth embedding of a point in place of its image, [1, 1,
 * embedding_size]; size and mesh of the settings do not count. LB_ERR_UNSUPPORTED if the manifold
 * states none, else what lb_dataset_open() returns.
 *
 * @param dataset the same dataset with its images
 */
enum lb_status lb_dataset_open_points(struct lb_dataset **out, const struct lb_dataset *dataset,
                                      const struct lb_dataset_params *params);

/** A fingerprint of the text that lb_dataset_open_points() compiles for this device, whatever
 * folders it comes from. LB_ERR_BUILD, LB_ERR_NOT_FOUND, LB_ERR_IO, LB_ERR_MEMORY. */
enum lb_status lb_dataset_points_hash(const struct lb_dataset *dataset,
                                      const struct lb_dataset_params *params, uint64_t *hash);

/** lb_dataset_describe() with the dataset's recipe. */
enum lb_status lb_dataset_describe_recipe(struct lb_device *device,
                                          const struct lb_dataset_params *params,
                                          struct lb_dataset_info *info,
                                          char recipe[LB_RECIPE_BYTES]);

/** A kernel of cl/geometry/ built for this dataset; file and name must be literals. */
enum lb_status lb_dataset_kernel(struct lb_dataset *dataset, cl_kernel *out, const char *file,
                                 const char *name);

/** Whether a dataset's name is the path of a file. */
bool lb_dataset_is_path(const char *name);

#endif
