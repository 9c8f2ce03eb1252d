/* The self-check of a dataset, which need not be repeated. */
#ifndef LB_GEOMETRY_DATASET_CHECK_H
#define LB_GEOMETRY_DATASET_CHECK_H

#include "geometry/dataset.h"

/**
 * LB_OK if this device, driver and program have checked the dataset's text and mesh, else what
 * lb_dataset_check() without smoothness says, which is kept where it is good.
 */
enum lb_status lb_dataset_require(struct lb_dataset *dataset, uint64_t seed);

#endif
