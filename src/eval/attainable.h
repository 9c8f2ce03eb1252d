/* Attainable energy: E of a small network fully trained on the points themselves. */
#ifndef LB_EVAL_ATTAINABLE_H
#define LB_EVAL_ATTAINABLE_H

#include <stdbool.h>

#include "run/run.h"

struct lb_attainable {
    double energy;  ///< E_epsilon on fresh pairs, with a standard error below half a per cent
    double recall;  ///< knn_recall
    bool shortened; ///< the time did not suffice for all steps: energy may be too large
};

/** Limits on the work; {0}: as much as needed. */
struct lb_attainable_effort {
    int steps;      ///< training steps; 0: LB_ATTAINABLE_STEPS, or fewer if they take over a minute
    double seconds; ///< for all steps; 0: LB_ATTAINABLE_SECONDS
};

enum { LB_ATTAINABLE_STEPS = 4000, LB_ATTAINABLE_SECONDS = 50 };

/**
 * Trains on the manifold's points instead of the run's images, with its epsilon, min_distance,
 * lambda, c and latent dimension, and measures the result.
 *
 * LB_ERR_UNSUPPORTED if the manifold defines no embedding of its points; LB_ERR_INTERRUPTED
 * (lb_run_check_cancelled() in every step); or any error of training.
 */
enum lb_status lb_attainable_train(struct lb_run *run, const struct lb_attainable_effort *effort,
                                   struct lb_attainable *out);

/**
 * Everything the result depends on, as text: the dataset's points, the settings, the device, the
 * program. The caller frees it.
 */
enum lb_status lb_attainable_key(struct lb_run *run, char **key);

/** The cached result for this key; false if there is none or it is damaged. */
bool lb_attainable_load(struct lb_context *ctx, const char *key, struct lb_attainable *out);
/** Caches the result, if there is a cache folder. LB_ERR_IO, LB_ERR_MEMORY. */
enum lb_status lb_attainable_store(struct lb_context *ctx, const char *key,
                                   const struct lb_attainable *attainable);

#endif
