/*
 * Private part of the device: one context, one in-order queue, buffers and kernels.
 *
 * Launches are asynchronous; only lb_buffer_read(), lb_buffer_write() and lb_device_finish() wait.
 */
#ifndef LB_DEVICE_DEVICE_H
#define LB_DEVICE_DEVICE_H

#include <CL/cl.h>

#include <lowbend/device.h>

#include "base/context.h"

#define LB_KERNEL_BUCKETS 64

struct lb_program;
struct lb_kernel;
struct lb_notice;
struct lb_profile;
struct lb_attachment;

/** The path of a device, see path.h. */
enum lb_path {
    LB_PATH_BY_TYPE, ///< the CPU path on CPU devices, the GPU path on all others
    LB_PATH_CPU,
    LB_PATH_GPU,
};

/** Called before each operation of the device: a verb and its object ("kernel", "adam_update"). */
typedef void (*lb_trace_fn)(void *user, const char *what, const char *name);

struct lb_device {
    struct lb_context *ctx;
    struct lb_device_info info;
    enum lb_path path;
    /** Loads in loops are gathers, even if all work-items load the same number: sub_group_shuffle()
     * should broadcast it, in subgroups of 8 or a multiple. Vectors may be misaligned. */
    bool shuffles;
    cl_platform_id platform;
    cl_device_id id;
    cl_device_id part; ///< for a CPU shared by ranks, the same as id; NULL: the whole device
    cl_context context;
    cl_command_queue queue;
    struct lb_program *programs; ///< built programs with their kernels, see program.c
    struct lb_kernel *kernels[LB_KERNEL_BUCKETS]; ///< the same kernels, hashed for launches
    char *cl_dir;                                 ///< the folder of the .cl files
    struct lb_notice *notice;                     ///< a driver's message waiting to be logged
    struct lb_profile *profile;                   ///< NULL unless kernels are timed, see profile.h
    struct lb_attachment *attachments;            ///< data of upper rooms, see attachment.h
    lb_trace_fn
        trace; ///< NULL: no tracing; otherwise every launch is waited for, see lb_trace_begin()
    void *trace_user;
};

/** "CL_OUT_OF_RESOURCES" for -5, "CLBlastInvalidDimension" for -1017, else "unknown error". */
const char *lb_cl_error_name(int code);

/**
 * Stores "WHAT: CALL failed with NAME (CODE)" and returns LB_ERR_MEMORY for allocation failures,
 * LB_ERR_OPENCL otherwise.
 */
enum lb_status lb_fail_cl(struct lb_device *device, const char *what, const char *call, int code);
#if defined(__clang_analyzer__)
#define lb_fail_cl(...) lb_failed(lb_fail_cl(__VA_ARGS__))
#endif

enum lb_status lb_device_finish(struct lb_device *device);

/**
 * Call it before anything that could crash a driver, if tracing is on: if the process ends now,
 * `what` and `name` are the cause. lb_trace_end() waits for completion, so nothing else can be.
 */
void lb_trace_begin(const struct lb_device *device, const char *what, const char *name);
enum lb_status lb_trace_end(struct lb_device *device);

/* ---- buffers: plain cl_mem, sizes and offsets in bytes --------------------------------------- */

/**
 * Creates a read-write buffer of at least `bytes` (never zero-size) with undefined content. `what`
 * names it in error messages. The caller releases it with lb_buffer_release().
 */
enum lb_status lb_buffer_create(struct lb_device *device, cl_mem *out, size_t bytes,
                                const char *what);
/** A read-write buffer in the host memory `at`, which must stay valid until the buffer is released
 * and the queue is empty. CPU devices use page-aligned memory in place. */
enum lb_status lb_buffer_create_at(struct lb_device *device, cl_mem *out, size_t bytes, void *at,
                                   const char *what);
/** Releases and sets NULL; NULL is allowed. */
void lb_buffer_release(cl_mem *mem);
/** Blocking. */
enum lb_status lb_buffer_write(struct lb_device *device, cl_mem mem, size_t offset,
                               const void *data, size_t bytes);
/** Blocking: waits for all earlier work. */
enum lb_status lb_buffer_read(struct lb_device *device, cl_mem mem, size_t offset, void *data,
                              size_t bytes);
enum lb_status lb_buffer_zero(struct lb_device *device, cl_mem mem, size_t offset, size_t bytes);
enum lb_status lb_buffer_copy(struct lb_device *device, cl_mem from, size_t from_offset, cl_mem to,
                              size_t to_offset, size_t bytes);

/** Blocking: maps the first `bytes` of a buffer to host memory for reading and writing, until
 * lb_buffer_unmap(). Work enqueued later waits for that. */
enum lb_status lb_buffer_map(struct lb_device *device, cl_mem mem, size_t bytes, void **out);
enum lb_status lb_buffer_unmap(struct lb_device *device, cl_mem mem, void *at);

/* ---- programs and kernels -------------------------------------------------------------------- */

/**
 * The kernel `name` of `file`, built on first use and kept with the device: the caller does not
 * release it.
 *
 * @param prelude OpenCL C placed before the file's text, or NULL: #define lines that specialise it,
 *                or an #include of a dataset. Calls with equal file and prelude share one program.
 * @param file    path below the kernel folder ("optim/adam.cl"), or an absolute one
 *
 * The host expands #include "x", each file once (regardless of #if), searching beside the including
 * file, then in the kernel folder; #line preserves file and line in messages. LB_ERR_BUILD carries
 * the first error with file, line and three source lines, or names the kernel that the file does
 * not define; the full log goes to LB_LOG_DEBUG.
 */
enum lb_status lb_kernel_get(struct lb_device *device, cl_kernel *out, const char *file,
                             const char *name, const char *prelude);

/** One argument of a launch: use LB_ARG(variable). */
struct lb_arg {
    size_t size;
    const void *value;
};
#define LB_ARG(variable) ((struct lb_arg){sizeof(variable), &(variable)})

/** Work size: global sizes are rounded up to multiples of local sizes; kernels guard against the
 * excess. */
struct lb_ndrange {
    cl_uint dimensions;
    size_t global[3];
    size_t local[3];
};
/** Default work-group size; also that of every reduction. */
#define LB_GROUP 64
/** n work-items in groups of LB_GROUP. */
#define LB_NDRANGE(n) ((struct lb_ndrange){1, {(size_t)(n), 1, 1}, {LB_GROUP, 1, 1}})

/**
 * Sets the arguments and enqueues the kernel. An empty grid launches nothing. `local` is halved
 * until the built kernel allows it; kernels that need an exact size (reductions) get LB_GROUP as a
 * #define.
 */
enum lb_status lb_launch_args(struct lb_device *device, cl_kernel kernel,
                              const struct lb_ndrange *grid, const struct lb_arg *args, size_t n);
#define lb_launch(device, kernel, grid, ...)                                                       \
    lb_launch_args(device, kernel, &(grid), (const struct lb_arg[]){__VA_ARGS__},                  \
                   LB_COUNT(((const struct lb_arg[]){__VA_ARGS__})))

#endif
