/* Settings in config.json. */
#include <assert.h>
#include <string.h>

#include "run/settings.h"
#include "run/settings_table.h"
#include "run/settings_text.h"

static json_t *to_json(const struct lb_setting *setting, const struct lb_train_params *params)
{
    const void *field = (const char *)params + setting->offset;
    switch (setting->kind) {
    case LB_INTEGER:
        return json_integer(*(const int *)field);
    case LB_COUNT_OR_AUTO:
        return *(const int *)field == 0 ? json_string(setting->choices[0])
                                        : json_integer(*(const int *)field);
    case LB_SEED:
        return json_integer((json_int_t)params->seed);
    case LB_REAL:
        return json_real(*(const double *)field);
    case LB_CHOICE:
        return json_string(setting->choices[*(const int *)field]);
    case LB_TEXT:
        return json_string(field);
    case LB_MODE:
        return json_boolean(params->mode == (enum lb_train_mode)setting->minimum);
    case LB_SWITCH:
        return json_boolean(*(const bool *)field);
    case LB_LAYERS:
        break;
    }
    struct lb_text text = {0};
    lb_setting_add_layers(&text, setting, params);
    json_t *layers = text.failed ? NULL : json_string(text.data);
    lb_text_free(&text);
    return layers;
}

bool lb_settings_to_json(const struct lb_train_params *params, json_t *object)
{
    bool ok = true;
    for (size_t i = 0; i < lb_settings_count; i++) {
        const struct lb_setting *setting = &lb_settings[i];
        if (!setting->transient) {
            ok = json_object_set_new(object, setting->name, to_json(setting, params)) == 0 && ok;
        }
    }
    return ok;
}

/* Converts a JSON value to the text that lb_setting_parse() accepts, so that files follow the same
 * rules as options. */
static bool add_json(struct lb_text *text, const struct lb_setting *setting, const json_t *value)
{
    switch (setting->kind) {
    case LB_INTEGER:
    case LB_SEED:
        lb_text_addf(text, "%lld", (long long)json_integer_value(value));
        return json_is_integer(value);
    case LB_COUNT_OR_AUTO:
        if (json_is_integer(value)) {
            lb_text_addf(text, "%lld", (long long)json_integer_value(value));
        } else {
            lb_text_add(text, json_is_string(value) ? json_string_value(value) : "");
        }
        return json_is_integer(value) || json_is_string(value);
    case LB_REAL:
        lb_text_addf(text, "%.17g", json_number_value(value));
        return json_is_number(value);
    case LB_CHOICE:
    case LB_TEXT:
        lb_text_add(text, json_is_string(value) ? json_string_value(value) : "");
        return json_is_string(value);
    case LB_MODE:
    case LB_SWITCH:
        return json_is_boolean(value);
    case LB_LAYERS: // 0.1.0 wrote lists of widths
        if (json_is_string(value)) {
            lb_text_add(text, json_string_value(value));
        }
        for (size_t i = 0; i < json_array_size(value); i++) {
            const json_t *width = json_array_get(value, i);
            lb_text_addf(text, "%s%lld", i > 0 ? "," : "", (long long)json_integer_value(width));
        }
        return json_is_string(value) || json_is_array(value);
    }
    return false;
}

/* A key missing in the file is newer than the file; it gets the value that applied before it was
 * added. */
static enum lb_status take_absent(struct lb_context *ctx, struct lb_train_params *params,
                                  const struct lb_setting *setting, const char *path)
{
    if (setting->required) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: \"%s\" is missing (add it as `lowbend train` was given it, or train "
                       "again with --overwrite)",
                       path, setting->name);
    }
    if (setting->absent != NULL) {
        struct lb_text why = {0};
        const bool known = lb_setting_parse(setting, params, setting->absent, &why);
        lb_text_free(&why);
        assert(known);
        (void)known;
    }
    lb_log(ctx, LB_LOG_DEBUG, "%s: has no \"%s\", which is newer: %s", path, setting->name,
           setting->absent != NULL ? setting->absent : "the default");
    return LB_OK;
}

static enum lb_status take_value(struct lb_context *ctx, struct lb_train_params *params,
                                 const struct lb_setting *setting, const json_t *value,
                                 const char *path)
{
    struct lb_text text = {0};
    struct lb_text why = {0};
    bool ok = add_json(&text, setting, value);
    if (text.failed) {
        lb_text_free(&text);
        return lb_fail_memory(ctx, path);
    }
    if (ok && (setting->placeholder != NULL || json_is_true(value))) {
        ok = lb_setting_parse(setting, params, text.data != NULL ? text.data : "", &why);
    }
    lb_text_free(&why);
    lb_text_free(&text);
    return ok ? LB_OK
              : lb_fail(ctx, LB_ERR_FORMAT,
                        "%s: \"%s\" is not what `lowbend train` writes (train again with "
                        "--overwrite)",
                        path, setting->name);
}

enum lb_status lb_settings_from_json(struct lb_context *ctx, struct lb_train_params *params,
                                     const json_t *object, const char *path)
{
    lb_train_params_default(params);
    for (size_t i = 0; i < lb_settings_count; i++) {
        const json_t *value = json_object_get(object, lb_settings[i].name);
        if (lb_settings[i].transient) {
            continue;
        }
        LB_TRY(value != NULL ? take_value(ctx, params, &lb_settings[i], value, path)
                             : take_absent(ctx, params, &lb_settings[i], path));
    }
    lb_settings_fill_min_distance(params);
    return LB_OK;
}

enum lb_status lb_settings_compare(struct lb_context *ctx, const struct lb_train_params *now,
                                   const struct lb_train_params *before, const char *run)
{
    for (size_t i = 0; i < lb_settings_count; i++) {
        struct lb_text a = {0};
        struct lb_text b = {0};
        if (lb_settings[i].transient) {
            continue;
        }
        lb_setting_add_value(&a, &lb_settings[i], now);
        lb_setting_add_value(&b, &lb_settings[i], before);
        enum lb_status status = LB_OK;
        if (a.failed || b.failed) {
            status = lb_fail_memory(ctx, "settings");
        } else if (strcmp(a.data, b.data) != 0) {
            status = lb_fail(
                ctx, LB_ERR_ARGUMENT,
                "--%s %s: %s was trained with %s (leave it out to continue, or use another --out)",
                lb_settings[i].name, a.data, run, b.data);
        }
        lb_text_free(&a);
        lb_text_free(&b);
        LB_TRY(status);
    }
    return LB_OK;
}
