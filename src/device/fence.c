#include "device/fence.h"

enum lb_status lb_fence_set(struct lb_fence *fence, struct lb_device *device)
{
    lb_fence_drop(fence);
    const cl_int code = clEnqueueMarkerWithWaitList(device->queue, 0, NULL, &fence->event);
    if (code != CL_SUCCESS) {
        fence->event = NULL;
        return lb_fail_cl(device, "queue", "clEnqueueMarkerWithWaitList", code);
    }
    const cl_int flushed = clFlush(device->queue);
    return flushed == CL_SUCCESS ? LB_OK : lb_fail_cl(device, "queue", "clFlush", flushed);
}

enum lb_status lb_fence_wait(struct lb_fence *fence, struct lb_device *device)
{
    if (fence->event == NULL) {
        return LB_OK;
    }
    const cl_int code = clWaitForEvents(1, &fence->event);
    lb_fence_drop(fence);
    return code == CL_SUCCESS ? LB_OK : lb_fail_cl(device, "queue", "clWaitForEvents", code);
}

void lb_fence_drop(struct lb_fence *fence)
{
    if (fence->event != NULL) {
        clReleaseEvent(fence->event);
        fence->event = NULL;
    }
}
