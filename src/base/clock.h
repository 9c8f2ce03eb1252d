/* The clock that durations are measured by. */
#ifndef LB_BASE_CLOCK_H
#define LB_BASE_CLOCK_H

/** Seconds since an arbitrary start; never set back. */
double lb_clock_seconds(void);

#endif
