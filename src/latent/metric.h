/* Metric of a geometry: points F(z) in R^s, where curves are measured. For the Euclidean metric F
 * is the identity, and s = l. */
#ifndef LB_LATENT_METRIC_H
#define LB_LATENT_METRIC_H

#include "latent/geometry.h"

/** s. */
size_t lb_metric_size(const struct lb_geometry *geometry);
/** Rounding error of points, in their units. */
double lb_metric_noise(const struct lb_geometry *geometry);

/** points (n, s) = F of n codes (n, l). LB_ERR_NUMERIC unless finite. */
enum lb_status lb_metric_map(struct lb_geometry *geometry, const double *codes, size_t n,
                             double *points);
/** pushed (n, m, s) = D F of the vectors of bases (n, m, l) at n codes (n, l), by central
 * differences. */
enum lb_status lb_metric_push(struct lb_geometry *geometry, const double *codes,
                              const double *bases, size_t n, double *pushed);

/** LB_ERR_UNSUPPORTED unless the metric is Euclidean; `what` needs it. */
enum lb_status lb_metric_check_euclidean(const struct lb_geometry *geometry, const char *what);

#endif
