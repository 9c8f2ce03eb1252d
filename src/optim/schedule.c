#include "optim/schedule.h"

#include <math.h>

static double course(enum lb_schedule schedule, int step, int steps)
{
    static const double pi = 3.141592653589793;
    static const double decay = 0.2; // as a fraction of the steps
    switch (schedule) {
    case LB_CONSTANT:
        return 1.0;
    case LB_COSINE:
        return 0.5 * (1.0 + cos(pi * step / steps));
    case LB_LINEAR_DECAY:
        return 1.0 - (double)step / steps;
    case LB_WARM_HOLD_DECAY:
        return fmin(1.0, (steps - step) / (decay * steps));
    }
    return 1.0;
}

double lb_schedule_rate(enum lb_schedule schedule, int warmup, int step, int steps)
{
    const double warm = step + 1 < warmup ? (step + 1.0) / warmup : 1.0;
    return warm * course(schedule, step, steps);
}

bool lb_schedule_averages(double share, int step, int steps)
{
    return share > 0.0 && steps - step <= fmax(1.0, round(share * steps));
}
