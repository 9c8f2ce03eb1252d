#include "optim/schedule.h"

#include <math.h>

double lb_schedule_lr(enum lb_schedule schedule, double lr, int step, int steps)
{
    static const double pi = 3.141592653589793;
    switch (schedule) {
    case LB_CONSTANT:
        return lr;
    case LB_COSINE:
        return 0.5 * lr * (1.0 + cos(pi * step / steps));
    case LB_FALLING:
        return lr * (1.0 - (double)step / steps);
    case LB_WARM_HOLD_DECAY:
        return lr * fmin(1.0, 5.0 * (1.0 - (double)step / steps));
    }
    return lr;
}
