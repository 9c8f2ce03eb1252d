/*
 * The loss E_epsilon of a batch of pairs, and its gradient with respect to the latents: host side
 * of cl/loss/isometry.cl and, for chains, of cl/loss/chain.cl (method.md, sections 1 and 2). Terms:
 * distortion, mean gamma_c(|first quotient|), and bending, mean |second quotient|^2; in the slots,
 * the means of their squares follow.
 */
#ifndef LB_LOSS_ISOMETRY_H
#define LB_LOSS_ISOMETRY_H

#include "loss/loss.h"

/** A slot: one float4. */
struct lb_isometry_terms {
    float distortion;
    float bending;
    float distortion_squared;
    float bending_squared;
};

struct lb_isometry {
    struct lb_loss loss; ///< weights: 1 and lambda
    double c;            ///< c of gamma_c
    cl_kernel pair_gradient;
    cl_kernel chain_gradient;
    cl_kernel mean;
    cl_mem partial; ///< (groups, 4)
};

/** Initialise with {0}; for batches of at most `pairs` pairs or chains. The caller destroys it. */
enum lb_status lb_isometry_create(struct lb_isometry *isometry, struct lb_device *device, int pairs,
                                  int slots, double lambda, double c);
void lb_isometry_destroy(struct lb_isometry *isometry);

/**
 * Enqueues loss and gradient.
 *
 * @param latent          (3 n, l): all x, all y, all averages
 * @param distance        (n)
 * @param latent_gradient (3 n, l): gradient of mean distortion + lambda mean bending; may be
 *                        `latent`
 * @param slot            receives the means
 */
enum lb_status lb_isometry_run(struct lb_isometry *isometry, cl_mem latent, cl_mem distance, int n,
                               int l, cl_mem latent_gradient, int slot);

/** The same for n chains: latent and latent_gradient (5 n, l) hold all first points, all second
 * ones and so on; distance (n) between the chains' ends. The terms of a chain are means over its
 * ten pairs and four triples. */
enum lb_status lb_isometry_run_chains(struct lb_isometry *isometry, cl_mem latent, cl_mem distance,
                                      int n, int l, cl_mem latent_gradient, int slot);

/** Lower bound of squared first quotients, to keep gamma_c finite. */
#define LB_ISOMETRY_FLOOR 1e-12

/** gamma_c of a pair as computed on the device, from the squared first quotient; finite at 0. */
double lb_isometry_gamma(double first_squared, double c);

#endif
