/* Mean squared error of a batch and its gradient: the reconstruction loss of a decoder, host side
 * of cl/loss/squared_error.cl. */
#ifndef LB_LOSS_RECONSTRUCTION_H
#define LB_LOSS_RECONSTRUCTION_H

#include "loss/loss.h"

struct lb_reconstruction {
    struct lb_loss loss;
    double gradient_scale; ///< 1; additional factor of the gradient, not of the mean
    cl_kernel gradient;
    cl_kernel mean;
    cl_mem partial; ///< (groups, 4)
};

/** Initialise with {0}; the caller destroys it. */
enum lb_status lb_reconstruction_create(struct lb_reconstruction *reconstruction,
                                        struct lb_device *device, int slots, double weight);
void lb_reconstruction_destroy(struct lb_reconstruction *reconstruction);

/**
 * Enqueues mean (out - target)^2 over n floats, and weight times its gradient.
 *
 * @param gradient (n)
 * @param slot     receives the mean
 */
enum lb_status lb_reconstruction_run(struct lb_reconstruction *reconstruction, cl_mem out,
                                     cl_mem target, int n, cl_mem gradient, int slot);

#endif
