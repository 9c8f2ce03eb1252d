#include "device/device.h"

#define SMALLEST                                                                                   \
    128 // zero-size buffers are an error, and very small ones cause trouble on some drivers

static enum lb_status create(struct lb_device *device, cl_mem *out, size_t size, void *at,
                             const char *what)
{
    *out = NULL;
    const uint64_t limit = device->info.max_allocation_bytes;
    if (limit > 0 && size > limit) {
        return lb_fail(device->ctx, LB_ERR_MEMORY,
                       "%s: a buffer of %.1f MiB is more than the %.1f MiB that %s allows (use "
                       "smaller sizes or another device)",
                       what, (double)size / 1048576.0, (double)limit / 1048576.0,
                       device->info.name);
    }
    cl_int code = CL_SUCCESS;
    const cl_mem_flags flags = CL_MEM_READ_WRITE | (at != NULL ? CL_MEM_USE_HOST_PTR : 0);
    cl_mem mem = clCreateBuffer(device->context, flags, size, at, &code);
    if (code != CL_SUCCESS) {
        return lb_fail_cl(device, what, "clCreateBuffer", code);
    }
    *out = mem;
    return LB_OK;
}

enum lb_status lb_buffer_create(struct lb_device *device, cl_mem *out, size_t bytes,
                                const char *what)
{
    return create(device, out, bytes > SMALLEST ? bytes : SMALLEST, NULL, what);
}

enum lb_status lb_buffer_create_at(struct lb_device *device, cl_mem *out, size_t bytes, void *at,
                                   const char *what)
{
    return create(device, out, bytes, at, what);
}

void lb_buffer_release(cl_mem *mem)
{
    if (mem != NULL && *mem != NULL) {
        clReleaseMemObject(*mem);
        *mem = NULL;
    }
}

enum lb_status lb_buffer_write(struct lb_device *device, cl_mem mem, size_t offset,
                               const void *data, size_t bytes)
{
    if (bytes == 0) {
        return LB_OK;
    }
    const cl_int code =
        clEnqueueWriteBuffer(device->queue, mem, CL_TRUE, offset, bytes, data, 0, NULL, NULL);
    return code == CL_SUCCESS
               ? LB_OK
               : lb_fail_cl(device, "writing a buffer", "clEnqueueWriteBuffer", code);
}

enum lb_status lb_buffer_read(struct lb_device *device, cl_mem mem, size_t offset, void *data,
                              size_t bytes)
{
    if (bytes == 0) {
        return LB_OK;
    }
    const cl_int code =
        clEnqueueReadBuffer(device->queue, mem, CL_TRUE, offset, bytes, data, 0, NULL, NULL);
    return code == CL_SUCCESS ? LB_OK
                              : lb_fail_cl(device, "reading a buffer", "clEnqueueReadBuffer", code);
}

enum lb_status lb_buffer_zero(struct lb_device *device, cl_mem mem, size_t offset, size_t bytes)
{
    if (bytes == 0) {
        return LB_OK;
    }
    /* Offset and size must be multiples of the pattern; a wider pattern is faster */
    static const cl_uint zero[4] = {0, 0, 0, 0};
    size_t pattern = sizeof zero;
    while (pattern > 1 && (offset % pattern != 0 || bytes % pattern != 0)) {
        pattern /= 2;
    }
    const cl_int code =
        clEnqueueFillBuffer(device->queue, mem, zero, pattern, offset, bytes, 0, NULL, NULL);
    return code == CL_SUCCESS ? LB_OK
                              : lb_fail_cl(device, "zeroing a buffer", "clEnqueueFillBuffer", code);
}

enum lb_status lb_buffer_copy(struct lb_device *device, cl_mem from, size_t from_offset, cl_mem to,
                              size_t to_offset, size_t bytes)
{
    if (bytes == 0) {
        return LB_OK;
    }
    const cl_int code =
        clEnqueueCopyBuffer(device->queue, from, to, from_offset, to_offset, bytes, 0, NULL, NULL);
    return code == CL_SUCCESS ? LB_OK
                              : lb_fail_cl(device, "copying a buffer", "clEnqueueCopyBuffer", code);
}

enum lb_status lb_buffer_map(struct lb_device *device, cl_mem mem, size_t bytes, void **out)
{
    cl_int code = CL_SUCCESS;
    *out = clEnqueueMapBuffer(device->queue, mem, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0, bytes, 0,
                              NULL, NULL, &code);
    return code == CL_SUCCESS ? LB_OK
                              : lb_fail_cl(device, "mapping a buffer", "clEnqueueMapBuffer", code);
}

enum lb_status lb_buffer_unmap(struct lb_device *device, cl_mem mem, void *at)
{
    const cl_int code = clEnqueueUnmapMemObject(device->queue, mem, at, 0, NULL, NULL);
    return code == CL_SUCCESS
               ? LB_OK
               : lb_fail_cl(device, "unmapping a buffer", "clEnqueueUnmapMemObject", code);
}
