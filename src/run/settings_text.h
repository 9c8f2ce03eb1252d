/* Network texts in the settings: options, presets, error messages. */
#ifndef LB_RUN_SETTINGS_TEXT_H
#define LB_RUN_SETTINGS_TEXT_H

#include "base/context.h"
#include "nn/layer.h"
#include "run/settings_table.h"

/** Inserts a preset's layers for images of this shape into the settings, and brings texts written
 * by a program into the canonical form of config.json. LB_ERR_ARGUMENT. */
enum lb_status lb_settings_fill_layers(struct lb_train_params *params, struct lb_context *ctx,
                                       struct lb_shape image);

/** LB_ERR_ARGUMENT, or LB_ERR_MEMORY: "--hidden TEXT: WHY". Frees `why`. */
enum lb_status lb_fail_layers(struct lb_context *ctx, const char *option, const char *text,
                              struct lb_text *why);

/** Appends the text of "hidden" or "decoder-hidden". */
void lb_settings_add_layers(struct lb_text *text, const struct lb_train_params *params,
                            const char *option);

/** Implementation of settings_table.h for rows of kind LB_LAYERS. */
bool lb_setting_parse_layers(const struct lb_setting *setting, struct lb_train_params *params,
                             const char *text, struct lb_text *why);
void lb_setting_add_layers(struct lb_text *text, const struct lb_setting *setting,
                           const struct lb_train_params *params);
bool lb_setting_check_layers(const struct lb_setting *setting, const struct lb_train_params *params,
                             struct lb_text *why);

#endif
