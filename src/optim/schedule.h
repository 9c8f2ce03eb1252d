/* Learning rates as pure functions of the step, so that resuming needs no state. */
#ifndef LB_OPTIM_SCHEDULE_H
#define LB_OPTIM_SCHEDULE_H

#include <lowbend/train.h>

/** The rate of step `step` (from 0) of `steps` that starts at lr. */
double lb_schedule_lr(enum lb_schedule schedule, double lr, int step, int steps);

#endif
