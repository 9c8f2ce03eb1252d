/* Messages of a training run: settings before it starts, results at the end of phases. */
#ifndef LB_CLI_DESCRIBE_H
#define LB_CLI_DESCRIBE_H

#include "common.h"

struct description {
    struct cli *cli;
    const struct lb_train_params *params;
    struct lb_dataset_info dataset;
    struct lb_minimum minimum; ///< energy is NAN if h is unknown
    json_t *results;           ///< for --json, filled at the end of phases; NULL when out of memory
};

/** Computes E* and prints the description before the first message, so that a rejected run prints
 * only its error. params and cli must outlive the description. */
void description_start(struct description *description, struct cli *cli,
                       const struct lb_train_params *params, const struct lb_dataset_info *dataset);

/** An lb_progress_fn; user is the description. */
bool description_progress(void *user, const struct lb_progress *progress);
/** Called when a run continues from a checkpoint; also prints with --quiet. */
void description_resumed(void *user, enum lb_phase phase, int step);

#endif
