/* A point in the queue that the host can wait for, to limit how far it runs ahead. */
#ifndef LB_DEVICE_FENCE_H
#define LB_DEVICE_FENCE_H

#include "device/device.h"

/** Initialise with {NULL}; the caller drops a fence that it does not wait for. */
struct lb_fence {
    cl_event event;
};

/** Marks the end of the enqueued work, and flushes the queue. */
enum lb_status lb_fence_set(struct lb_fence *fence, struct lb_device *device);
/** Waits for the mark, if set, and drops it. */
enum lb_status lb_fence_wait(struct lb_fence *fence, struct lb_device *device);
void lb_fence_drop(struct lb_fence *fence);

#endif
