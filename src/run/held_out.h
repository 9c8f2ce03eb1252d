/* User pairs held out from a run's training. */
#ifndef LB_RUN_HELD_OUT_H
#define LB_RUN_HELD_OUT_H

#include "batch/pair_file.h"
#include "run/run.h"

/** The run's user pairs, opened at first use and split as in training; owned by the run. Errors as
 * lb_run_held_out_count(). */
enum lb_status lb_run_user_pairs(struct lb_run *run, struct lb_pair_file **pairs);

/**
 * File indices of the held-out pairs first..first+n-1, and their images x (n, D).
 *
 * @param numbers (n) or NULL
 * @param images  (n, D) or NULL
 */
enum lb_status lb_run_held_out_images(struct lb_run *run, size_t first, size_t n, int64_t *numbers,
                                      float *images);

#endif
