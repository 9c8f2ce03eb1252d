#include "device/notice.h"

#include <stdio.h>

enum {
    EMPTY,
    WRITING,
    FULL,
};

void CL_CALLBACK lb_notice_receive(const char *message, const void *data, size_t size, void *notice)
{
    (void)data;
    (void)size;
    struct lb_notice *target = notice;
    int expected = EMPTY;
    if (target == NULL || message == NULL) { // some drivers pass no user data
        return;
    }
    if (atomic_compare_exchange_strong(&target->state, &expected, WRITING)) {
        snprintf(target->text, sizeof target->text, "%s", message);
        atomic_store(&target->state, FULL);
    }
}

void lb_notice_flush(struct lb_notice *notice, struct lb_context *ctx)
{
    if (notice != NULL && atomic_load(&notice->state) == FULL) {
        lb_log(ctx, LB_LOG_WARNING, "OpenCL driver: %s", notice->text);
        atomic_store(&notice->state, EMPTY);
    }
}
