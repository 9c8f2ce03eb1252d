#include "run/settings_layers.h"

#include <stdio.h>

enum lb_status lb_settings_encoder(struct lb_layer_list *list, struct lb_context *ctx,
                                   const struct lb_train_params *params, int size)
{
    return lb_layer_list_mlp(list, ctx,
                             &(const struct lb_mlp){.in = size,
                                                    .hidden = params->hidden,
                                                    .hidden_count = params->hidden_count,
                                                    .out = params->latent,
                                                    .activation = params->activation,
                                                    .output_activation = LB_LINEAR});
}

enum lb_status lb_settings_decoder(struct lb_layer_list *list, struct lb_context *ctx,
                                   const struct lb_train_params *params, int size)
{
    int hidden[LB_MAX_HIDDEN];
    for (int k = 0; k < params->hidden_count; k++) {
        hidden[k] = params->hidden[params->hidden_count - 1 - k];
    }
    return lb_layer_list_mlp(
        list, ctx,
        &(const struct lb_mlp){.in = params->latent,
                               .hidden = hidden,
                               .hidden_count = params->hidden_count,
                               .out = size,
                               .activation = params->activation,
                               .output_activation = params->output_activation});
}

enum lb_status lb_train_describe_encoder(struct lb_context *ctx,
                                         const struct lb_train_params *params,
                                         const struct lb_dataset_info *info, char *text,
                                         size_t bytes)
{
    struct lb_layer_list list;
    struct lb_text words = {0};
    snprintf(text, bytes, "%s", "");
    LB_TRY(lb_settings_encoder(&list, ctx, params, info->height * info->width * info->channels));
    lb_layer_list_describe(&list, &words);
    const enum lb_status status = words.failed ? lb_fail_memory(ctx, "network") : LB_OK;
    if (status == LB_OK) {
        snprintf(text, bytes, "%s", words.data);
    }
    lb_text_free(&words);
    return status;
}
