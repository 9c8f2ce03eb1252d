/* Messages sent by a driver from any of its threads. */
#ifndef LB_DEVICE_NOTICE_H
#define LB_DEVICE_NOTICE_H

#include <stdatomic.h>
#include <stddef.h>

#include <CL/cl.h>

#include "base/context.h"

#define LB_NOTICE_BYTES 1024

/**
 * Holds the first message that has not been logged; drops further ones. The log callback must run
 * on the caller's thread, so the driver's thread only stores the text here.
 */
struct lb_notice {
    atomic_int state; ///< empty, being written, full
    char text[LB_NOTICE_BYTES];
};

/** The error callback of clCreateContext(); `notice` is a struct lb_notice. */
void CL_CALLBACK lb_notice_receive(const char *message, const void *data, size_t size,
                                   void *notice);

/** Logs a waiting message. */
void lb_notice_flush(struct lb_notice *notice, struct lb_context *ctx);

#endif
