/* Means of a loss and its terms, as reported by progress, metrics.csv and training evaluations. */
#ifndef LOWBEND_MEANS_H
#define LOWBEND_MEANS_H

#include <lowbend/status.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LB_MEANS_TERMS 16

/** Means over steps or batches. */
struct lb_means {
    double loss;                 ///< weighted sum of the terms in the objective
    double stderr_loss;          ///< standard error over the batches; NAN for a single batch
    double term[LB_MEANS_TERMS]; ///< indexed as lb_loss_term_name(); NAN for terms not in use
};

/** Number of loss terms, and the name of term i: "distortion", "bending", ...; "" if i is out of
 * range. */
LB_API int lb_loss_term_count(void);
LB_API const char *lb_loss_term_name(int i);

#ifdef __cplusplus
}
#endif

#endif
