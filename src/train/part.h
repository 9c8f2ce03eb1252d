/* The largest part of its batches that a rank processes, which determines buffer sizes. Without
 * ranks, part and batch are equal. */
#ifndef LB_TRAIN_PART_H
#define LB_TRAIN_PART_H

#include "batch/batch_source.h"
#include "ranks/ranks.h"

/** Most pairs, chains or images in this rank's parts, at least 1. */
int lb_most_part_rows(const struct lb_ranks *ranks, const struct lb_train_params *params);
/** Most images in a part of pairs or chains. */
int lb_most_part_images(const struct lb_ranks *ranks, const struct lb_train_params *params);
/** Most images of a part that are decoded. */
int lb_most_part_decoded(const struct lb_ranks *ranks, const struct lb_train_params *params);

#endif
