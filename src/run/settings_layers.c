#include "run/settings_layers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/layers.h"
#include "nn/mirror.h"

/* ---- the settings' text ---------------------------------------------------------------------- */

/* The canonical form of a text that there is, whatever the images. */
static bool read_text(const char *text, struct lb_text *form, struct lb_text *why)
{
    const size_t length = strlen(text);
    int layers = 1;
    for (size_t i = 0; i < length; i++) {
        layers += text[i] == ',';
    }
    if (length >= LB_LAYERS_BYTES) {
        lb_text_addf(why, "has %zu characters (take at most %d)", length, LB_LAYERS_BYTES - 1);
        return false;
    }
    if (!lb_layers_check(text, form, why)) {
        return false;
    }
    if (layers > LB_MAX_HIDDEN) {
        lb_text_addf(why, "has %d layers (take at most %d)", layers, LB_MAX_HIDDEN);
        return false;
    }
    return !form->failed;
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
        const bool widths = setting->widths && form.data[strspn(form.data, "0123456789,")] == '\0';
        memset(field, 0, LB_LAYERS_BYTES);
        if (widths) {
            take_widths(params, form.data);
        } else if (!word) {
            memcpy(field, form.data, form.length);
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
        lb_text_addf(why, "must be 1 to %d whole numbers from 1 to %d", LB_MAX_HIDDEN,
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

/* ---- lists ----------------------------------------------------------------------------------- */

/* Ends what `status` stands for: takes `why`. */
static enum lb_status fail(struct lb_context *ctx, const char *option, const char *text,
                           struct lb_text *why)
{
    const enum lb_status status = why->failed
                                      ? lb_fail_memory(ctx, "network")
                                      : lb_fail(ctx, LB_ERR_ARGUMENT, "--%s %s: %s", option, text,
                                                why->data != NULL ? why->data : "is not possible");
    lb_text_free(why);
    return status;
}

static enum lb_status add_last(struct lb_layer_list *list, struct lb_context *ctx,
                               const struct lb_layer *last, const char *option, const char *text)
{
    struct lb_text why = {0};
    if (!lb_layer_list_try(list, last, &why)) {
        return fail(ctx, option, text, &why);
    }
    lb_text_free(&why);
    return LB_OK;
}

/* Dense layers alone know no rows and columns. */
static void take_vectors(struct lb_layer_list *list)
{
    if (list->count > 0 && !lb_layer_list_has_images(list)) {
        list->input = lb_shape_vector(lb_shape_size(list->input));
        list->layer[0].in = list->input;
    }
}

static enum lb_status encoder_text(struct lb_text *text, struct lb_context *ctx,
                                   const struct lb_train_params *params)
{
    lb_text_add(text, params->encoder_layers);
    if (params->encoder_layers[0] == '\0') {
        add_widths(text, params);
    }
    return text->failed ? lb_fail_memory(ctx, "network") : LB_OK;
}

/* The hidden layers; no text stands for none. */
static enum lb_status parse(struct lb_layer_list *list, struct lb_context *ctx, const char *option,
                            const char *text, enum lb_activation activation)
{
    struct lb_text why = {0};
    list->activation = activation;
    if (text[0] != '\0' && !lb_layers_parse(list, text, activation, &why)) {
        return fail(ctx, option, text, &why);
    }
    lb_text_free(&why);
    return LB_OK;
}

enum lb_status lb_settings_encoder(struct lb_layer_list *list, struct lb_context *ctx,
                                   const struct lb_train_params *params, struct lb_shape image)
{
    const struct lb_layer last = {
        .kind = &lb_layer_dense, .out = lb_shape_vector(params->latent), .activation = LB_LINEAR};
    struct lb_text text = {0};
    enum lb_status status = LB_OK;
    *list = lb_layer_list(image);
    LB_CHECK(encoder_text(&text, ctx, params));
    LB_CHECK(parse(list, ctx, "hidden", text.data, params->activation));
    LB_CHECK(add_last(list, ctx, &last, "hidden", text.data));
    take_vectors(list);
fail:
    lb_text_free(&text);
    return status;
}

/* The layer to the image that the decoder's text implies. */
static bool find_last(struct lb_layer *last, const struct lb_layer_list *list,
                      struct lb_shape image, struct lb_text *why)
{
    const struct lb_layer *before = list->count > 0 ? &list->layer[list->count - 1] : NULL;
    const struct lb_shape out = before != NULL ? before->out : list->input;
    bool transposed = false;
    for (int k = 0; k < list->count; k++) {
        transposed = transposed || list->layer[k].kind == &lb_layer_deconv;
    }
    last->out = image;
    if (before == NULL || (before->kind == &lb_layer_dense && out.height * out.width == 1)) {
        last->kind = &lb_layer_dense;
        if (!lb_layer_list_has_images(list)) {
            last->out = lb_shape_vector(lb_shape_size(image));
        }
    } else if (out.height == image.height && out.width == image.width) {
        last->kind = &lb_layer_conv;
        last->kernel = 3;
        last->stride = 1;
        last->padding = 1;
    } else if (transposed && 2 * out.height == image.height && 2 * out.width == image.width) {
        last->kind = &lb_layer_deconv;
        last->kernel = 4;
        last->stride = 2;
        last->padding = 1;
    } else {
        lb_text_addf(why,
                     "ends at %dx%d, but images are %dx%d (change denseHxWxC or the number of "
                     "layers `up` and deconv, each of which doubles the sides)",
                     out.height, out.width, image.height, image.width);
        return false;
    }
    return true;
}

static enum lb_status mirror_text(struct lb_text *text, struct lb_context *ctx,
                                  const struct lb_train_params *params, struct lb_shape image)
{
    struct lb_layer_list encoder;
    struct lb_text hidden = {0};
    struct lb_text why = {0};
    LB_TRY(lb_settings_encoder(&encoder, ctx, params, image));
    encoder.count--; // the layer to the codes
    if (lb_layers_mirror(&encoder, text, &why)) {
        lb_text_free(&why);
        return text->failed ? lb_fail_memory(ctx, "network") : LB_OK;
    }
    enum lb_status status = encoder_text(&hidden, ctx, params);
    if (status == LB_OK) {
        lb_text_add(&why, " (write the decoder with --decoder-hidden)");
        status = fail(ctx, "hidden", hidden.data, &why);
    }
    lb_text_free(&hidden);
    lb_text_free(&why);
    return status;
}

enum lb_status lb_settings_decoder(struct lb_layer_list *list, struct lb_context *ctx,
                                   const struct lb_train_params *params, struct lb_shape image)
{
    static const char option[] = "decoder-hidden";
    struct lb_layer last = {.activation = params->output_activation};
    struct lb_text text = {0};
    struct lb_text why = {0};
    enum lb_status status = LB_OK;
    *list = lb_layer_list(lb_shape_vector(params->latent));
    lb_text_add(&text, params->decoder_layers);
    if (params->decoder_layers[0] == '\0') {
        LB_CHECK(mirror_text(&text, ctx, params, image));
    }
    LB_CHECK(parse(list, ctx, option, text.data, params->activation));
    if (find_last(&last, list, image, &why)) {
        LB_CHECK(add_last(list, ctx, &last, option, text.data));
    } else {
        status = fail(ctx, option, text.data, &why);
    }
fail:
    lb_text_free(&why);
    lb_text_free(&text);
    return status;
}

enum lb_status lb_train_describe_encoder(struct lb_context *ctx,
                                         const struct lb_train_params *params,
                                         const struct lb_dataset_info *info, char *text,
                                         size_t bytes)
{
    struct lb_layer_list list;
    struct lb_text words = {0};
    snprintf(text, bytes, "%s", "");
    LB_TRY(lb_settings_encoder(&list, ctx, params, lb_image_shape(info)));
    lb_layer_list_describe(&list, &words);
    const enum lb_status status = words.failed ? lb_fail_memory(ctx, "network") : LB_OK;
    if (status == LB_OK) {
        snprintf(text, bytes, "%s", words.data);
    }
    lb_text_free(&words);
    return status;
}
