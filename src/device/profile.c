#include "device/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PENDING = 256 }; // maximum number of stored events: many events slow drivers down

struct pending {
    cl_event event;
    size_t entry;
};

struct lb_profile {
    struct pending pending[PENDING];
    size_t n_pending;
    struct lb_profile_entry *entries;
    size_t count;
    double flops; ///< of the next launch
    double bytes;
};

/* Replaces the device's queue by one with the given properties; the old queue is empty. */
static enum lb_status replace_queue(struct lb_device *device, cl_command_queue_properties kind)
{
    LB_TRY(lb_device_finish(device));
    cl_int code = CL_SUCCESS;
    cl_command_queue queue = clCreateCommandQueue(device->context, device->id, kind, &code);
    if (code != CL_SUCCESS) {
        return lb_fail_cl(device, "profile", "clCreateCommandQueue", code);
    }
    clReleaseCommandQueue(device->queue);
    device->queue = queue;
    return LB_OK;
}

static void destroy(struct lb_device *device)
{
    struct lb_profile *profile = device->profile;
    for (size_t i = 0; i < profile->n_pending; i++) {
        clReleaseEvent(profile->pending[i].event);
    }
    free(profile->entries);
    free(profile);
    device->profile = NULL;
}

enum lb_status lb_profile_start(struct lb_device *device)
{
    struct lb_profile *profile = calloc(1, sizeof *profile);
    if (profile == NULL) {
        return lb_fail_memory(device->ctx, "profile");
    }
    const enum lb_status status = replace_queue(device, CL_QUEUE_PROFILING_ENABLE);
    device->profile = profile;
    if (status != LB_OK) {
        destroy(device);
    }
    return status;
}

/* Waits for the pending events and adds their times. */
static enum lb_status drain(struct lb_device *device)
{
    struct lb_profile *profile = device->profile;
    LB_TRY(lb_device_finish(device));
    enum lb_status status = LB_OK;
    for (size_t i = 0; i < profile->n_pending; i++) {
        cl_ulong start = 0;
        cl_ulong end = 0;
        cl_event event = profile->pending[i].event;
        cl_int code =
            clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL);
        if (code == CL_SUCCESS) {
            code = clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL);
        }
        clReleaseEvent(event);
        if (code != CL_SUCCESS) {
            status = lb_fail_cl(device, "profile", "clGetEventProfilingInfo", code);
        } else if (end > start) {
            profile->entries[profile->pending[i].entry].seconds += 1e-9 * (double)(end - start);
        }
    }
    profile->n_pending = 0;
    return status;
}

enum lb_status lb_profile_stop(struct lb_device *device, struct lb_profile_entry **entries,
                               size_t *count)
{
    enum lb_status status = drain(device);
    if (status == LB_OK) {
        status = replace_queue(device, 0);
    }
    if (entries != NULL) {
        *entries = device->profile->entries;
        *count = device->profile->count;
        device->profile->entries = NULL;
    }
    destroy(device);
    return status;
}

void lb_profile_expect(struct lb_device *device, double flops, double bytes)
{
    if (device->profile != NULL) {
        device->profile->flops = flops;
        device->profile->bytes = bytes;
    }
}

cl_event *lb_profile_event(struct lb_device *device)
{
    struct lb_profile *profile = device->profile;
    return profile != NULL ? &profile->pending[profile->n_pending].event : NULL;
}

/* Counts one call, with the figures given to lb_profile_expect(). */
static enum lb_status count_call(struct lb_device *device, const char *name, size_t *index)
{
    struct lb_profile *profile = device->profile;
    size_t i = 0;
    while (i < profile->count && strcmp(profile->entries[i].name, name) != 0) {
        i++;
    }
    if (i == profile->count) {
        struct lb_profile_entry *longer =
            realloc(profile->entries, (profile->count + 1) * sizeof *longer);
        if (longer == NULL) {
            return lb_fail_memory(device->ctx, "profile");
        }
        profile->entries = longer;
        profile->entries[i] = (struct lb_profile_entry){0};
        snprintf(profile->entries[i].name, sizeof profile->entries[i].name, "%s", name);
        profile->count++;
    }
    profile->entries[i].calls++;
    profile->entries[i].flops += profile->flops;
    profile->entries[i].bytes += profile->bytes;
    profile->flops = 0.0;
    profile->bytes = 0.0;
    *index = i;
    return LB_OK;
}

enum lb_status lb_profile_add(struct lb_device *device, const char *name)
{
    struct lb_profile *profile = device->profile;
    if (profile == NULL) {
        return LB_OK;
    }
    struct pending *pending = &profile->pending[profile->n_pending];
    const enum lb_status status = count_call(device, name, &pending->entry);
    if (status != LB_OK) {
        clReleaseEvent(pending->event);
        return status;
    }
    profile->n_pending++;
    return profile->n_pending == PENDING ? drain(device) : LB_OK;
}

enum lb_status lb_profile_add_seconds(struct lb_device *device, const char *name, double seconds)
{
    size_t index = 0;
    if (device->profile != NULL) {
        LB_TRY(count_call(device, name, &index));
        device->profile->entries[index].seconds += seconds;
    }
    return LB_OK;
}
