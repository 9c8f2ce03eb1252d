/* Means, and how two lists of numbers agree. */
#ifndef LB_EVAL_STATISTICS_H
#define LB_EVAL_STATISTICS_H

#include <stddef.h>

#include <lowbend/evaluate.h>

#include "base/context.h"

/** Of something that was not measured: NAN, and its error too. */
struct lb_estimate lb_estimate_unknown(void);

/** Mean of n independent values and its standard error, that of one value being NAN. */
struct lb_estimate lb_estimate_mean(const double *values, size_t n);

/** sum (a - b)^2 over n values, in double. */
double lb_squared_distance(const float *a, const float *b, size_t n);

/** sqrt(sum (a b - d)^2 / sum d^2) with the best factor a; 1 if all b are 0, NAN if all d are. */
double lb_stress(const double *d, const double *b, size_t n);

/** Pearson's correlation; NAN if one list is constant or n < 2. */
double lb_correlation(const double *a, const double *b, size_t n);

/** Asked during long work: anything but LB_OK stops it. */
typedef enum lb_status (*lb_check_cancelled_fn)(void *user);

/** ranks (n): the places of n values in order, from 0, equal values sharing the mean of theirs;
 * Pearson's correlation of two such is Spearman's. cancelled may be NULL. LB_ERR_MEMORY, or what
 * cancelled returns. */
enum lb_status lb_ranks(struct lb_context *ctx, const double *values, size_t n,
                        lb_check_cancelled_fn cancelled, void *user, double *ranks);

/** Smallest b / d where d is at least `floor`; NAN if it is so nowhere. */
double lb_smallest_ratio(const double *d, const double *b, size_t n, double floor);

/**
 * The indices that sort n values ascending, equal values in their order. `order` (n) is the
 * caller's. LB_ERR_MEMORY.
 */
enum lb_status lb_sort_indices(struct lb_context *ctx, const double *values, size_t n,
                               size_t *order);

#endif
