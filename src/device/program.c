#include "device/program.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "device/build_log.h"
#include "device/pocl_cache.h"
#include "device/kernel_source.h"
#include "device/program_cache.h"

struct lb_program {
    char *source; ///< expanded text: requests with equal text share the program
    size_t length;
    cl_program program;
    struct lb_kernel *kernels;
    struct lb_program *next;
};

/** The build options, defined only here. */
static const char *build_options(void)
{
    return "-cl-std=CL1.2";
}

/** Bucket of the launch table; the low bits of an address are always zero. */
static size_t bucket_of(cl_kernel kernel)
{
    const uintptr_t address = (uintptr_t)kernel;
    return (size_t)((address >> 4) ^ (address >> 10)) % LB_KERNEL_BUCKETS;
}

/* ---- freeing --------------------------------------------------------------------------------- */

static void free_kernel(struct lb_kernel *kernel)
{
    if (kernel->kernel != NULL) {
        clReleaseKernel(kernel->kernel);
    }
    free(kernel->name);
    free(kernel);
}

static void free_program(struct lb_program *program)
{
    while (program->kernels != NULL) {
        struct lb_kernel *next = program->kernels->next;
        free_kernel(program->kernels);
        program->kernels = next;
    }
    if (program->program != NULL) {
        clReleaseProgram(program->program);
    }
    free(program->source);
    free(program);
}

void lb_programs_free(struct lb_device *device)
{
    memset(device->kernels, 0, sizeof device->kernels);
    while (device->programs != NULL) {
        struct lb_program *next = device->programs->next;
        free_program(device->programs);
        device->programs = next;
    }
}

/* ---- building -------------------------------------------------------------------------------- */

