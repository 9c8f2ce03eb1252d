#include <assert.h>
#include <stdio.h>

#include "device/device.h"
#include "device/profile.h"
#include "device/program.h"

/** Halves the largest local size until the kernel and the device allow the group. */
static void clamp_local(const struct lb_kernel *kernel, cl_uint dimensions, size_t local[3])
{
    for (cl_uint i = 0; i < dimensions; i++) {
        local[i] = local[i] > 0 ? local[i] : 1;
        while (local[i] > 1 && local[i] > kernel->item_limit[i]) {
            local[i] /= 2;
        }
    }
    while (local[0] * local[1] * local[2] > kernel->group_limit) {
        cl_uint largest = 0;
        for (cl_uint i = 1; i < dimensions; i++) {
            largest = local[i] > local[largest] ? i : largest;
        }
        if (local[largest] == 1) {
            return; // a limit of 0 is meaningless; let the driver decide
        }
        local[largest] /= 2;
    }
}

enum lb_status lb_launch_args(struct lb_device *device, cl_kernel kernel,
                              const struct lb_ndrange *grid, const struct lb_arg *args, size_t n)
{
    const cl_uint dimensions = grid->dimensions;
    assert(dimensions >= 1 && dimensions <= 3);
    const struct lb_kernel *record = lb_kernel_find(device, kernel);
    assert(record != NULL); // only lb_kernel_get() makes kernels
    char what[128];
    if (n != record->n_args) {
        return lb_fail(device->ctx, LB_ERR_OPENCL,
                       "kernel %s: takes %u arguments, got %zu (correct the .cl file)",
                       record->name, (unsigned)record->n_args, n);
    }
    size_t local[3] = {1, 1, 1};
    size_t global[3] = {1, 1, 1};
    for (cl_uint i = 0; i < dimensions; i++) {
        if (grid->global[i] == 0) {
            return LB_OK;
        }
        local[i] = grid->local[i];
    }
    clamp_local(record, dimensions, local);
    for (cl_uint i = 0; i < dimensions; i++) {
        assert(local[i] > 0);
        global[i] = (grid->global[i] + local[i] - 1) / local[i] * local[i];
    }
    for (size_t i = 0; i < n; i++) {
        const cl_int code = clSetKernelArg(kernel, (cl_uint)i, args[i].size, args[i].value);
        if (code != CL_SUCCESS) {
            snprintf(what, sizeof what, "argument %zu of kernel %s", i, record->name);
            return lb_fail_cl(device, what, "clSetKernelArg", code);
        }
    }
    lb_trace_begin(device, "kernel", record->name);
    const cl_int code = clEnqueueNDRangeKernel(device->queue, kernel, dimensions, NULL, global,
                                               local, 0, NULL, lb_profile_event(device));
    if (code != CL_SUCCESS) {
        snprintf(what, sizeof what, "kernel %s", record->name);
        return lb_fail_cl(device, what, "clEnqueueNDRangeKernel", code);
    }
    LB_TRY(lb_trace_end(device));
    return lb_profile_add(device, record->name);
}
