/* Means, and measures of agreement between two lists of numbers. */
#ifndef LB_EVAL_STATISTICS_H
#define LB_EVAL_STATISTICS_H

#include <stddef.h>

#include <lowbend/evaluate.h>

#include "base/context.h"

/** An unknown value: NAN with error NAN. */
struct lb_estimate lb_estimate_unknown(void);

/** Mean of n independent values and its standard error, which is NAN for one value. */
struct lb_estimate lb_estimate_mean(const double *values, size_t n);

/** sum (a - b)^2 over n values, in double. */
double lb_squared_distance(const float *a, const float *b, size_t n);

/** sqrt(sum (a b - d)^2 / sum d^2) with the best factor a; 1 if all b are 0, NAN if all d are. */
double lb_stress(const double *d, const double *b, size_t n);

/** Pearson's correlation; NAN if one list is constant or n < 2. */
double lb_correlation(const double *a, const double *b, size_t n);

/** Called during long work: anything but LB_OK stops it. */
typedef enum lb_status (*lb_check_cancelled_fn)(void *user);

/** ranks (n): ranks of n values, from 0, with ties sharing their mean; Pearson's correlation of two
 * such lists is Spearman's. cancelled may be NULL. LB_ERR_MEMORY, or what cancelled returns. */
enum lb_status lb_ranks(struct lb_context *ctx, const double *values, size_t n,
                        lb_check_cancelled_fn cancelled, void *user, double *ranks);

/** Smallest b / d where d is at least `floor`; NAN if there is none. */
double lb_smallest_ratio(const double *d, const double *b, size_t n, double floor);

/** Indices that sort n values ascending, stable. The caller owns `order` (n). LB_ERR_MEMORY. */
enum lb_status lb_sort_indices(struct lb_context *ctx, const double *values, size_t n,
                               size_t *order);

#endif