/** The build log, allocated; empty if the driver has none, NULL when out of memory. */
static char *read_log(const struct lb_device *device, cl_program program)
{
    size_t size = 0;
    if (clGetProgramBuildInfo(program, device->id, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) !=
        CL_SUCCESS) {
        size = 0;
    }
    char *log = calloc(size + 1, 1);
    if (log != NULL && size > 0 &&
        clGetProgramBuildInfo(program, device->id, CL_PROGRAM_BUILD_LOG, size, log, NULL) !=
            CL_SUCCESS) {
        log[0] = '\0';
    }
    return log;
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

/** Drivers disagree on the error code for compile errors; the program's build status is
 * reliable. */
static bool is_compile_error(const struct lb_device *device, cl_program program, cl_int code)
{
    cl_build_status build = CL_BUILD_NONE;
    return code == CL_BUILD_PROGRAM_FAILURE ||
           (clGetProgramBuildInfo(program, device->id, CL_PROGRAM_BUILD_STATUS, sizeof build,
                                  &build, NULL) == CL_SUCCESS &&
            build == CL_BUILD_ERROR);
}

static enum lb_status fail_build(struct lb_device *device, const struct lb_kernel_source *source,
                                 const char *file, const char *log)
{
    struct lb_text message = {0};
    struct lb_text cache = {0};
    enum lb_status status = LB_OK;
    if (!lb_build_log_explain(&message, source, file, log, "correct the OpenCL C text") &&
        lb_pocl_cache_explain(&cache, device->info.platform)) { // not an error in the text
        status = cache.failed ? lb_fail_memory(device->ctx, file)
                              : lb_fail(device->ctx, LB_ERR_IO, "%s: %s", file, cache.data);
        goto done;
    }
    lb_text_addf(&message, "\n(%s, driver %s, options %s, kernel folder %.200s)", device->info.name,
                 device->info.driver, build_options(), device->cl_dir);
    status = message.failed ? lb_fail_memory(device->ctx, file)
                            : lb_fail(device->ctx, LB_ERR_BUILD, "%s", message.data);
done:
    lb_text_free(&cache);
    lb_text_free(&message);
    return status;
}

static enum lb_status build(struct lb_device *device, cl_program program,
                            const struct lb_kernel_source *source, const char *file)
{
    lb_trace_begin(device, "compiling", file);
    const cl_int code = clBuildProgram(program, 1, &device->id, build_options(), NULL, NULL);
    char *log = read_log(device, program);
    if (log == NULL) {
        return lb_fail_memory(device->ctx, file);
    }
    if (!is_blank(log)) {
        lb_log(device->ctx, LB_LOG_DEBUG, "%s: build log of %s:\n%s", file, device->info.name, log);
    }
    enum lb_status status = LB_OK;
    if (code != CL_SUCCESS) {
        status = is_compile_error(device, program, code)
                     ? fail_build(device, source, file, log)
                     : lb_fail_cl(device, file, "clBuildProgram", code);
    }
    free(log);
    return status;
}

static enum lb_status compile(struct lb_device *device, cl_program *out,
                              const struct lb_kernel_source *source, const char *file)
{
    const char *text = source->text.data;
    const size_t length = source->text.length;
    cl_int code = CL_SUCCESS;
    *out = clCreateProgramWithSource(device->context, 1, &text, &length, &code);
    if (code != CL_SUCCESS) {
        *out = NULL;
        return lb_fail_cl(device, file, "clCreateProgramWithSource", code);
    }
    return build(device, *out, source, file);
}

/** Builds a program and prepends it to the device's list. */
static enum lb_status add_program(struct lb_device *device, struct lb_kernel_source *source,
                                  const char *file)
{
    struct lb_program *program = calloc(1, sizeof *program);
    if (program == NULL) {
        return lb_fail_memory(device->ctx, file);
    }
    enum lb_status status = LB_OK;
    const struct lb_program_text cached = {file, source->text.data, source->text.length,
                                           build_options()};
    program->program = lb_program_cache_load(device, &cached);
    if (program->program == NULL) {
        LB_CHECK(compile(device, &program->program, source, file));
        lb_program_cache_store(device, &cached, program->program);
    }
    program->source = source->text.data;
    program->length = source->text.length;
    source->text = (struct lb_text){0};
    program->next = device->programs;
    device->programs = program;
    return LB_OK;

fail:
    free_program(program);
    return status;
}

/** The program with this text, built if new. */
static enum lb_status get_program(struct lb_device *device, struct lb_kernel_source *source,
                                  const char *file, struct lb_program **out)
{
    for (struct lb_program *p = device->programs; p != NULL; p = p->next) {
        if (p->length == source->text.length &&
            memcmp(p->source, source->text.data, p->length) == 0) {
            *out = p;
            return LB_OK;
        }
    }
    LB_TRY(add_program(device, source, file));
    *out = device->programs;
    return LB_OK;
}

/* ---- kernels --------------------------------------------------------------------------------- */

/** Queries the limits needed by launches, once. */
static enum lb_status read_limits(struct lb_device *device, struct lb_kernel *kernel)
{
    cl_int code = clGetKernelWorkGroupInfo(kernel->kernel, device->id, CL_KERNEL_WORK_GROUP_SIZE,
                                           sizeof kernel->group_limit, &kernel->group_limit, NULL);
    if (code != CL_SUCCESS) {
        return lb_fail_cl(device, kernel->name, "clGetKernelWorkGroupInfo", code);
    }
    code = clGetKernelInfo(kernel->kernel, CL_KERNEL_NUM_ARGS, sizeof kernel->n_args,
                           &kernel->n_args, NULL);
    if (code != CL_SUCCESS) {
        return lb_fail_cl(device, kernel->name, "clGetKernelInfo", code);
    }
    size_t limits[8] = {0}; // devices may have more than three dimensions
    const bool known = clGetDeviceInfo(device->id, CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof limits,
                                       limits, NULL) == CL_SUCCESS;
    for (size_t i = 0; i < 3; i++) {
        kernel->item_limit[i] = known && limits[i] > 0 ? limits[i] : SIZE_MAX;
    }
    return LB_OK;
}

static enum lb_status add_kernel(struct lb_device *device, struct lb_program *program,
                                 const char *file, const char *name)
{
    enum lb_status status = LB_OK;
    cl_int code = CL_SUCCESS;
    struct lb_kernel *kernel = calloc(1, sizeof *kernel);
    if (kernel == NULL) {
        return lb_fail_memory(device->ctx, name);
    }
    kernel->name = lb_string_copy(name);
    if (kernel->name == NULL) {
        status = lb_fail_memory(device->ctx, name);
        goto fail;
    }
    kernel->kernel = clCreateKernel(program->program, name, &code);
    if (code == CL_INVALID_KERNEL_NAME) {
        status = lb_fail(device->ctx, LB_ERR_BUILD,
                         "%s: defines no kernel %s (correct the file or the name)", file, name);
        goto fail;
    }
    if (code != CL_SUCCESS) {
        status = lb_fail_cl(device, name, "clCreateKernel", code);
        goto fail;
    }
    LB_CHECK(read_limits(device, kernel));
    kernel->next = program->kernels;
    program->kernels = kernel;
    struct lb_kernel **bucket = &device->kernels[bucket_of(kernel->kernel)];
    kernel->next_in_bucket = *bucket;
    *bucket = kernel;
    return LB_OK;

fail:
    free_kernel(kernel);
    return status;
}

enum lb_status lb_kernel_get(struct lb_device *device, cl_kernel *out, const char *file,
                             const char *name, const char *prelude)
{
    *out = NULL;
    struct lb_kernel_source source = {0};
    struct lb_program *program = NULL;
    enum lb_status status =
        lb_kernel_source_expand(&source, device->ctx, device->cl_dir, file, prelude);
    if (status == LB_OK) {
        status = get_program(device, &source, file, &program);
    }
    lb_kernel_source_free(&source);
    if (status != LB_OK) {
        return status;
    }
    for (const struct lb_kernel *k = program->kernels; k != NULL; k = k->next) {
        if (strcmp(k->name, name) == 0) {
            *out = k->kernel;
            return LB_OK;
        }
    }
    LB_TRY(add_kernel(device, program, file, name));
    *out = program->kernels->kernel;
    return LB_OK;
}

const struct lb_kernel *lb_kernel_find(const struct lb_device *device, cl_kernel kernel)
{
    const struct lb_kernel *found = device->kernels[bucket_of(kernel)];
    while (found != NULL && found->kernel != kernel) {
        found = found->next_in_bucket;
    }
    return found;
}
