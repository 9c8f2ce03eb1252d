/* A monotonic clock for durations, and pauses. */
#ifndef LB_BASE_CLOCK_H
#define LB_BASE_CLOCK_H

/** Seconds since an arbitrary start. */
double lb_clock_seconds(void);

/** Pauses this thread for that long, or shorter if a signal interrupts it. */
void lb_sleep(double seconds);

/** Lets others use this processor, if any are waiting for it. */
void lb_yield(void);

#endif
