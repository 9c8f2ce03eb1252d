/* The largest part of its batches that a rank takes: what its buffers are for. Part and batch are
 * equal without ranks. */
#ifndef LB_TRAIN_PART_H
#define LB_TRAIN_PART_H

#include "batch/batch_source.h"
#include "ranks/ranks.h"

/** The most pairs, chains or images of this rank's parts, at least 1. */
int lb_most_part_rows(const struct lb_ranks *ranks, const struct lb_train_params *params);
/** The most images that pairs or chains of a part have. */
int lb_most_part_images(const struct lb_ranks *ranks, const struct lb_train_params *params);
/** The most images of a part that are decoded. */
int lb_most_part_decoded(const struct lb_ranks *ranks, const struct lb_train_params *params);

#endif
