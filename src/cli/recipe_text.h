/* The settings that lb_train_params_recommend() found, for commands that show them. */
#ifndef LB_CLI_RECIPE_TEXT_H
#define LB_CLI_RECIPE_TEXT_H

#include "common.h"

/** Prints what depends on the data as a RECIPE states it, "epsilon=0.3 lambda=0.03", in one line.
 * `own_pairs`: they have an epsilon of their own, which is left out. */
void recipe_print(const struct lb_train_params *params, bool own_pairs);

/** The same as an object, numbers as such; NULL when out of memory. */
json_t *recipe_json(const struct lb_train_params *params, bool own_pairs);

/** Notes on how a run trains, for the lines at its start. */
void recipe_note(struct cli *cli, const struct lb_train_params *params, bool own_pairs);

#endif
