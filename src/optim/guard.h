/* Skips steps whose loss or gradient is not finite, decided on the device. */
#ifndef LB_OPTIM_GUARD_H
#define LB_OPTIM_GUARD_H

#include <stdbool.h>

#include "loss/loss.h"

struct lb_guard {
    struct lb_device *device;
    cl_kernel loss;
    cl_kernel gradient;
    cl_kernel count;
    cl_mem flags; ///< int[2]: whether this step is skipped, and the number of skipped steps
};

/** Count 0. Initialise with {0}; the caller destroys it. */
enum lb_status lb_guard_create(struct lb_guard *guard, struct lb_device *device);
void lb_guard_destroy(struct lb_guard *guard);

/** Enqueues the start of a step with the means of its n losses in slot `slot`; checks of its
 * gradients follow. Pass `flags` as lb_adam_params.skip. */
enum lb_status lb_guard_losses(struct lb_guard *guard, const struct lb_loss *const *losses, int n,
                               int slot);
enum lb_status lb_guard_gradient(struct lb_guard *guard, cl_mem gradient, size_t n);
/** Enqueues the end of the step, which counts it if skipped. */
enum lb_status lb_guard_count(struct lb_guard *guard);

/** Waits. */
enum lb_status lb_guard_read(struct lb_guard *guard, int *count);
enum lb_status lb_guard_write(struct lb_guard *guard, int count);

#endif
