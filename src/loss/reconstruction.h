/* Mean squared error of a batch and its gradient: the reconstruction loss of a decoder. */
#ifndef LB_LOSS_RECONSTRUCTION_H
#define LB_LOSS_RECONSTRUCTION_H

#include "device/device.h"

struct lb_squared_error {
    struct lb_device *device;
    cl_kernel gradient;
    cl_kernel mean;
    cl_mem partial; ///< (groups, 4)
};

/** Starts as {0}; the caller destroys it. */
enum lb_status lb_squared_error_create(struct lb_squared_error *error, struct lb_device *device);
void lb_squared_error_destroy(struct lb_squared_error *error);

/**
 * Enqueues mean (out - target)^2 over n floats and weight times its gradient.
 *
 * @param gradient (n)
 * @param terms    float4 slots; the first number of slot `slot` receives the mean, the others 0
 */
enum lb_status lb_squared_error_run(struct lb_squared_error *error, cl_mem out, cl_mem target,
                                    int n, double weight, cl_mem gradient, cl_mem terms, int slot);

#endif
