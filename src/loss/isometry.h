/* The loss E_epsilon of a batch of pairs, and its gradient with respect to the latents. */
#ifndef LB_LOSS_ISOMETRY_H
#define LB_LOSS_ISOMETRY_H

#include "device/device.h"

/** Means over one batch, as the device stores them: one float4 a slot. */
struct lb_loss_terms {
    float distortion;         ///< mean gamma_c(|first quotient|)
    float bending;            ///< mean |second quotient|^2
    float distortion_squared; ///< means of the squares, for standard errors
    float bending_squared;
};

struct lb_loss {
    struct lb_device *device;
    cl_kernel gradient;
    cl_kernel mean;
    cl_mem partial; ///< (groups, 4)
};

/** Starts as {0}; room for batches of at most `pairs` pairs. The caller destroys it. */
enum lb_status lb_loss_create(struct lb_loss *loss, struct lb_device *device, int pairs);
void lb_loss_destroy(struct lb_loss *loss);

/**
 * Enqueues loss and gradient.
 *
 * @param latent          (3 n, l): of all x, all y, all averages
 * @param distance        (n)
 * @param latent_gradient (3 n, l): of mean distortion + lambda mean bending
 * @param terms           lb_loss_terms[], slot `slot` is written
 */
enum lb_status lb_loss_run(struct lb_loss *loss, cl_mem latent, cl_mem distance, int n, int l,
                           double lambda, double c, cl_mem latent_gradient, cl_mem terms, int slot);

/** gamma_c of a pair as the device has it, from the squared first quotient: finite also at 0. */
double lb_loss_gamma(double first_squared, double c);

#endif
