/* Agreement of nearest neighbours between two distances. */
#ifndef LB_EVAL_NEIGHBOURHOODS_H
#define LB_EVAL_NEIGHBOURHOODS_H

#include <stddef.h>

#include "run/run.h"

struct lb_neighbourhoods {
    double recall; ///< fraction of the k nearest by `truth` that are also nearest by `latent`
    double trustworthiness; ///< 1: no latent neighbour is far away in truth
    double continuity;      ///< 1: no true neighbour is far away in latent space
};

/**
 * Compares the k nearest neighbours of n points by two distance matrices (n, n).
 *
 * With r(i, j) the rank of j by `truth` among the others of i, from 1, and U(i) the points among
 * the k nearest of i by `latent` but not by `truth`,
 *
 *     trustworthiness = 1 - 2 / (n k (2n - 3k - 1)) sum_i sum_{j in U(i)} (r(i, j) - k);
 *
 * continuity exchanges the matrices (Venna and Kaski, Neural Networks 19, 2006). Ties are broken by
 * the order of the points. k must be at least 1 and below n / 2, else all results are NAN.
 *
 * LB_ERR_MEMORY, LB_ERR_INTERRUPTED (lb_run_check_cancelled())
 */
enum lb_status lb_compare_neighbourhoods(struct lb_run *run, const double *truth,
                                         const double *latent, size_t n, size_t k,
                                         struct lb_neighbourhoods *out);

#endif
