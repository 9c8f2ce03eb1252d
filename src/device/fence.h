/* A point in the queue that the host can wait for, so that it does not run too far ahead. */
#ifndef LB_DEVICE_FENCE_H
#define LB_DEVICE_FENCE_H

#include "device/device.h"

/** Starts as {NULL}; the caller drops what it does not wait for. */
struct lb_fence {
    cl_event event;
};

/** Marks the end of what is enqueued so far, and flushes the queue. */
enum lb_status lb_fence_set(struct lb_fence *fence, struct lb_device *device);
/** Waits for the mark, if one is set, and drops it. */
enum lb_status lb_fence_wait(struct lb_fence *fence, struct lb_device *device);
void lb_fence_drop(struct lb_fence *fence);

#endif
