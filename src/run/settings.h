/* The table of settings: one row serves the command line, config.json and the check on resuming. */
#ifndef LB_RUN_SETTINGS_H
#define LB_RUN_SETTINGS_H

#include <jansson.h>

#include <lowbend/train.h>

#include "base/context.h"

/** Checks every setting, whoever filled it in, and their combinations. LB_ERR_ARGUMENT names it. */
enum lb_status lb_settings_check(struct lb_context *ctx, const struct lb_train_params *params);

/** Rounds real numbers to the 15 digits of config.json, so that a resumed run has the same ones. */
void lb_settings_round(struct lb_train_params *params);

/** Adds every setting to a JSON object; false when out of memory. */
bool lb_settings_to_json(const struct lb_train_params *params, json_t *object);

/** Replace what was left open by what it stands for, which follows from epsilon. */
void lb_settings_fill_min_distance(struct lb_train_params *params);
void lb_settings_fill_code_noise(struct lb_train_params *params);

/**
 * Reads every setting from a JSON object; `path` names the file in messages. A setting that it
 * lacks takes the default that held when the setting was added. LB_ERR_FORMAT.
 */
enum lb_status lb_settings_from_json(struct lb_context *ctx, struct lb_train_params *params,
                                     const json_t *object, const char *path);

/** LB_ERR_ARGUMENT that names the first setting in which `now` differs from `before`. */
enum lb_status lb_settings_compare(struct lb_context *ctx, const struct lb_train_params *now,
                                   const struct lb_train_params *before, const char *run);

#endif
