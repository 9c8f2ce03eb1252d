/* What a training run tells a person: what is trained before it starts, results at the ends. */
#ifndef LB_CLI_DESCRIBE_H
#define LB_CLI_DESCRIBE_H

#include "common.h"

struct description {
    struct cli *cli;
    const struct lb_train_params *params;
    struct lb_dataset_info dataset;
    struct lb_minimum minimum; ///< energy NAN where h is not known
    json_t *results;           ///< for --json, filled at phase ends; NULL once memory was out
};

/** Computes E* and makes the description precede the first message, so that a run that is refused
 * says nothing but why. params and cli must outlive the description. */
void description_start(struct description *description, struct cli *cli,
                       const struct lb_train_params *params, const struct lb_dataset_info *dataset);

/** An lb_progress_fn; user is the description. */
bool description_progress(void *user, const struct lb_progress *progress);
/** Told that a run goes on from a checkpoint; shown with --quiet too. */
void description_resumed(void *user, enum lb_phase phase, int step);

#endif
