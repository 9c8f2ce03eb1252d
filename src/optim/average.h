/* The mean of a block's numbers over steps, kept on the device. */
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
    cl_mem count; ///< float: steps in it
};

/** Of blocks of `size` numbers, with no step in it. Starts as {0}; the caller destroys it, also on
 * failure. */
enum lb_status lb_average_create(struct lb_average *average, struct lb_device *device, size_t size);
void lb_average_destroy(struct lb_average *average);

/** Takes all steps out of it; of {0} nothing happens. */
enum lb_status lb_average_clear(struct lb_average *average);

/** Enqueues: the mean takes in the block, unless skip[0], an int, is not 0. */
enum lb_status lb_average_add(struct lb_average *average, cl_mem block, cl_mem skip);

/** Enqueues: the block becomes the mean, if there is a step in it. */
enum lb_status lb_average_take(struct lb_average *average, cl_mem block);

#endif
