/* Learning rates as pure functions of the step, so that resuming needs no state. */
#ifndef LB_OPTIM_SCHEDULE_H
#define LB_OPTIM_SCHEDULE_H

#include <lowbend/train.h>

/**
 * What learning rates are multiplied by at step `step` (from 0) of `steps`. The schedule runs over
 * all steps; the first `warmup` of them are also multiplied by (step + 1) / warmup.
 */
double lb_schedule_rate(enum lb_schedule schedule, int warmup, int step, int steps);

#endif
