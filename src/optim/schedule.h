/* Learning rates as pure functions of the step, so that resuming needs no state. */
#ifndef LB_OPTIM_SCHEDULE_H
#define LB_OPTIM_SCHEDULE_H

#include <lowbend/train.h>

/**
 * Factor of the learning rates at step `step` (from 0) of `steps`. The schedule covers all steps;
 * the first `warmup` of them are also multiplied by (step + 1) / warmup.
 */
double lb_schedule_rate(enum lb_schedule schedule, int warmup, int step, int steps);

/** Whether step `step` is one of the last ones that are averaged: none for share 0, else at least
 * one. */
bool lb_schedule_averages(double share, int step, int steps);

#endif
