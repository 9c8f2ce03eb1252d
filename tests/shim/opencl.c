/* Preloaded: the n-th OpenCL call of those below fails. Waiting calls still wait. */
#define _GNU_SOURCE
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dlfcn.h>
#include <string.h>

#include "fail.h"

__attribute__((constructor)) static void start(void)
{
    shim_start();
}

__attribute__((destructor)) static void end(void)
{
    shim_end();
}

/* The real function. ISO C cannot cast object pointers to function pointers, hence memcpy. */
#define REAL(type, name)                                                                           \
    __typeof__(type) real;                                                                         \
    void *symbol = dlsym(RTLD_NEXT, name);                                                         \
    memcpy(&real, &symbol, sizeof real)

/* Alternates between lack of memory and a lost device. */
static cl_int code(void)
{
    return shim_fail_at % 2 == 0 ? CL_OUT_OF_RESOURCES : CL_OUT_OF_HOST_MEMORY;
}

#define RETURNS_CODE(name, parameters, arguments)                                                  \
    cl_int name parameters                                                                         \
    {                                                                                              \
        REAL(cl_int(*) parameters, #name);                                                         \
        return shim_fails() ? code() : real arguments;                                             \
    }

#define RETURNS_OBJECT(type, name, parameters, arguments)                                          \
    type name parameters                                                                           \
    {                                                                                              \
        REAL(type(*) parameters, #name);                                                           \
        if (shim_fails()) {                                                                        \
            if (result != NULL) {                                                                  \
                *result = code();                                                                  \
            }                                                                                      \
            return NULL;                                                                           \
        }                                                                                          \
        const type object = real arguments;                                                        \
        if (object != NULL) {                                                                      \
            atomic_fetch_add(&shim_live, 1);                                                       \
        }                                                                                          \
        return object;                                                                             \
    }

/* Releasing does not fail, but is counted. */
#define RELEASES(type, name)                                                                       \
    cl_int name(type object)                                                                       \
    {                                                                                              \
        REAL(cl_int (*)(type), #name);                                                             \
        atomic_fetch_sub(&shim_live, 1);                                                           \
        return real(object);                                                                       \
    }

RETURNS_CODE(clGetPlatformIDs, (cl_uint a, cl_platform_id *b, cl_uint *c), (a, b, c))
RETURNS_CODE(clGetDeviceIDs,
             (cl_platform_id a, cl_device_type b, cl_uint c, cl_device_id *d, cl_uint *e),
             (a, b, c, d, e))
RETURNS_CODE(clGetPlatformInfo,
             (cl_platform_id a, cl_platform_info b, size_t c, void *d, size_t *e), (a, b, c, d, e))
RETURNS_CODE(clGetDeviceInfo, (cl_device_id a, cl_device_info b, size_t c, void *d, size_t *e),
             (a, b, c, d, e))
RETURNS_CODE(clGetEventProfilingInfo,
             (cl_event a, cl_profiling_info b, size_t c, void *d, size_t *e), (a, b, c, d, e))
RETURNS_CODE(clBuildProgram,
             (cl_program a, cl_uint b, const cl_device_id *c, const char *d,
              void(CL_CALLBACK *e)(cl_program, void *), void *f),
             (a, b, c, d, e, f))
RETURNS_CODE(clGetProgramBuildInfo,
             (cl_program a, cl_device_id b, cl_program_build_info c, size_t d, void *e, size_t *f),
             (a, b, c, d, e, f))
RETURNS_CODE(clGetKernelInfo, (cl_kernel a, cl_kernel_info b, size_t c, void *d, size_t *e),
             (a, b, c, d, e))
RETURNS_CODE(clGetKernelWorkGroupInfo,
             (cl_kernel a, cl_device_id b, cl_kernel_work_group_info c, size_t d, void *e,
              size_t *f),
             (a, b, c, d, e, f))
RETURNS_CODE(clSetKernelArg, (cl_kernel a, cl_uint b, size_t c, const void *d), (a, b, c, d))
RETURNS_CODE(clEnqueueNDRangeKernel,
             (cl_command_queue a, cl_kernel b, cl_uint c, const size_t *d, const size_t *e,
              const size_t *f, cl_uint g, const cl_event *h, cl_event *i),
             (a, b, c, d, e, f, g, h, i))
RETURNS_CODE(clEnqueueReadBuffer,
             (cl_command_queue a, cl_mem b, cl_bool c, size_t d, size_t e, void *f, cl_uint g,
              const cl_event *h, cl_event *i),
             (a, b, c, d, e, f, g, h, i))
RETURNS_CODE(clEnqueueWriteBuffer,
             (cl_command_queue a, cl_mem b, cl_bool c, size_t d, size_t e, const void *f, cl_uint g,
              const cl_event *h, cl_event *i),
             (a, b, c, d, e, f, g, h, i))
RETURNS_CODE(clEnqueueFillBuffer,
             (cl_command_queue a, cl_mem b, const void *c, size_t d, size_t e, size_t f, cl_uint g,
              const cl_event *h, cl_event *i),
             (a, b, c, d, e, f, g, h, i))
RETURNS_CODE(clEnqueueCopyBuffer,
             (cl_command_queue a, cl_mem b, cl_mem c, size_t d, size_t e, size_t f, cl_uint g,
              const cl_event *h, cl_event *i),
             (a, b, c, d, e, f, g, h, i))
RETURNS_CODE(clEnqueueMarkerWithWaitList,
             (cl_command_queue a, cl_uint b, const cl_event *c, cl_event *d), (a, b, c, d))
RETURNS_CODE(clEnqueueBarrierWithWaitList,
             (cl_command_queue a, cl_uint b, const cl_event *c, cl_event *d), (a, b, c, d))
RETURNS_CODE(clGetMemObjectInfo, (cl_mem a, cl_mem_info b, size_t c, void *d, size_t *e),
             (a, b, c, d, e))
RETURNS_CODE(clFlush, (cl_command_queue a), (a))
RETURNS_CODE(clFinish, (cl_command_queue a), (a))
RETURNS_CODE(clWaitForEvents, (cl_uint a, const cl_event *b), (a, b))
RETURNS_OBJECT(cl_context, clCreateContext,
               (const cl_context_properties *a, cl_uint b, const cl_device_id *c,
                void(CL_CALLBACK *d)(const char *, const void *, size_t, void *), void *e,
                cl_int *result),
               (a, b, c, d, e, result))
RETURNS_OBJECT(cl_command_queue, clCreateCommandQueue,
               (cl_context a, cl_device_id b, cl_command_queue_properties c, cl_int *result),
               (a, b, c, result))
RETURNS_OBJECT(cl_mem, clCreateBuffer,
               (cl_context a, cl_mem_flags b, size_t c, void *d, cl_int *result),
               (a, b, c, d, result))
RETURNS_OBJECT(cl_program, clCreateProgramWithSource,
               (cl_context a, cl_uint b, const char **c, const size_t *d, cl_int *result),
               (a, b, c, d, result))
RETURNS_OBJECT(cl_kernel, clCreateKernel, (cl_program a, const char *b, cl_int *result),
               (a, b, result))
RELEASES(cl_context, clReleaseContext)
RELEASES(cl_command_queue, clReleaseCommandQueue)
RELEASES(cl_mem, clReleaseMemObject)
RELEASES(cl_program, clReleaseProgram)
RELEASES(cl_kernel, clReleaseKernel)
