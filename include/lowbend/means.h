/* Means of a loss and its terms, as progress, metrics.csv and evaluations of training have them. */
#ifndef LOWBEND_MEANS_H
#define LOWBEND_MEANS_H

#include <lowbend/status.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LB_MEANS_TERMS 16

/** Means over steps or batches. */
struct lb_means {
    double loss;                 ///< weighted sum of the terms that are trained on
    double stderr_loss;          ///< standard error over the batches; NAN for a single one
    double term[LB_MEANS_TERMS]; ///< by lb_loss_term_name(); NAN for those not trained on
};

/** Number of terms that losses have, and the name of the i-th: "distortion", "bending", ...; "" for
 * one that there is not. */
LB_API int lb_loss_term_count(void);
LB_API const char *lb_loss_term_name(int i);

#ifdef __cplusplus
}
#endif

#endif
