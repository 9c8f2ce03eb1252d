/* The self-check of a dataset, which need not be repeated. */
#ifndef LB_GEOMETRY_DATASET_CHECK_H
#define LB_GEOMETRY_DATASET_CHECK_H

#include "geometry/dataset.h"

/**
 * LB_OK if the dataset's text and mesh have passed lb_dataset_check() without smoothness with this
 * device, driver and program before, else what it says; that it was passed is kept.
 */
enum lb_status lb_dataset_require(struct lb_dataset *dataset, uint64_t seed);

#endif
