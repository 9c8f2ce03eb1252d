/* Opening and closing a device: above the parts of the room that it puts together. */
#include <stdlib.h>

#include "device/attachment.h"
#include "device/kernel_dir.h"
#include "device/list.h"
#include "device/notice.h"
#include "device/profile.h"
#include "device/program.h"
#include "device/select.h"

/** Finds what the selector names and copies its facts and handles. */
static enum lb_status choose(struct lb_device *device, const char *selector)
{
    struct lb_device_info *infos = NULL;
    struct lb_device_handle *handles = NULL;
    size_t count = 0;
    LB_TRY(lb_device_enumerate(device->ctx, &infos, &handles, &count));
    size_t chosen = 0;
    const enum lb_status status = lb_device_select(device->ctx, infos, count, selector, &chosen);
    if (status == LB_OK) {
        device->info = infos[chosen];
        device->platform = handles[chosen].platform;
        device->id = handles[chosen].id;
    }
    free(infos);
    free(handles);
    return status;
}

enum lb_status lb_device_open(struct lb_device **out, struct lb_context *ctx, const char *selector)
{
    *out = NULL;
    enum lb_status status = LB_OK;
    struct lb_device *device = calloc(1, sizeof *device);
    if (device == NULL) {
        return lb_fail_memory(ctx, "the device");
    }
    device->ctx = ctx;
    device->notice = calloc(1, sizeof *device->notice);
    if (device->notice == NULL) {
        status = lb_fail_memory(ctx, "the device");
        goto fail;
    }
    LB_CHECK(lb_kernel_dir_find(ctx, &device->cl_dir));
    LB_CHECK(choose(device, selector));

    const cl_context_properties properties[] = {
        CL_CONTEXT_PLATFORM,
        (cl_context_properties)device->platform,
        0,
    };
    cl_int code = CL_SUCCESS;
    device->context =
        clCreateContext(properties, 1, &device->id, lb_notice_receive, device->notice, &code);
    if (code != CL_SUCCESS) {
        status = lb_fail_cl(device, "opening the device", "clCreateContext", code);
        goto fail;
    }
    device->queue = clCreateCommandQueue(device->context, device->id, 0, &code);
    if (code != CL_SUCCESS) {
        status = lb_fail_cl(device, "opening the device", "clCreateCommandQueue", code);
        goto fail;
    }
    lb_log(ctx, LB_LOG_DEBUG, "device %s: %s / %s, driver %s, %s; kernels in %s",
           device->info.selector, device->info.platform, device->info.name, device->info.driver,
           device->info.version, device->cl_dir);
    if (device->info.outdated) {
        lb_log(ctx, LB_LOG_WARNING,
               "device %s: the driver %s of %s is outdated and known for wrong results (install a "
               "current one)",
               device->info.selector, device->info.driver, device->info.platform);
    }
    *out = device;
    return LB_OK;

fail:
    lb_device_close(&device);
    return status;
}

void lb_device_close(struct lb_device **device)
{
    if (device == NULL || *device == NULL) {
        return;
    }
    struct lb_device *d = *device;
    if (d->queue != NULL) {
        clFinish(d->queue); // kernels may still run: programs must outlive them
    }
    if (d->profile != NULL) {
        lb_profile_stop(d, NULL, NULL);
    }
    lb_attachments_free(d);
    lb_programs_free(d);
    if (d->queue != NULL) {
        clReleaseCommandQueue(d->queue);
    }
    if (d->context != NULL) {
        clReleaseContext(d->context);
    }
    lb_notice_flush(d->notice, d->ctx);
    free(d->notice);
    free(d->cl_dir);
    free(d);
    *device = NULL;
}
