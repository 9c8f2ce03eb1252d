#include "run/settings_layers.h"

#include <stdio.h>
#include <string.h>

#include "nn/layers.h"
#include "nn/mirror.h"
#include "run/settings_text.h"

/* ---- lists ----------------------------------------------------------------------------------- */

/* Parses the hidden layers; an empty text means none. */
static bool parse(struct lb_layer_list *list, const char *text, enum lb_activation activation,
                  struct lb_text *why)
{
    list->activation = activation;
    return text[0] == '\0' || lb_layers_parse(list, text, activation, why);
}

static bool build_encoder(struct lb_layer_list *list, const char *text,
                          const struct lb_train_params *params, struct lb_shape image,
                          struct lb_text *why)
{
    const struct lb_layer last = {
        .kind = &lb_layer_dense, .out = lb_shape_vector(params->latent), .activation = LB_LINEAR};
    *list = lb_layer_list(image);
    if (!parse(list, text, params->activation, why) || !lb_layer_list_try(list, &last, why)) {
        return false;
    }
    if (!lb_layer_list_has_images(list)) { // dense layers need no rows and columns
        list->input = lb_shape_vector(lb_shape_size(image));
        list->layer[0].in = list->input;
    }
    return true;
}

/* The last layer of the decoder, which its text implies. */
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

static bool build_decoder(struct lb_layer_list *list, const char *text,
                          const struct lb_train_params *params, struct lb_shape image,
                          struct lb_text *why)
{
    struct lb_layer last = {.activation = params->output_activation};
    *list = lb_layer_list(lb_shape_vector(params->latent));
    return parse(list, text, params->activation, why) && find_last(&last, list, image, why) &&
           lb_layer_list_try(list, &last, why);
}

/* Builds the decoder as the mirror of the encoder's text. */
static bool build_mirror(struct lb_layer_list *list, const char *text,
                         const struct lb_train_params *params, struct lb_shape image,
                         struct lb_text *why)
{
    struct lb_layer_list encoder;
    struct lb_text mirror = {0};
    struct lb_text reason = {0};
    if (!build_encoder(&encoder, text, params, image, why)) {
        return false;
    }
    encoder.count--; // drops the layer to the codes
    bool ok = lb_layers_mirror(&encoder, &mirror, &reason);
    const char *words = mirror.data != NULL ? mirror.data : "";
    if (ok && !build_decoder(list, words, params, image, &reason)) {
        lb_text_addf(why, "its mirror %s: ", words);
        ok = false;
    }
    if (!ok) {
        lb_text_addf(why, "%s (write the decoder with --decoder-hidden)",
                     reason.data != NULL ? reason.data : "");
    }
    why->failed = why->failed || mirror.failed || reason.failed;
    lb_text_free(&mirror);
    lb_text_free(&reason);
    return ok && !why->failed;
}

/* ---- settings -------------------------------------------------------------------------------- */

/* Makes a list from resolved settings; `option` names the text that `build` reads. */
static enum lb_status make(struct lb_layer_list *list, struct lb_context *ctx,
                           const struct lb_train_params *params, struct lb_shape image,
                           const char *option,
                           bool (*build)(struct lb_layer_list *list, const char *text,
                                         const struct lb_train_params *params,
                                         struct lb_shape image, struct lb_text *why))
{
    struct lb_text text = {0};
    struct lb_text why = {0};
    lb_text_add(&text, ""); // networks may have no hidden layer
    lb_settings_add_layers(&text, params, option);
    enum lb_status status = text.failed ? lb_fail_memory(ctx, "network") : LB_OK;
    if (status == LB_OK && !build(list, text.data, params, image, &why)) {
        status = lb_fail_layers(ctx, option, text.data, &why);
    }
    lb_text_free(&why);
    lb_text_free(&text);
    return status;
}

enum lb_status lb_settings_encoder(struct lb_layer_list *list, struct lb_context *ctx,
                                   const struct lb_train_params *params, struct lb_shape image)
{
    struct lb_train_params filled = *params;
    LB_TRY(lb_settings_fill_layers(&filled, ctx, image));
    return make(list, ctx, &filled, image, "hidden", build_encoder);
}

enum lb_status lb_settings_decoder(struct lb_layer_list *list, struct lb_context *ctx,
                                   const struct lb_train_params *params, struct lb_shape image)
{
    struct lb_train_params filled = *params;
    LB_TRY(lb_settings_fill_layers(&filled, ctx, image));
    return filled.decoder_layers[0] != '\0'
               ? make(list, ctx, &filled, image, "decoder-hidden", build_decoder)
               : make(list, ctx, &filled, image, "hidden", build_mirror);
}

/* ---- words ----------------------------------------------------------------------------------- */

/* Copies, truncated between layers. */
static void copy_cut(char *text, size_t bytes, const char *words)
{
    static const char end[] = "...";
    if (strlen(words) < bytes || bytes < sizeof end) {
        snprintf(text, bytes, "%s", words);
        return;
    }
    size_t keep = bytes - sizeof end;
    while (keep > 0 && words[keep - 1] != ' ' && words[keep - 1] != '-') {
        keep--;
    }
    snprintf(text, bytes, "%.*s%s", (int)keep, words, end);
}

static enum lb_status describe(struct lb_context *ctx, const struct lb_layer_list *list, char *text,
                               size_t bytes)
{
    struct lb_text words = {0};
    lb_layer_list_describe(list, &words);
    const enum lb_status status = words.failed ? lb_fail_memory(ctx, "network") : LB_OK;
    if (status == LB_OK) {
        copy_cut(text, bytes, words.data);
    }
    lb_text_free(&words);
    return status;
}

enum lb_status lb_train_describe_encoder(struct lb_context *ctx,
                                         const struct lb_train_params *params,
                                         const struct lb_dataset_info *info, char *text,
                                         size_t bytes)
{
    struct lb_layer_list list;
    snprintf(text, bytes, "%s", "");
    LB_TRY(lb_settings_encoder(&list, ctx, params, lb_image_shape(info)));
    return describe(ctx, &list, text, bytes);
}

enum lb_status lb_train_describe_decoder(struct lb_context *ctx,
                                         const struct lb_train_params *params,
                                         const struct lb_dataset_info *info, char *text,
                                         size_t bytes)
{
    struct lb_train_params filled = *params;
    struct lb_layer_list list;
    snprintf(text, bytes, "%s", "");
    LB_TRY(lb_settings_fill_layers(&filled, ctx, lb_image_shape(info)));
    LB_TRY(lb_settings_decoder(&list, ctx, &filled, lb_image_shape(info)));
    if (filled.decoder_layers[0] == '\0') {
        snprintf(text, bytes, "%s", "the reverse");
        return LB_OK;
    }
    return describe(ctx, &list, text, bytes);
}
