/*
 * Overlap of a first start's compilations: the self-test runs in its processes while this one
 * compiles the dataset's kernels. Nothing here changes a result: cases that are not expected here
 * run later, and kernels that are not warmed are compiled when they are needed.
 */
#ifndef LB_TRAIN_OVERLAP_H
#define LB_TRAIN_OVERLAP_H

#include "run/training_data.h"
#include "selftest/self_test_pool.h"

/** lb_training_data_open(), while the self-test runs the cases that training with these settings is
 * expected to require. */
enum lb_status lb_overlap_open(struct lb_training_data *data, struct lb_self_test_pool *pool,
                               const struct lb_train_params *params);

/** If the self-test is running, lets the driver compile the kernels that draw batches. */
void lb_overlap_sampling(const struct lb_self_test_pool *pool, const struct lb_training_data *data,
                         const struct lb_train_params *params);

#endif
