/* Messages that a driver sends by itself, from any of its threads. */
#ifndef LB_DEVICE_NOTICE_H
#define LB_DEVICE_NOTICE_H

#include <stdatomic.h>
#include <stddef.h>

#include <CL/cl.h>

#include "base/context.h"

#define LB_NOTICE_BYTES 1024

/**
 * Holds the first message that has not been logged yet; more are dropped. The log callback is
 * promised to run in the caller's thread, so that the driver's thread only leaves the text here.
 */
struct lb_notice {
    atomic_int state; ///< empty, being written, full
    char text[LB_NOTICE_BYTES];
};

/** The error callback of clCreateContext(); `notice` is a struct lb_notice. */
void CL_CALLBACK lb_notice_receive(const char *message, const void *data, size_t size,
                                   void *notice);

/** Sends a waiting message to the log. */
void lb_notice_flush(struct lb_notice *notice, struct lb_context *ctx);

#endif
