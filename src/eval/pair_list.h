/* Pairs of one finite sample, and means over them. */
#ifndef LB_EVAL_PAIR_LIST_H
#define LB_EVAL_PAIR_LIST_H

#include <stdint.h>

#include <lowbend/converge.h>

#include "base/context.h"

struct lb_sampled_pair {
    uint32_t first; ///< indices of the points
    uint32_t second;
    double distance;
    double distortion; ///< gamma
    double bending;    ///< or its difference from a known value
};

/** Initialise with {0}. */
struct lb_pair_list {
    struct lb_sampled_pair *pairs;
    size_t n;
    size_t capacity;
};

/** Appends a pair; LB_ERR_MEMORY. */
enum lb_status lb_pair_list_add(struct lb_pair_list *list, struct lb_context *ctx,
                                struct lb_sampled_pair pair);
void lb_pair_list_free(struct lb_pair_list *list);

/**
 * Means over the pairs with distance in [level->min_distance, level->epsilon] to level->pairs,
 * ->distortion and ->bending. Pairs that share one of the `points` points are not independent: the
 * standard error includes their covariance (the dyadic variance of Fafchamps and Gubert 2007).
 */
enum lb_status lb_pair_list_estimate(const struct lb_pair_list *list, struct lb_context *ctx,
                                     size_t points, struct lb_converge_level *level);

#endif
