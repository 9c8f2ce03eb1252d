#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "batch/pair_file.h"
#include "run/settings.h"
#include "run/settings_table.h"
#include "run/settings_text.h"

size_t lb_setting_count(void)
{
    return lb_settings_count;
}

struct lb_setting_info lb_setting_at(size_t i)
{
    return (struct lb_setting_info){.name = lb_settings[i].name,
                                    .placeholder = lb_settings[i].placeholder,
                                    .help = lb_settings[i].help,
                                    .by_data = lb_settings[i].stated_by == LB_STATED_BY_DATA};
}

static const struct lb_setting *find(const char *name)
{
    for (size_t i = 0; i < lb_settings_count; i++) {
        if (strcmp(lb_settings[i].name, name) == 0) {
            return &lb_settings[i];
        }
    }
    return NULL;
}

/* ---- text to value --------------------------------------------------------------------------- */

static bool in_range(const struct lb_setting *setting, double value)
{
    return (setting->above ? value > setting->minimum : value >= setting->minimum) &&
           value <= setting->maximum;
}

static bool in_range_length(const struct lb_setting *setting, const char *text)
{
    const size_t length = strlen(text);
    return (double)length >= setting->minimum && length < LB_PATH_BYTES;
}

/* Parses the whole text as an integer in the setting's range. */
static bool parse_integer(const struct lb_setting *setting, const char *text, int *out)
{
    char *end;
    errno = 0;
    const long value = strtol(text, &end, 10);
    const bool whole = end != text && text[strspn(text, "+-0123456789")] == '\0' && errno == 0;
    if (!whole || !in_range(setting, (double)value)) {
        return false;
    }
    *out = (int)value;
    return true;
}

static bool parse_count_or_auto(const struct lb_setting *setting, const char *text, int *out)
{
    if (strcmp(text, setting->choices[0]) == 0) {
        *out = 0;
        return true;
    }
    return parse_integer(setting, text, out);
}

static bool parse_seed(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    const bool whole = text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
    if (!whole || value > INT64_MAX) {
        return false;
    }
    *out = value;
    return true;
}

static bool parse_real(const struct lb_setting *setting, const char *text, double *out)
{
    char *end;
    const double value = lb_number_read(text, &end);
    if (end == text || text[strspn(text, "+-.0123456789eE")] != '\0' || *end != '\0' ||
        !isfinite(value) || !in_range(setting, value)) {
        return false;
    }
    *out = value;
    return true;
}

