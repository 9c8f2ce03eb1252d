/* The device's functions that loaders call, without one: linked in their place by --wrap. */
#include "fuzz.h"
#include "gemm/gemm.h"
#include "device/vector.h"

enum lb_status __wrap_lb_buffer_create(struct lb_device *device, cl_mem *out, size_t bytes,
                                       const char *what);
enum lb_status __wrap_lb_buffer_zero(struct lb_device *device, cl_mem mem, size_t offset,
                                     size_t bytes);
enum lb_status __wrap_lb_buffer_write(struct lb_device *device, cl_mem mem, size_t offset,
                                      const void *data, size_t bytes);
enum lb_status __wrap_lb_step_kernel(struct lb_device *device, cl_kernel *kernel, const char *name);
enum lb_status __wrap_lb_gemm_create(struct lb_gemm **out, struct lb_device *device,
                                     enum lb_gemm_kind kind);

enum lb_status __wrap_lb_buffer_create(struct lb_device *device, cl_mem *out, size_t bytes,
                                       const char *what)
{
    (void)device;
    (void)bytes;
    (void)what;
    *out = NULL;
    return LB_OK;
}

enum lb_status __wrap_lb_buffer_zero(struct lb_device *device, cl_mem mem, size_t offset,
                                     size_t bytes)
{
    (void)device;
    (void)mem;
    (void)offset;
    (void)bytes;
    return LB_OK;
}

/* Reads just enough of the data for AddressSanitizer to detect invalid memory: a network of few
 * bytes can have huge images. */
enum lb_status __wrap_lb_buffer_write(struct lb_device *device, cl_mem mem, size_t offset,
                                      const void *data, size_t bytes)
{
    (void)device;
    (void)mem;
    (void)offset;
    volatile unsigned char sum = 0;
    for (size_t i = 0; i < bytes; i += 256) {
        sum = (unsigned char)(sum + ((const unsigned char *)data)[i]);
    }
    if (bytes > 0) {
        sum = (unsigned char)(sum + ((const unsigned char *)data)[bytes - 1]);
    }
    return LB_OK;
}

enum lb_status __wrap_lb_step_kernel(struct lb_device *device, cl_kernel *kernel, const char *name)
{
    (void)device;
    (void)name;
    *kernel = NULL;
    return LB_OK;
}

enum lb_status __wrap_lb_gemm_create(struct lb_gemm **out, struct lb_device *device,
                                     enum lb_gemm_kind kind)
{
    (void)device;
    (void)kind;
    *out = NULL;
    return LB_OK;
}
