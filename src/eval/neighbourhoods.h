/* How well the nearest points of one distance are those of another. */
#ifndef LB_EVAL_NEIGHBOURHOODS_H
#define LB_EVAL_NEIGHBOURHOODS_H

#include <stddef.h>

#include "run/run.h"

struct lb_neighbourhoods {
    double recall;          ///< share of the k nearest by `truth` that are so by `latent`
    double trustworthiness; ///< 1: no point comes near that is not near by `truth`
    double continuity;      ///< 1: no point near by `truth` is torn away
};

/**
 * Compares the k nearest of n points by two matrices of distances (n, n).
 *
 * With r(i, j) the rank of j by `truth` among the others of i, from 1, and U(i) the points among
 * the k nearest of i by `latent` but not by `truth`,
 *
 *     trustworthiness = 1 - 2 / (n k (2n - 3k - 1)) sum_i sum_{j in U(i)} (r(i, j) - k);
 *
 * continuity exchanges the matrices (Venna and Kaski, Neural Networks 19, 2006). Equal distances
 * count in the order of the points. k is at least 1 and below n / 2, else all is NAN.
 *
 * LB_ERR_MEMORY, LB_ERR_INTERRUPTED (lb_run_check_cancelled())
 */
enum lb_status lb_compare_neighbourhoods(struct lb_run *run, const double *truth,
                                         const double *latent, size_t n, size_t k,
                                         struct lb_neighbourhoods *out);

#endif
