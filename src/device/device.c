#include "device/device.h"

#include "device/notice.h"
#include "device/pocl_cache.h"

enum lb_status(lb_fail_cl)(struct lb_device *device, const char *what, const char *call, int code)
{
    struct lb_text cache = {0};
    enum lb_status status = LB_OK;
    lb_notice_flush(device->notice, device->ctx);
    switch (code) {
    case CL_MEM_OBJECT_ALLOCATION_FAILURE:
    case CL_OUT_OF_HOST_MEMORY:
    case CL_INVALID_BUFFER_SIZE:
        return lb_fail(device->ctx, LB_ERR_MEMORY,
                       "%s: %s failed with %s (%d): out of memory on %s (use smaller sizes or "
                       "another device)",
                       what, call, lb_cl_error_name(code), code, device->info.name);
    default:
        if (lb_pocl_cache_explain(&cache, device->info.platform) && !cache.failed) {
            status = lb_fail(device->ctx, LB_ERR_IO, "%s: %s failed with %s (%d): %s", what, call,
                             lb_cl_error_name(code), code, cache.data);
            lb_text_free(&cache);
            return status;
        }
        lb_text_free(&cache);
        return lb_fail(device->ctx, LB_ERR_OPENCL, "%s: %s failed with %s (%d) on %s, driver %s",
                       what, call, lb_cl_error_name(code), code, device->info.name,
                       device->info.driver);
    }
}

const struct lb_device_info *lb_device_get_info(const struct lb_device *device)
{
    return &device->info;
}

struct lb_context *lb_device_context(const struct lb_device *device)
{
    return device->ctx;
}

enum lb_status lb_device_finish(struct lb_device *device)
{
    const cl_int code = clFinish(device->queue);
    if (code != CL_SUCCESS) {
        return lb_fail_cl(device, "waiting for the device", "clFinish", code);
    }
    lb_notice_flush(device->notice, device->ctx);
    return LB_OK;
}

void lb_trace_begin(const struct lb_device *device, const char *what, const char *name)
{
    if (device->trace != NULL) {
        device->trace(device->trace_user, what, name);
    }
}

enum lb_status lb_trace_end(struct lb_device *device)
{
    return device->trace != NULL ? lb_device_finish(device) : LB_OK;
}
