/* Pictures of datasets. */
#ifndef LOWBEND_PICTURE_H
#define LOWBEND_PICTURE_H

#include <stdint.h>

#include <lowbend/dataset.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lb_sheet_params {
    int count;     ///< number of random points; 0 (default): 32 images, or 1000 points of a cloud
    int columns;   ///< images per row; 0 (default): 8
    uint64_t seed; ///< seed of the points; default 0
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[6];
};

/**
 * Writes a PNG of random samples: a contact sheet of grey or RGB images; for datasets whose images
 * are vectors, a point cloud of their first three principal components.
 *
 * @return LB_OK, LB_ERR_ARGUMENT (more than 16384 pixels wide or high), LB_ERR_IO, LB_ERR_OPENCL,
 *         LB_ERR_MEMORY, LB_ERR_NUMERIC (NaN in the images of a cloud)
 */
LB_API enum lb_status lb_dataset_write_sheet(struct lb_dataset *dataset,
                                             const struct lb_sheet_params *params,
                                             const char *path);

#ifdef __cplusplus
}
#endif

#endif
