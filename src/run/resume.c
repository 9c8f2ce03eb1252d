#include "run/resume.h"

#include <string.h>

#include "run/config.h"
#include "run/settings.h"

/*
 * Settings left open in `given` and missing in RUN's config.json get their present value from
 * `params` on both sides. What `auto` chose for RUN is kept.
 */
static void resolve_open(const struct lb_train_params *given, struct lb_train_params *params,
                         struct lb_train_params *before, bool user_pairs)
{
    if (before->size == 0 && given->size == 0) {
        before->size = params->size;
    }
    if (before->cap == 0.0 && given->cap == 0.0) {
        before->cap = params->cap;
    }
    if (given->code_noise < 0.0) { // RUNs older than the setting had no noise
        params->code_noise = before->code_noise;
    }
    /* A preset means what it meant when RUN started */
    if (given->network == LB_PRESET_CONV && before->encoder_layers[0] != '\0') {
        memcpy(params->encoder_layers, before->encoder_layers, LB_LAYERS_BYTES);
        if (given->decoder_layers[0] == '\0') {
            memcpy(params->decoder_layers, before->decoder_layers, LB_LAYERS_BYTES);
        }
    }
    if (user_pairs) { // their largest distance, which the fingerprint covers
        before->epsilon = params->epsilon;
    }
    if (before->gemm == LB_GEMM_AUTO) {
        before->gemm = params->gemm;
    } else if (given->gemm == LB_GEMM_AUTO) {
        params->gemm = before->gemm;
    }
}

enum lb_status lb_resume_settings(struct lb_device *device, const struct lb_train_params *given,
                                  struct lb_train_params *params,
                                  const struct lb_training_data *data, const char *run, bool *moved,
                                  struct lb_extension *extension)
{
    struct lb_context *ctx = device->ctx;
    const struct lb_dataset_info *dataset = lb_dataset_get_info(data->dataset);
    struct lb_train_params before;
    LB_TRY(lb_train_params_read(ctx, &before, run));
    resolve_open(given, params, &before, data->file != NULL);
    LB_TRY(lb_config_accept_moved(ctx, params, &before, dataset, data->file, run, moved));
    LB_TRY(lb_extension_find(extension, ctx, params, &before, run));
    LB_TRY(lb_settings_compare(ctx, params, &before, run));
    if (data->file != NULL) {
        LB_TRY(lb_config_check_pairs(data->file, run));
    }
    LB_TRY(lb_config_check_files(ctx, params, dataset, run));
    LB_TRY(lb_config_pin_tuning(device, run));
    return lb_config_check_device(device, run);
}
