/*
 * Loss of cross pairs: all pairs among one batch's points x whose distance is below the injectivity
 * radius (method.md, cross pairs). Host side of cl/loss/cross.cl. Term: cross, mean gamma_c(|z_i -
 * z_j| / d_ij). It prevents folds of the map, which E_epsilon does not detect, and is phased out
 * during training.
 */
#ifndef LB_LOSS_CROSS_H
#define LB_LOSS_CROSS_H

#include "loss/loss.h"

struct lb_cross_params {
    double weight;   ///< at the first step
    double fall;     ///< steps after which it is 0
    double c;        ///< c of gamma_c
    double nearest;  ///< only pairs with a distance strictly between these two count
    double farthest; ///< may be infinite
};

struct lb_cross {
    struct lb_loss loss;
    struct lb_cross_params params;
    double gradient_scale; ///< 1; additional factor of the gradient, not of the mean
    int points;
    cl_kernel pairs;
    cl_kernel mean;
    cl_kernel gradient;
    cl_mem distance; ///< (points, points): must be filled before each lb_cross_run()
    cl_mem partial;  ///< (points) float4
};

/** Initialise with {0}; for batches of at most `points` points. The caller destroys it. */
enum lb_status lb_cross_create(struct lb_cross *cross, struct lb_device *device, int points,
                               int slots, const struct lb_cross_params *params);
void lb_cross_destroy(struct lb_cross *cross);

/** Releases the buffers of lb_cross_run(), or creates them again; the means stay. */
void lb_cross_drop_buffers(struct lb_cross *cross);
enum lb_status lb_cross_hold_buffers(struct lb_cross *cross);

/** Size of its largest buffer in bytes; the others are negligible. */
double lb_cross_bytes(int points);

/**
 * Enqueues loss and gradient. Both are 0 if no pair counts.
 *
 * @param latent          (n, l)
 * @param latent_gradient (n, l): the gradient is added
 * @param step            determines the weight
 * @param slot            receives the mean, without the weight
 */
enum lb_status lb_cross_run(struct lb_cross *cross, cl_mem latent, int n, int l,
                            cl_mem latent_gradient, int step, int slot);

#endif
