/* Preloaded: new buffers are full of NaN, so that a number that nobody wrote shows in what is
 * computed from it. */
#define _GNU_SOURCE
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host,
                      cl_int *result)
{
    /* The real function. ISO C cannot cast object pointers to function pointers, hence memcpy. */
    __typeof__(clCreateBuffer) *real;
    void *symbol = dlsym(RTLD_NEXT, "clCreateBuffer");
    memcpy(&real, &symbol, sizeof real);
    unsigned char *poison = host == NULL ? malloc(size) : NULL;
    if (poison == NULL) {
        return real(context, flags, size, host, result);
    }
    memset(poison, 0xff, size); // a NaN for floats, -1 for integers
    cl_mem mem = real(context, flags | CL_MEM_COPY_HOST_PTR, size, poison, result);
    free(poison);
    return mem;
}
