/* Enumeration of the OpenCL platforms and devices. */
#ifndef LB_DEVICE_LIST_H
#define LB_DEVICE_LIST_H

#include <CL/cl.h>

#include <lowbend/device.h>

struct lb_device_handle {
    cl_platform_id platform;
    cl_device_id id;
};

/**
 * The devices of all platforms: their properties and, in the same order, their OpenCL handles. The
 * caller frees both arrays; both are NULL on failure. Errors as lb_device_list().
 */
enum lb_status lb_device_enumerate(struct lb_context *ctx, struct lb_device_info **infos,
                                   struct lb_device_handle **handles, size_t *count);

#endif
