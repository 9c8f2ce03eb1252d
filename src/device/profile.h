/* Kernel times from the device's clock, as shown by `lowbend bench --profile`. */
#ifndef LB_DEVICE_PROFILE_H
#define LB_DEVICE_PROFILE_H

#include "device/device.h"

/** All launches of one kernel. */
struct lb_profile_entry {
    char name[64];
    size_t calls;
    double seconds;
    double flops; ///< 0: not given by the caller of lb_launch()
    double bytes; ///< read plus written, each matrix or buffer once; 0: unknown
};

/**
 * Starts timing every launch, with a profiling queue. Waits. Costs a few microseconds per launch,
 * so whole steps are timed without it.
 */
enum lb_status lb_profile_start(struct lb_device *device);

/**
 * Waits and stops timing; *entries receives an array of *count entries, which the caller frees with
 * free(). Both may be NULL.
 */
enum lb_status lb_profile_stop(struct lb_device *device, struct lb_profile_entry **entries,
                               size_t *count);

/** Announces what the next launch computes and moves. No-op unless profiling. */
void lb_profile_expect(struct lb_device *device, double flops, double bytes);

/** Where clEnqueue...() must store its event; NULL unless profiling. */
cl_event *lb_profile_event(struct lb_device *device);

/** Takes ownership of that event. */
enum lb_status lb_profile_add(struct lb_device *device, const char *name);

/** Adds a time measured otherwise, for calls to another library. */
enum lb_status lb_profile_add_seconds(struct lb_device *device, const char *name, double seconds);

#endif
