/* Preloaded by tools/gpu_check.py: stores the text of each program and the names of the kernels
 * taken from it in the folder LB_SHIM_SOURCES, as HASH.cl and HASH.kernels (one name a line). */
#define _GNU_SOURCE
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dlfcn.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_file(const char *folder, uint64_t hash, const char *ending, const char *mode,
                       const char *text)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%016" PRIx64 ".%s", folder, hash, ending);
    FILE *file = fopen(path, mode);
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) {
        perror(path);
        abort();
    }
}

static void keep(const char *folder, cl_program program, const char *name)
{
    size_t size = 0;
    clGetProgramInfo(program, CL_PROGRAM_SOURCE, 0, NULL, &size);
    char *text = calloc(size + 1, 1);
    if (text == NULL || clGetProgramInfo(program, CL_PROGRAM_SOURCE, size, text, NULL) != 0) {
        abort();
    }
    uint64_t hash = UINT64_C(14695981039346656037); // FNV-1a
    for (const char *p = text; *p != '\0'; p++) {
        hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
    }
    char line[256];
    snprintf(line, sizeof line, "%s\n", name);
    write_file(folder, hash, "cl", "w", text);
    write_file(folder, hash, "kernels", "a", line);
    free(text);
}

cl_kernel clCreateKernel(cl_program program, const char *name, cl_int *result)
{
    /* The real function. ISO C cannot cast object pointers to function pointers, hence memcpy. */
    __typeof__(clCreateKernel) *real;
    void *symbol = dlsym(RTLD_NEXT, "clCreateKernel");
    memcpy(&real, &symbol, sizeof real);
    const char *folder = getenv("LB_SHIM_SOURCES");
    if (folder != NULL) {
        keep(folder, program, name);
    }
    return real(program, name, result);
}
