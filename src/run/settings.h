/* The table of settings: one row defines the command line option, the key of config.json and the
 * check on resuming. */
#ifndef LB_RUN_SETTINGS_H
#define LB_RUN_SETTINGS_H

#include <jansson.h>

#include <lowbend/train.h>

#include "base/context.h"

/** Checks every setting and their combinations. LB_ERR_ARGUMENT names the setting. */
enum lb_status lb_settings_check(struct lb_context *ctx, const struct lb_train_params *params);

/** Rounds real numbers to the 15 digits of config.json, so that a resumed run has the same
 * values. */
void lb_settings_round(struct lb_train_params *params);

/** Adds every setting to a JSON object; false when out of memory. */
bool lb_settings_to_json(const struct lb_train_params *params, json_t *object);

/** Replaces open settings by values that follow from epsilon. */
void lb_settings_fill_min_distance(struct lb_train_params *params);
void lb_settings_fill_code_noise(struct lb_train_params *params);

/**
 * Reads every setting from a JSON object; `path` names the file in messages. A missing setting gets
 * the default it had when it was added. LB_ERR_FORMAT.
 */
enum lb_status lb_settings_from_json(struct lb_context *ctx, struct lb_train_params *params,
                                     const json_t *object, const char *path);

/** LB_ERR_ARGUMENT naming the first setting that differs between `now` and `before`. */
enum lb_status lb_settings_compare(struct lb_context *ctx, const struct lb_train_params *now,
                                   const struct lb_train_params *before, const char *run);

#endif
