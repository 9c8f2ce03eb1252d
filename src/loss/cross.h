/*
 * The loss of the cross pairs: all pairs of one batch's points x, however far apart, as long as
 * their distance is shorter than the injectivity radius (method.md, cross pairs). Host side of
 * cl/loss/cross.cl. Term: cross, mean gamma_c(|z_i - z_j| / d_ij). It keeps a map from folding,
 * which E_epsilon does not see, and vanishes during training.
 */
#ifndef LB_LOSS_CROSS_H
#define LB_LOSS_CROSS_H

#include "loss/loss.h"

struct lb_cross_params {
    double weight;   ///< at the first step
    double fall;     ///< steps after which it is 0
    double c;        ///< of gamma_c
    double nearest;  ///< distances of pairs that count lie strictly between these two
    double farthest; ///< may be infinite
};

struct lb_cross {
    struct lb_loss loss;
    struct lb_cross_params params;
    double gradient_scale; ///< 1; another factor of the gradient, but not of the mean
    cl_kernel pairs;
    cl_kernel mean;
    cl_kernel gradient;
    cl_mem distance; ///< (points, points): to be filled before each lb_cross_run()
    cl_mem partial;  ///< (points) float4
};

/** Starts as {0}; room for batches of at most `points` points. The caller destroys it. */
enum lb_status lb_cross_create(struct lb_cross *cross, struct lb_device *device, int points,
                               int slots, const struct lb_cross_params *params);
void lb_cross_destroy(struct lb_cross *cross);

/** Bytes of its largest buffer, beside which the others are nothing. */
double lb_cross_bytes(int points);

/**
 * Enqueues loss and gradient. Of no pairs that count, both are 0.
 *
 * @param latent          (n, l)
 * @param latent_gradient (n, l): is added to
 * @param step            says the weight
 * @param slot            receives the mean, without the weight
 */
enum lb_status lb_cross_run(struct lb_cross *cross, cl_mem latent, int n, int l,
                            cl_mem latent_gradient, int step, int slot);

#endif
