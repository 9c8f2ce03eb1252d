#include "recipe_text.h"

#include <stdio.h>
#include <string.h>

/* Settings that identify the data, or that have no effect because another setting overrides
 * them. */
static bool is_hidden(const struct lb_train_params *params, const char *name, bool user_pairs)
{
    static const char *const data[] = {"dataset", "size", "cap", "mesh"};
    for (size_t i = 0; i < COUNT(data); i++) {
        if (strcmp(name, data[i]) == 0) {
            return true;
        }
    }
    const bool layers = strcmp(name, "hidden") == 0 || strcmp(name, "decoder-hidden") == 0;
    const bool falls = params->epsilon_start > 0.0;
    return (layers && params->network != LB_PRESET_NONE) ||
           (strcmp(name, "epsilon") == 0 && user_pairs) ||
           (strcmp(name, "epsilon-share") == 0 && !falls);
}

/* Value of setting i; false if it is not shown. */
static bool value_at(const struct lb_train_params *params, size_t i, bool user_pairs, char *value,
                     size_t size)
{
    const struct lb_setting_info setting = lb_setting_at(i);
    struct lb_train_params defaults;
    char usual[LB_PATH_BYTES];
    lb_train_params_default(&defaults);
    return !is_hidden(params, setting.name, user_pairs) &&
           lb_train_params_get(params, setting.name, value, size) == LB_OK && value[0] != '\0' &&
           lb_train_params_get(&defaults, setting.name, usual, sizeof usual) == LB_OK &&
           (setting.by_data || strcmp(value, usual) != 0);
}

void recipe_print(const struct lb_train_params *params, bool user_pairs)
{
    char value[LB_PATH_BYTES];
    printf("recipe");
    for (size_t i = 0; i < lb_setting_count(); i++) {
        if (value_at(params, i, user_pairs, value, sizeof value)) {
            printf(" %s=%s", lb_setting_at(i).name, value);
        }
    }
    putchar('\n');
}

json_t *recipe_json(const struct lb_train_params *params, bool user_pairs)
{
    char value[LB_PATH_BYTES];
    json_t *object = json_object();
    for (size_t i = 0; i < lb_setting_count() && object != NULL; i++) {
        if (!value_at(params, i, user_pairs, value, sizeof value)) {
            continue;
        }
        const bool is_number = value[strspn(value, "+-.0123456789eE")] == '\0';
        json_t *item = is_number ? json_loads(value, JSON_DECODE_ANY, NULL) : json_string(value);
        if (json_object_set_new(object, lb_setting_at(i).name, item) != 0) {
            json_decref(object);
            object = NULL;
        }
    }
    return object;
}

static const char *text_of(const struct lb_train_params *params, const char *name, char *value,
                           size_t size)
{
    return lb_train_params_get(params, name, value, size) == LB_OK ? value : "?";
}

void recipe_note(struct cli *cli, const struct lb_train_params *params, bool user_pairs)
{
    const bool energy = params->mode != LB_TRAIN_PLAIN;
    char optimizer[32];
    char schedule[32];
    char decoder[96] = "";
    char falling[96] = "";
    char cross[64] = "";
    text_of(params, "optimizer", optimizer, sizeof optimizer);
    text_of(params, "schedule", schedule, sizeof schedule);
    if (params->mode == LB_TRAIN_SEPARATE) {
        snprintf(decoder, sizeof decoder, "; decoder %d, lr %g", params->decoder_steps,
                 params->decoder_lr);
    }
    if (energy && !user_pairs && params->epsilon_start > 0.0) {
        snprintf(falling, sizeof falling, ", epsilon decreasing from %g over %g of them",
                 params->epsilon_start, params->epsilon_share);
    }
    if (energy && params->cross_weight > 0.0) {
        snprintf(cross, sizeof cross, ", cross pairs %g", params->cross_weight);
    }
    cli_note(cli, "recipe   %d steps of %d pairs%s%s%s, %s, lr %g, %s%s", params->steps,
             params->pairs, energy && params->strategy == LB_STRATEGY_CHAIN ? " in chains" : "",
             falling, cross, optimizer, params->lr, schedule, decoder);
}
