#include "train/overlap.h"

#include "batch/batch_source.h"
#include "gemm/backend.h"
#include "run/settings_layers.h"
#include "train/fused.h"
#include "train/training_self_test.h"

static enum lb_status describe(struct lb_device *device, const struct lb_training_data *data,
                               const struct lb_train_params *params, struct lb_dataset_info *info)
{
    if (data->dataset != NULL) {
        *info = *lb_dataset_get_info(data->dataset);
        return LB_OK;
    }
    return lb_dataset_describe(device,
                               &(const struct lb_dataset_params){.name = params->dataset,
                                                                 .size = params->size,
                                                                 .cap_degrees = params->cap,
                                                                 .mesh = params->mesh},
                               info);
}

/* The cases, as the functions of training_self_test.h ask for them. */
static enum lb_status list_cases(struct lb_self_test_need *need, struct lb_device *device,
                                 const struct lb_training_data *data,
                                 const struct lb_train_params *params)
{
    struct lb_dataset_info info;
    struct lb_layer_list encoder;
    struct lb_layer_list decoder;
    const bool decodes = params->decoder_steps > 0;
    LB_TRY(describe(device, data, params, &info));
    LB_TRY(lb_settings_encoder(&encoder, device->ctx, params, lb_image_shape(&info)));
    if (decodes) {
        LB_TRY(lb_settings_decoder(&decoder, device->ctx, params, lb_image_shape(&info)));
    }
    *need = (struct lb_self_test_need){
        .gemm = params->gemm != LB_GEMM_AUTO ? params->gemm : LB_GEMM_PANEL, // `auto` on a CPU
        .activation = params->activation,
        .images =
            lb_layer_list_has_images(&encoder) || (decodes && lb_layer_list_has_images(&decoder)),
        .chains = params->strategy == LB_STRATEGY_CHAIN,
        .cross = params->cross_weight > 0.0,
        .muon = params->optimizer == LB_MUON,
        .rule = params->clip > 0.0 || params->average > 0.0,
    };
    need->small = params->mode == LB_TRAIN_SEPARATE && !need->chains && !need->cross &&
                  params->microbatch == 0 && lb_fused_pays(device, &encoder, need->gemm);
    return LB_OK;
}

static void begin_tests(struct lb_self_test_pool *pool, const struct lb_training_data *data,
                        const struct lb_train_params *params)
{
    struct lb_device *device = pool->device;
    struct lb_self_test_need need;
    /* A GPU's driver is not asked for two things at once: if one crashes it, both end */
    if (device->info.type == LB_DEVICE_CPU &&
        list_cases(&need, device, data, params) == LB_OK) { // else the caller meets the error
        lb_self_test_expect(pool, &need);
    }
}

enum lb_status lb_overlap_open(struct lb_training_data *data, struct lb_self_test_pool *pool,
                               const struct lb_train_params *params)
{
    const bool pairs = lb_is_pair_file(params->dataset); // compiles nothing, and has no facts yet
    if (!pairs) {
        begin_tests(pool, data, params);
    }
    LB_TRY(lb_training_data_open(data, pool->device, params));
    if (pairs) {
        begin_tests(pool, data, params);
    }
    return LB_OK;
}

/* Draws a few batches. */
static enum lb_status draw(struct lb_batch_source *source, const struct lb_training_data *data,
                           const struct lb_train_params *params)
{
    const struct lb_batch_source_params batches = {
        .seed = params->seed,
        .epsilon = params->epsilon,
        .min_distance = params->min_distance,
        .strategy = params->strategy,
        .rows = 2,
    };
    LB_TRY(lb_batch_source_create(source, data->dataset, NULL, &batches));
    const struct lb_batch_request requests[] = {lb_training_batch(source, true, 0),
                                                lb_sample_batch(source, true, 0)};
    for (size_t i = 0; i < LB_COUNT(requests); i++) {
        LB_TRY(lb_batch_source_pairs(source, &requests[i]));
    }
    const struct lb_batch_request images = lb_training_batch(source, false, 0);
    LB_TRY(lb_batch_source_images(source, &images));
    return lb_device_finish(data->dataset->device);
}

void lb_overlap_sampling(const struct lb_self_test_pool *pool, const struct lb_training_data *data,
                         const struct lb_train_params *params)
{
    struct lb_batch_source source = {0};
    if (lb_self_test_pool_is_running(pool) && data->file == NULL && params->samples == 0) {
        (void)draw(&source, data, params); // training meets the error
        lb_batch_source_destroy(&source);
    }
}
