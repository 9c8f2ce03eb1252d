/* Recipes: recommended settings for the training data. */
#ifndef LB_RUN_RECIPE_H
#define LB_RUN_RECIPE_H

#include "base/context.h"
#include "run/settings_table.h"

/**
 * Applies settings from text, "lambda=0.3 network=conv", separated by blanks; `dataset` is its
 * owner. LB_ERR_FORMAT names a setting that is unknown, not allowed in a recipe, or has an invalid
 * value.
 */
enum lb_status lb_recipe_apply(struct lb_context *ctx, struct lb_train_params *params,
                               const char *recipe, const char *dataset);

#endif
