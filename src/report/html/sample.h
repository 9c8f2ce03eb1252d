/* Sample of a run for its interactive views. */
#ifndef LB_REPORT_HTML_SAMPLE_H
#define LB_REPORT_HTML_SAMPLE_H

#include <jansson.h>

#include "run/run.h"

/** A sample of the manifold with its codes. */
struct lb_report_sample {
    size_t n;
    size_t components;        ///< K: number of components shown
    float *points;            ///< (n, p); NULL for user pairs
    float *latent;            ///< (n, l)
    double *mean;             ///< (l), of the principal components
    double *axes;             ///< (K, l)
    double *share;            ///< (K)
    double *sigmas;           ///< (n, m) singular values of D phi; NULL for user pairs
    struct lb_sprite *images; ///< NULL if images are vectors
};

enum lb_status lb_report_sample_create(struct lb_report_sample *sample, struct lb_run *run,
                                       uint64_t seed, size_t n);
void lb_report_sample_free(struct lb_report_sample *sample);

/** A JSON array of n codes (n, l) in the sample's components, or NULL when out of memory. */
json_t *lb_report_project(const struct lb_report_sample *sample, const struct lb_run *run,
                          const float *latent, size_t n);

#endif
