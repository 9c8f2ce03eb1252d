/* Opens and closes a device, combining the other parts of this room. */
#include <stdlib.h>

#include "base/machine.h"
#include "device/attachment.h"
#include "device/kernel_dir.h"
#include "device/list.h"
#include "device/notice.h"
#include "device/path.h"
#include "device/profile.h"
#include "device/program.h"
#include "device/select.h"
#include "ranks/ranks.h"

enum { MAX_PARTS = 1024 }; // parts of a CPU

/* The local ranks that share one device. */
struct sharers {
    size_t place; ///< index of this rank among them
    size_t count;
};

/** Finds the device for the selector and copies its properties and handles; each local rank takes a
 * different device if there are several. */
static enum lb_status choose(struct lb_device *device, const char *selector,
                             struct sharers *sharers)
{
    const struct lb_ranks_info ranks = lb_ranks_get_info(device->ctx);
    struct lb_device_info *infos = NULL;
    struct lb_device_handle *handles = NULL;
    size_t count = 0;
    size_t chosen = 1;
    LB_TRY(lb_device_enumerate(device->ctx, &infos, &handles, &count));
    size_t *candidates = calloc(count, sizeof *candidates);
    enum lb_status status =
        candidates == NULL ? lb_fail_memory(device->ctx, "the list of devices")
        : ranks.size == 1
            ? lb_device_select(device->ctx, infos, count, selector, candidates)
            : lb_device_select_all(device->ctx, infos, count, selector, candidates, &chosen);
    if (status == LB_OK) {
        const size_t place = (size_t)ranks.local_rank % chosen;
        device->info = infos[candidates[place]];
        device->platform = handles[candidates[place]].platform;
        device->id = handles[candidates[place]].id;
        sharers->place = (size_t)ranks.local_rank / chosen;
        sharers->count = ((size_t)ranks.local_size - place + chosen - 1) / chosen;
    }
    free(candidates);
    free(infos);
    free(handles);
    return status;
}

/** mpirun may have bound the ranks to fewer cores than their share. */
static void warn_of_binding(const struct lb_device *device, size_t units)
{
    const size_t cores = lb_machine_cores_allowed();
    if (cores > 0 && cores < units) {
        lb_log(device->ctx, LB_LOG_WARNING,
               "device %s: mpirun has bound this rank to %zu of the %zu cores of its share (use "
               "mpirun --bind-to none, or bind it to that many)",
               device->info.selector, cores, units);
    }
}

/** Ranks that share a CPU divide its cores if the driver supports it; otherwise they all use the
 * whole CPU. */
static void take_part(struct lb_device *device, const struct sharers *sharers)
{
    const size_t units = device->info.compute_units;
    const size_t own_units = units > sharers->count ? units / sharers->count : 1;
    cl_device_id parts[MAX_PARTS] = {NULL};
    cl_uint count = 0;
    if (lb_ranks_get_info(device->ctx).size == 1 || device->info.type != LB_DEVICE_CPU) {
        return;
    }
    warn_of_binding(device, own_units);
    if (sharers->count == 1 || units < 2) {
        return;
    }
    const cl_device_partition_property equally[] = {CL_DEVICE_PARTITION_EQUALLY,
                                                    (cl_device_partition_property)own_units, 0};
    if (units / own_units > MAX_PARTS ||
        clCreateSubDevices(device->id, equally, MAX_PARTS, parts, &count) != CL_SUCCESS) {
        return;
    }
    const size_t own = sharers->place % count;
    for (size_t i = 0; i < count; i++) {
        if (i != own) {
            clReleaseDevice(parts[i]);
        }
    }
    device->part = parts[own];
    device->id = device->part;
    lb_log(device->ctx, LB_LOG_DEBUG,
           "device %s: part %zu of %u, with %zu of its %zu compute units", device->info.selector,
           own, (unsigned)count, own_units, units);
}

enum lb_status lb_device_open(struct lb_device **out, struct lb_context *ctx, const char *selector)
{
    *out = NULL;
    enum lb_status status = LB_OK;
    struct sharers sharers;
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
    LB_CHECK(choose(device, selector, &sharers));
    LB_CHECK(lb_path_choose(device));
    take_part(device, &sharers);

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
               "device %s: the driver %s of %s is outdated and known to give wrong results "
               "(install a current one)",
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
        clFinish(d->queue); // kernels may still be running: programs must outlive them
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
    if (d->part != NULL) {
        clReleaseDevice(d->part);
    }
    lb_notice_flush(d->notice, d->ctx);
    free(d->notice);
    free(d->cl_dir);
    free(d);
    *device = NULL;
}
