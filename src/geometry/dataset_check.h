/* Cached self-check of a dataset. */
#ifndef LB_GEOMETRY_DATASET_CHECK_H
#define LB_GEOMETRY_DATASET_CHECK_H

#include "geometry/dataset.h"

/**
 * LB_OK if the dataset's source and mesh have already passed lb_dataset_check() without smoothness
 * with this device, driver and program; otherwise runs the check and caches a pass.
 */
enum lb_status lb_dataset_require(struct lb_dataset *dataset, uint64_t seed);

#endif
