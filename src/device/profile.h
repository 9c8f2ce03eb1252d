/* Times of every kernel, by the device's own clock: what `lowbend bench --profile` shows. */
#ifndef LB_DEVICE_PROFILE_H
#define LB_DEVICE_PROFILE_H

#include "device/device.h"

/** All launches of one kernel. */
struct lb_profile_entry {
    char name[64];
    size_t calls;
    double seconds;
    double flops; ///< 0: the caller of lb_launch() did not say
    double bytes; ///< read and written, each matrix or buffer once; 0: unknown
};

/**
 * From here on every launch is timed: the queue becomes one with profiling. Waits. Costs some
 * microseconds a launch, so that times of whole steps are taken without it.
 */
enum lb_status lb_profile_start(struct lb_device *device);

/**
 * Waits and ends it; *entries receives an array of *count entries, the caller's to free(). Both
 * may be NULL.
 */
enum lb_status lb_profile_stop(struct lb_device *device, struct lb_profile_entry **entries,
                               size_t *count);

/** Says what the next launch computes and moves. Does nothing while no profile is taken. */
void lb_profile_expect(struct lb_device *device, double flops, double bytes);

/** Where clEnqueue...() is to put its event; NULL while no profile is taken. */
cl_event *lb_profile_event(struct lb_device *device);

/** Takes over the event that was put there. */
enum lb_status lb_profile_add(struct lb_device *device, const char *name);

/** Takes over seconds measured otherwise, of calls into another library. */
enum lb_status lb_profile_add_seconds(struct lb_device *device, const char *name, double seconds);

#endif
