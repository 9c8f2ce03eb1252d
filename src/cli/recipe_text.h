/* The settings that lb_train_params_recommend() found, for commands that show them. */
#ifndef LB_CLI_RECIPE_TEXT_H
#define LB_CLI_RECIPE_TEXT_H

#include "common.h"

/** Prints the settings that depend on the data as a RECIPE, "epsilon=0.3 lambda=0.03", in one line.
 * `user_pairs`: leaves out epsilon, which user pairs determine. */
void recipe_print(const struct lb_train_params *params, bool user_pairs);

/** The same as a JSON object; NULL when out of memory. */
json_t *recipe_json(const struct lb_train_params *params, bool user_pairs);

/** Prints how a run trains, for the lines at its start. */
void recipe_note(struct cli *cli, const struct lb_train_params *params, bool user_pairs);

#endif
