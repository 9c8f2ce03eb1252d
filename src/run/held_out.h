/* The own pairs of a run that its training never saw. */
#ifndef LB_RUN_HELD_OUT_H
#define LB_RUN_HELD_OUT_H

#include "run/run.h"

/**
 * Numbers in the file of the held-out pairs first..first+n-1, and their images x (n, D).
 *
 * @param numbers (n) or NULL
 * @param images  (n, D) or NULL
 */
enum lb_status lb_run_held_out_images(struct lb_run *run, size_t first, size_t n, int64_t *numbers,
                                      float *images);

#endif
