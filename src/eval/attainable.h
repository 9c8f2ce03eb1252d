/* What a manifold allows: E of a small network that is trained to its end on the points themselves.
 */
#ifndef LB_EVAL_ATTAINABLE_H
#define LB_EVAL_ATTAINABLE_H

#include <stdbool.h>

#include "run/run.h"

struct lb_attainable {
    double energy;  ///< E_epsilon on fresh pairs, its standard error below half a per cent
    double recall;  ///< knn_recall
    bool shortened; ///< there was no time for all steps: energy may be too large
};

/** How much work it takes; the zero struct: as much as it needs. */
struct lb_attainable_effort {
    int steps;      ///< of training; 0: LB_ATTAINABLE_STEPS, fewer where they take over a minute
    double seconds; ///< for all steps; 0: LB_ATTAINABLE_SECONDS
};

enum { LB_ATTAINABLE_STEPS = 4000, LB_ATTAINABLE_SECONDS = 50 };

/**
 * Trains on the manifold's points in place of the run's images, with its epsilon, min_distance,
 * lambda, c and latent dimension, and measures the result.
 *
 * LB_ERR_UNSUPPORTED if the manifold states no embedding of its points; LB_ERR_INTERRUPTED
 * (lb_run_check_cancelled(), asked in every step); what training returns.
 */
enum lb_status lb_attainable_train(struct lb_run *run, const struct lb_attainable_effort *effort,
                                   struct lb_attainable *out);

/**
 * All that the numbers depend on, as text: the dataset's as points, the settings, the device, the
 * program. The caller frees it.
 */
enum lb_status lb_attainable_key(struct lb_run *run, char **key);

/** What the cache folder has under this key; false if it has nothing, or it is damaged. */
bool lb_attainable_load(struct lb_context *ctx, const char *key, struct lb_attainable *out);
/** Keeps it there, where there is such a folder. LB_ERR_IO, LB_ERR_MEMORY. */
enum lb_status lb_attainable_store(struct lb_context *ctx, const char *key,
                                   const struct lb_attainable *attainable);

#endif
