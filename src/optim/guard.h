/* Leaving out steps whose loss or gradient is not finite, decided on the device. */
#ifndef LB_OPTIM_GUARD_H
#define LB_OPTIM_GUARD_H

#include <stdbool.h>

#include "device/device.h"

struct lb_guard {
    struct lb_device *device;
    cl_kernel loss;
    cl_kernel gradient;
    cl_kernel count;
    cl_mem flags; ///< int[2]: whether this step is left out, and how many were
};

/** Count 0. Starts as {0}; the caller destroys it. */
enum lb_status lb_guard_create(struct lb_guard *guard, struct lb_device *device);
void lb_guard_destroy(struct lb_guard *guard);

/** What a step trains on: means as lb_loss_run() and lb_squared_error_run() leave them. */
struct lb_guarded_loss {
    cl_mem energy;
    cl_mem error;
    int slot;
    bool has_energy;
    bool has_error;
};

/** Enqueues the start of a step, whose gradients follow; lb_adam_params.skip then is `flags`. */
enum lb_status lb_guard_loss(struct lb_guard *guard, const struct lb_guarded_loss *loss);
enum lb_status lb_guard_gradient(struct lb_guard *guard, cl_mem gradient, size_t n);
/** Enqueues the end of the step: counts it if it was left out. */
enum lb_status lb_guard_count(struct lb_guard *guard);

/** Waits. */
enum lb_status lb_guard_read(struct lb_guard *guard, int *count);
enum lb_status lb_guard_write(struct lb_guard *guard, int count);

#endif
