/* Programs and kernels of a device. */
#ifndef LB_DEVICE_PROGRAM_H
#define LB_DEVICE_PROGRAM_H

#include "device/device.h"

/** A built kernel with its limits for launches. */
struct lb_kernel {
    cl_kernel kernel;
    char *name;
    size_t group_limit;   ///< CL_KERNEL_WORK_GROUP_SIZE
    size_t item_limit[3]; ///< CL_DEVICE_MAX_WORK_ITEM_SIZES
    cl_uint n_args;
    struct lb_kernel *next;           ///< next kernel of its program
    struct lb_kernel *next_in_bucket; ///< in lb_device.kernels
};

/** The record of a kernel from lb_kernel_get(), or NULL. */
const struct lb_kernel *lb_kernel_find(const struct lb_device *device, cl_kernel kernel);

/** Releases all programs and kernels of the device. */
void lb_programs_free(struct lb_device *device);

#endif
