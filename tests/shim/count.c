/* Preloaded: what a program launches, waits for and allocates, to the file LB_COUNT as JSON. */
#define _GNU_SOURCE
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_KERNELS = 512, NAME_BYTES = 64 };

struct counted {
    char name[NAME_BYTES];
    long launches;
    size_t group; ///< work-items of its smallest work-group
    cl_ulong local_bytes;
};

static struct counted kernels[MAX_KERNELS];
static size_t kernel_count;
static long waits;
static size_t largest_buffer;
static cl_ulong max_allocation;
static cl_ulong device_local_bytes;

/* The real function. ISO C cannot cast object pointers to function pointers, hence memcpy. */
#define REAL(name)                                                                                 \
    __typeof__(name) *real;                                                                        \
    void *symbol = dlsym(RTLD_NEXT, #name);                                                        \
    memcpy(&real, &symbol, sizeof real)

static void read_limits(cl_device_id device)
{
    clGetDeviceInfo(device, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof max_allocation, &max_allocation,
                    NULL);
    clGetDeviceInfo(device, CL_DEVICE_LOCAL_MEM_SIZE, sizeof device_local_bytes,
                    &device_local_bytes, NULL);
}

static struct counted *find(cl_kernel kernel, cl_command_queue queue)
{
    char name[NAME_BYTES] = "";
    cl_device_id device = NULL;
    size_t i = 0;
    clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof name, name, NULL);
    while (i < kernel_count && strcmp(kernels[i].name, name) != 0) {
        i++;
    }
    if (i == MAX_KERNELS) {
        fprintf(stderr, "count: more than %d kernels\n", MAX_KERNELS);
        abort();
    }
    if (i == kernel_count) {
        kernel_count++;
        memcpy(kernels[i].name, name, sizeof name);
        kernels[i].group = (size_t)-1;
        clGetCommandQueueInfo(queue, CL_QUEUE_DEVICE, sizeof device, &device, NULL);
        read_limits(device);
        clGetKernelWorkGroupInfo(kernel, device, CL_KERNEL_LOCAL_MEM_SIZE,
                                 sizeof kernels[i].local_bytes, &kernels[i].local_bytes, NULL);
    }
    return &kernels[i];
}

cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions,
                              const size_t *offset, const size_t *global, const size_t *local,
                              cl_uint n, const cl_event *list, cl_event *event)
{
    REAL(clEnqueueNDRangeKernel);
    struct counted *counted = find(kernel, queue);
    size_t group = local != NULL ? 1 : 0;
    for (cl_uint i = 0; local != NULL && i < dimensions; i++) {
        group *= local[i];
    }
    counted->launches++;
    counted->group = group < counted->group ? group : counted->group;
    return real(queue, kernel, dimensions, offset, global, local, n, list, event);
}

cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host,
                      cl_int *result)
{
    REAL(clCreateBuffer);
    largest_buffer = size > largest_buffer ? size : largest_buffer;
    return real(context, flags, size, host, result);
}

cl_int clFinish(cl_command_queue queue)
{
    REAL(clFinish);
    waits++;
    return real(queue);
}

cl_int clWaitForEvents(cl_uint n, const cl_event *events)
{
    REAL(clWaitForEvents);
    waits++;
    return real(n, events);
}

cl_int clEnqueueReadBuffer(cl_command_queue queue, cl_mem mem, cl_bool blocking, size_t offset,
                           size_t size, void *to, cl_uint n, const cl_event *list, cl_event *event)
{
    REAL(clEnqueueReadBuffer);
    waits += blocking == CL_TRUE;
    return real(queue, mem, blocking, offset, size, to, n, list, event);
}

cl_int clEnqueueWriteBuffer(cl_command_queue queue, cl_mem mem, cl_bool blocking, size_t offset,
                            size_t size, const void *from, cl_uint n, const cl_event *list,
                            cl_event *event)
{
    REAL(clEnqueueWriteBuffer);
    waits += blocking == CL_TRUE;
    return real(queue, mem, blocking, offset, size, from, n, list, event);
}

void *clEnqueueMapBuffer(cl_command_queue queue, cl_mem mem, cl_bool blocking, cl_map_flags flags,
                         size_t offset, size_t size, cl_uint n, const cl_event *list,
                         cl_event *event, cl_int *result)
{
    REAL(clEnqueueMapBuffer);
    waits += blocking == CL_TRUE;
    return real(queue, mem, blocking, flags, offset, size, n, list, event, result);
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("LB_COUNT");
    FILE *file = path != NULL && kernel_count > 0 ? fopen(path, "w") : NULL;
    if (file == NULL) {
        return;
    }
    fprintf(file,
            "{\"waits\": %ld, \"largest_buffer\": %zu, \"max_allocation\": %llu, "
            "\"device_local_bytes\": %llu, \"kernels\": {",
            waits, largest_buffer, (unsigned long long)max_allocation,
            (unsigned long long)device_local_bytes);
    for (size_t i = 0; i < kernel_count; i++) {
        fprintf(file, "%s\"%s\": {\"launches\": %ld, \"group\": %zu, \"local_bytes\": %llu}",
                i > 0 ? ", " : "", kernels[i].name, kernels[i].launches, kernels[i].group,
                (unsigned long long)kernels[i].local_bytes);
    }
    fprintf(file, "}}\n");
    fclose(file);
}
