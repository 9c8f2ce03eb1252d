/* Recipes: the settings that suit what is trained on. */
#ifndef LB_RUN_RECIPE_H
#define LB_RUN_RECIPE_H

#include "base/context.h"
#include "run/settings_table.h"

/**
 * Takes over settings from text, "lambda=0.3 network=conv", separated by blanks; `dataset` names
 * its owner. LB_ERR_FORMAT names the setting that is unknown, not a recipe's to state, or not
 * allowed to have this value.
 */
enum lb_status lb_recipe_apply(struct lb_context *ctx, struct lb_train_params *params,
                               const char *recipe, const char *dataset);

#endif
