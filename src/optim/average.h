/* Running mean of a block over steps, on the device. */
#ifndef LB_OPTIM_AVERAGE_H
#define LB_OPTIM_AVERAGE_H

#include "device/device.h"

struct lb_average {
    struct lb_device *device;
    size_t size;
    cl_kernel add;
    cl_kernel add_to_count;
    cl_kernel take;
    cl_mem mean;  ///< (size)
    cl_mem count; ///< float: number of steps in the mean
};

/** For blocks of `size` numbers, initially without steps. Initialise with {0}; the caller destroys
 * it, also on failure. */
enum lb_status lb_average_create(struct lb_average *average, struct lb_device *device, size_t size);
void lb_average_destroy(struct lb_average *average);

/** Removes all steps; no-op for {0}. */
enum lb_status lb_average_clear(struct lb_average *average);

/** Enqueues adding the block to the mean, unless the int skip[0] is not 0. */
enum lb_status lb_average_add(struct lb_average *average, cl_mem block, cl_mem skip);

/** Enqueues replacing the block by the mean, if it has any steps. */
enum lb_status lb_average_take(struct lb_average *average, cl_mem block);

#endif