static bool parse_choice(const struct lb_setting *setting, const char *text, int *out)
{
    for (int i = 0; setting->choices[i] != NULL; i++) {
        if (text[0] != '\0' && strcmp(setting->choices[i], text) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

/* Appends "must be ..." for a rejected value. */
static void add_rule(struct lb_text *text, const struct lb_setting *setting)
{
    switch (setting->kind) {
    case LB_CHOICE:
        lb_text_addf(text, "must be one of %s", setting->placeholder);
        break;
    case LB_COUNT_OR_AUTO:
        lb_text_addf(text, "must be `%s` or an integer from %.10g to %.10g", setting->choices[0],
                     setting->minimum, setting->maximum);
        break;
    case LB_SEED:
        lb_text_add(text, "must be an integer from 0 to 2^63 - 1");
        break;
    case LB_TEXT:
        lb_text_addf(text, "must have %g to %d characters", setting->minimum, LB_PATH_BYTES - 1);
        break;
    default:
        lb_text_addf(text, "must be %s %s %.10g and at most %.10g",
                     setting->kind == LB_INTEGER ? "an integer" : "a number",
                     setting->above ? "above" : "of at least", setting->minimum, setting->maximum);
    }
}

static bool parse(const struct lb_setting *setting, struct lb_train_params *params,
                  const char *text)
{
    void *field = (char *)params + setting->offset;
    assert(text != NULL || setting->kind == LB_MODE || setting->kind == LB_SWITCH);
    switch (setting->kind) {
    case LB_INTEGER:
        return parse_integer(setting, text, field);
    case LB_COUNT_OR_AUTO:
        return parse_count_or_auto(setting, text, field);
    case LB_SEED:
        return parse_seed(text, field);
    case LB_REAL:
        return parse_real(setting, text, field);
    case LB_CHOICE:
        return parse_choice(setting, text, field);
    case LB_TEXT:
        if (!in_range_length(setting, text)) {
            return false;
        }
        memset(field, 0, LB_PATH_BYTES);
        memcpy(field, text, strlen(text));
        return true;
    case LB_MODE:
        params->mode = (enum lb_train_mode)setting->minimum;
        return true;
    case LB_SWITCH:
        *(bool *)field = true;
        return true;
    case LB_LAYERS:
        break;
    }
    return false;
}

bool lb_setting_parse(const struct lb_setting *setting, struct lb_train_params *params,
                      const char *text, struct lb_text *why)
{
    if (setting->kind == LB_LAYERS) {
        return lb_setting_parse_layers(setting, params, text, why);
    }
    const bool ok = parse(setting, params, text);
    if (!ok) {
        add_rule(why, setting);
    }
    return ok;
}

enum lb_status lb_train_params_set(struct lb_context *ctx, struct lb_train_params *params,
                                   const char *name, const char *value)
{
    const struct lb_setting *setting = find(name);
    if (setting == NULL) {
        return lb_fail(ctx, LB_ERR_NOT_FOUND, "setting %s: unknown name", name);
    }
    if ((value == NULL) != (setting->placeholder == NULL)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "--%s: %s", name,
                       value == NULL ? "needs a value" : "takes no value");
    }
    struct lb_text why = {0};
    enum lb_status status = LB_OK;
    if (!lb_setting_parse(setting, params, value, &why)) {
        enum { SHOWN = LB_LAYERS_BYTES }; // limit, so that the reason is not cut off
        const char *shown = value != NULL ? value : "";
        status = why.failed ? lb_fail_memory(ctx, name)
                            : lb_fail(ctx, LB_ERR_ARGUMENT, "--%s '%.*s%s': %s", name, SHOWN, shown,
                                      strlen(shown) > SHOWN ? "..." : "",
                                      why.data != NULL ? why.data : "is not allowed");
    }
    lb_text_free(&why);
    return status;
}

/* ---- value to text --------------------------------------------------------------------------- */

void lb_setting_add_value(struct lb_text *text, const struct lb_setting *setting,
                          const struct lb_train_params *params)
{
    const void *field = (const char *)params + setting->offset;
    switch (setting->kind) {
    case LB_INTEGER:
        lb_text_addf(text, "%d", *(const int *)field);
        break;
    case LB_COUNT_OR_AUTO:
        if (*(const int *)field == 0) {
            lb_text_add(text, setting->choices[0]);
        } else {
            lb_text_addf(text, "%d", *(const int *)field);
        }
        break;
    case LB_SEED:
        lb_text_addf(text, "%llu", (unsigned long long)params->seed);
        break;
    case LB_REAL:
        lb_text_addf(text, "%.15g", *(const double *)field);
        break;
    case LB_CHOICE:
        lb_text_add(text, setting->choices[*(const int *)field]);
        break;
    case LB_LAYERS:
        lb_setting_add_layers(text, setting, params);
        break;
    case LB_TEXT:
        lb_text_add(text, field);
        break;
    case LB_MODE:
        lb_text_add(text, params->mode == (enum lb_train_mode)setting->minimum ? "1" : "0");
        break;
    case LB_SWITCH:
        lb_text_add(text, *(const bool *)field ? "1" : "0");
        break;
    }
}

enum lb_status lb_train_params_get(const struct lb_train_params *params, const char *name,
                                   char *value, size_t size)
{
    const struct lb_setting *setting = find(name);
    if (setting == NULL) {
        return LB_ERR_NOT_FOUND;
    }
    struct lb_text text = {0};
    lb_setting_add_value(&text, setting, params);
    const enum lb_status status = text.failed ? LB_ERR_MEMORY : LB_OK;
    snprintf(value, size, "%s", status == LB_OK ? text.data : "");
    lb_text_free(&text);
    return status;
}

/* ---- checking -------------------------------------------------------------------------------- */

/* Checks a field that a program may have set directly by the rules of its text. */
static bool valid(const struct lb_setting *setting, const struct lb_train_params *params,
                  struct lb_text *why)
{
    const void *field = (const char *)params + setting->offset;
    const double real = setting->kind == LB_REAL ? *(const double *)field : 0.0;
    const bool whole = setting->kind == LB_CHOICE || setting->kind == LB_INTEGER ||
                       setting->kind == LB_COUNT_OR_AUTO;
    const int number = whole ? *(const int *)field : 0;
    int choices = 0;
    switch (setting->kind) {
    case LB_INTEGER:
        return in_range(setting, number);
    case LB_COUNT_OR_AUTO:
        return number == 0 || in_range(setting, number);
    case LB_SEED:
        return params->seed <= INT64_MAX;
    case LB_REAL:
        return isfinite(real) && (in_range(setting, real) || (setting->automatic && real < 0.0));
    case LB_CHOICE:
        while (setting->choices[choices] != NULL) {
            choices++;
        }
        return number >= 0 && number < choices &&
               (setting->transient || setting->choices[number][0] != '\0');
    case LB_LAYERS:
        return lb_setting_check_layers(setting, params, why);
    case LB_TEXT:
        return memchr(field, '\0', LB_PATH_BYTES) != NULL && in_range_length(setting, field);
    case LB_MODE:
        return params->mode == LB_TRAIN_SEPARATE || params->mode == LB_TRAIN_JOINT ||
               params->mode == LB_TRAIN_PLAIN;
    case LB_SWITCH:
        return true;
    }
    return false;
}

void lb_settings_round(struct lb_train_params *params)
{
    for (size_t i = 0; i < lb_settings_count; i++) {
        if (lb_settings[i].kind == LB_REAL) {
            void *field = (char *)params + lb_settings[i].offset;
            double *value = field;
            char text[32];
            lb_format(text, sizeof text, "%.15g", *value);
            *value = lb_number_read(text, NULL);
        }
    }
}

void lb_settings_fill_min_distance(struct lb_train_params *params)
{
    if (params->min_distance < 0.0) {
        params->min_distance = lb_is_pair_file(params->dataset) ? 0.0 : params->epsilon / 10.0;
    }
}

void lb_settings_fill_code_noise(struct lb_train_params *params)
{
    /* Codes have the scale of distances only if E is trained */
    if (params->code_noise < 0.0) {
        params->code_noise = params->mode == LB_TRAIN_SEPARATE ? params->epsilon / 10.0 : 0.0;
    }
}

enum lb_status lb_settings_check(struct lb_context *ctx, const struct lb_train_params *params)
{
    for (size_t i = 0; i < lb_settings_count; i++) {
        struct lb_text why = {0};
        enum lb_status status = LB_OK;
        if (!valid(&lb_settings[i], params, &why)) {
            if (lb_settings[i].kind != LB_LAYERS) {
                add_rule(&why, &lb_settings[i]);
            }
            status = lb_fail(ctx, LB_ERR_ARGUMENT, "--%s: %s", lb_settings[i].name,
                             why.data != NULL ? why.data : "is not allowed");
        }
        lb_text_free(&why);
        LB_TRY(status);
    }
    if (params->mode != LB_TRAIN_SEPARATE && params->decoder_steps == 0) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "--decoder-steps 0: --joint and --plain train a decoder (leave one out)");
    }
    return LB_OK;
}
