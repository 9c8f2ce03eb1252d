#include "run/settings_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/layers.h"
#include "nn/preset.h"

/* ---- rows ------------------------------------------------------------------------------------ */

/* The first token beyond the limit; NULL: none. */
static const char *find_excess(const char *text)
{
    for (int i = 0; i < LB_MAX_HIDDEN && text != NULL; i++) {
        const char *comma = strchr(text, ',');
        text = comma != NULL ? comma + 1 : NULL;
    }
    return text;
}

/* Canonical form of a text that is valid for some images. */
static bool read_text(const char *text, struct lb_text *form, struct lb_text *why)
{
    const size_t length = strlen(text);
    const char *excess = find_excess(text);
    if (length >= LB_LAYERS_BYTES) {
        lb_text_addf(why, "has %zu characters (use at most %d)", length, LB_LAYERS_BYTES - 1);
        return false;
    }
    if (excess != NULL) {
        lb_text_addf(why, "token %d, '%.*s': there are at most %d hidden layers (remove some)",
                     LB_MAX_HIDDEN + 1, (int)strcspn(excess, ","), excess, LB_MAX_HIDDEN);
        return false;
    }
    return lb_layers_check(text, form, why) && !form->failed;
}

static void take_widths(struct lb_train_params *params, const char *text)
{
    memset(params->hidden, 0, sizeof params->hidden);
    params->hidden_count = 0;
    for (char *end; *text != '\0'; text = end + (*end == ',')) {
        params->hidden[params->hidden_count++] = (int)strtol(text, &end, 10);
    }
}

bool lb_setting_parse_layers(const struct lb_setting *setting, struct lb_train_params *params,
                             const char *text, struct lb_text *why)
{
    char *field = (char *)params + setting->offset;
    struct lb_text form = {0};
    const bool word = setting->choices != NULL && strcmp(text, setting->choices[0]) == 0;
    const bool ok = word || read_text(text, &form, why);
    if (ok) {
        const char *words = form.data != NULL ? form.data : "";
        memset(field, 0, LB_LAYERS_BYTES);
        params->network = setting->widths ? LB_PRESET_NONE : params->network;
        if (setting->widths && words[strspn(words, "0123456789,")] == '\0') {
            take_widths(params, words);
        } else {
            memcpy(field, words, form.length);
        }
    }
    lb_text_free(&form);
    return ok;
}

static void add_widths(struct lb_text *text, const struct lb_train_params *params)
{
    for (int i = 0; i < params->hidden_count; i++) {
        lb_text_addf(text, "%s%d", i > 0 ? "," : "", params->hidden[i]);
    }
}

void lb_setting_add_layers(struct lb_text *text, const struct lb_setting *setting,
                           const struct lb_train_params *params)
{
    const char *field = (const char *)params + setting->offset;
    if (field[0] != '\0') {
        lb_text_add(text, field);
    } else if (setting->widths) {
        add_widths(text, params);
    } else {
        lb_text_add(text, setting->choices[0]);
    }
}

static bool check_widths(const struct lb_train_params *params, struct lb_text *why)
{
    bool ok = params->hidden_count >= 1 && params->hidden_count <= LB_MAX_HIDDEN;
    for (int i = 0; ok && i < params->hidden_count; i++) {
        ok = params->hidden[i] >= 1 && params->hidden[i] <= LB_LAYERS_MAX_WIDTH;
    }
    if (!ok) {
        lb_text_addf(why, "must be 1 to %d integers from 1 to %d", LB_MAX_HIDDEN,
                     LB_LAYERS_MAX_WIDTH);
    }
    return ok;
}

bool lb_setting_check_layers(const struct lb_setting *setting, const struct lb_train_params *params,
                             struct lb_text *why)
{
    const char *field = (const char *)params + setting->offset;
    if (memchr(field, '\0', LB_LAYERS_BYTES) == NULL) {
        lb_text_addf(why, "must have at most %d characters", LB_LAYERS_BYTES - 1);
        return false;
    }
    if (field[0] == '\0') {
        return !setting->widths || check_widths(params, why);
    }
    struct lb_text form = {0};
    const bool ok = read_text(field, &form, why);
    lb_text_free(&form);
    return ok;
}

/* ---- presets --------------------------------------------------------------------------------- */

enum lb_status lb_fail_layers(struct lb_context *ctx, const char *option, const char *text,
                              struct lb_text *why)
{
    const enum lb_status status = why->failed
                                      ? lb_fail_memory(ctx, "network")
                                      : lb_fail(ctx, LB_ERR_ARGUMENT, "--%s %s: %s", option, text,
                                                why->data != NULL ? why->data : "is not possible");
    lb_text_free(why);
    return status;
}

static enum lb_status set_layers(struct lb_train_params *params, struct lb_context *ctx,
                                 const struct lb_setting *setting, const char *text)
{
    struct lb_text why = {0};
    if (!lb_setting_parse_layers(setting, params, text, &why)) {
        return lb_fail_layers(ctx, setting->name, text, &why);
    }
    lb_text_free(&why);
    return LB_OK;
}

static enum lb_status fill_conv(struct lb_train_params *params, struct lb_context *ctx,
                                struct lb_shape image)
{
    struct lb_text encoder = {0};
    struct lb_text decoder = {0};
    struct lb_text why = {0};
    enum lb_status status = LB_OK;
    if (!lb_preset_conv(image, &encoder, &decoder, &why)) {
        return lb_fail_layers(ctx, "network", "conv", &why);
    }
    if (encoder.failed || decoder.failed) {
        status = lb_fail_memory(ctx, "network");
    } else {
        snprintf(params->encoder_layers, LB_LAYERS_BYTES, "%s", encoder.data);
    }
    if (status == LB_OK && params->decoder_layers[0] == '\0') {
        snprintf(params->decoder_layers, LB_LAYERS_BYTES, "%s", decoder.data);
    }
    lb_text_free(&encoder);
    lb_text_free(&decoder);
    return status;
}

static void fill_mlp(struct lb_train_params *params)
{
    struct lb_train_params defaults;
    lb_train_params_default(&defaults);
    memcpy(params->hidden, defaults.hidden, sizeof params->hidden);
    params->hidden_count = defaults.hidden_count;
    memset(params->encoder_layers, 0, LB_LAYERS_BYTES);
}

enum lb_status lb_settings_fill_layers(struct lb_train_params *params, struct lb_context *ctx,
                                       struct lb_shape image)
{
    if (params->network == LB_PRESET_CONV) {
        LB_TRY(fill_conv(params, ctx, image));
    } else if (params->network == LB_PRESET_MLP) {
        fill_mlp(params);
    }
    params->network = LB_PRESET_NONE;
    for (size_t i = 0; i < lb_settings_count; i++) {
        const struct lb_setting *setting = &lb_settings[i];
        char text[LB_LAYERS_BYTES];
        if (setting->kind == LB_LAYERS) {
            snprintf(text, sizeof text, "%.*s", LB_LAYERS_BYTES - 1,
                     (const char *)params + setting->offset);
            LB_TRY(text[0] != '\0' ? set_layers(params, ctx, setting, text) : LB_OK);
        }
    }
    return LB_OK;
}

void lb_settings_add_layers(struct lb_text *text, const struct lb_train_params *params,
                            const char *option)
{
    for (size_t i = 0; i < lb_settings_count; i++) {
        if (strcmp(lb_settings[i].name, option) == 0) {
            lb_setting_add_layers(text, &lb_settings[i], params);
        }
    }
}
