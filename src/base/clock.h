/* A monotonic clock for durations. */
#ifndef LB_BASE_CLOCK_H
#define LB_BASE_CLOCK_H

/** Seconds since an arbitrary start. */
double lb_clock_seconds(void);

#endif
