#include "run/training_data.h"

#include <stdlib.h>
#include <string.h>

#include "base/file_facts.h"
#include "geometry/dataset_check.h"
#include "geometry/sampling.h"
#include "run/settings.h"
#include "run/settings_layers.h"
#include "run/settings_text.h"

#define SMALLEST_SCALE 1e-9

enum lb_status lb_training_data_open_dataset(struct lb_dataset **dataset, struct lb_device *device,
                                             const struct lb_train_params *params)
{
    return lb_dataset_open(dataset, device,
                           &(const struct lb_dataset_params){.name = params->dataset,
                                                             .size = params->size,
                                                             .cap_degrees = params->cap,
                                                             .mesh = params->mesh});
}

enum lb_status lb_training_data_open_pairs(struct lb_pair_file **file, struct lb_context *ctx,
                                           const struct lb_train_params *params)
{
    LB_TRY(lb_pair_file_open(file, ctx, params->dataset));
    if (params->scale > 0.0) {
        (*file)->scale = (float)params->scale;
    }
    return LB_OK;
}

enum lb_status lb_training_data_open(struct lb_training_data *data, struct lb_device *device,
                                     const struct lb_train_params *params)
{
    if (!lb_is_pair_file(params->dataset)) {
        return lb_training_data_open_dataset(&data->dataset, device, params);
    }
    LB_TRY(lb_training_data_open_pairs(&data->file, device->ctx, params));
    return lb_dataset_create_images(&data->dataset, device, &data->file->info);
}

void lb_training_data_close(struct lb_training_data *data)
{
    lb_dataset_close(&data->dataset);
    lb_pair_file_close(&data->file);
}

/* Makes a path absolute, so that the RUN finds the file from anywhere. */
static void resolve_path(char path[LB_PATH_BYTES])
{
    char *absolute = path[0] != '\0' ? lb_path_absolute(path) : NULL;
    if (absolute != NULL && strlen(absolute) < LB_PATH_BYTES) {
        memset(path, 0, LB_PATH_BYTES);
        memcpy(path, absolute, strlen(absolute));
    }
    free(absolute);
}

/* Checks the initial sampling radius. */
static enum lb_status check_start(struct lb_dataset *dataset, const struct lb_train_params *params)
{
    struct lb_context *ctx = dataset->device->ctx;
    const struct lb_dataset_info *info = lb_dataset_get_info(dataset);
    const double start = params->epsilon_start;
    if (start != 0.0 && start < params->epsilon) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "--epsilon-start %g: below --epsilon %g, to which it decreases (use a "
                       "larger one, or 0 for epsilon from the start)",
                       start, params->epsilon);
    }
    if (start != 0.0 && !(start < info->injectivity_radius)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "--epsilon-start %g: not below the injectivity radius %.4g of %s, beyond "
                       "which shortest geodesics are not unique (use a smaller one)",
                       start, info->injectivity_radius, info->manifold);
    }
    return LB_OK;
}

/* The first setting in use that concerns fresh pairs; NULL: none. */
static const char *fresh_setting(const struct lb_train_params *params)
{
    return params->strategy == LB_STRATEGY_CHAIN ? "strategy chain"
           : params->epsilon_start != 0.0        ? "epsilon-start"
                                                 : NULL;
}

static enum lb_status check_samples(struct lb_context *ctx, const struct lb_train_params *params)
{
    const char *option = fresh_setting(params);
    if (params->samples == 0 || option == NULL) {
        return LB_OK;
    }
    return lb_fail(ctx, LB_ERR_ARGUMENT,
                   "--samples %d: pairs of fixed points do not support --%s (leave it out)",
                   params->samples, option);
}

static enum lb_status resolve_dataset(struct lb_dataset *dataset, struct lb_train_params *params)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(dataset);
    if (params->scale != 0.0) {
        return lb_fail(
            dataset->device->ctx, LB_ERR_ARGUMENT,
            "%s: --scale is for user pairs: images of a dataset are always in [0,1] (leave it out)",
            params->dataset);
    }
    LB_TRY(lb_dataset_require(dataset, params->seed));
    resolve_path(params->mesh);
    if (lb_dataset_is_path(params->dataset)) {
        resolve_path(params->dataset);
    }
    lb_settings_fill_min_distance(params);
    if (params->cap == 0.0) {
        params->cap = info->cap_degrees;
    }
    if (params->size == 0 && info->height == info->width && info->height > 1) {
        params->size = info->height;
    }
    LB_TRY(lb_dataset_check_radii(dataset, params->min_distance, params->epsilon));
    LB_TRY(check_start(dataset, params));
    return check_samples(dataset->device->ctx, params);
}

/* Settings for drawing pairs make no sense with given pairs. */
static enum lb_status check_unused(struct lb_context *ctx, const struct lb_train_params *params)
{
    const char *option = params->size != 0         ? "size"
                         : params->cap != 0.0      ? "cap"
                         : params->mesh[0] != '\0' ? "mesh"
                         : params->samples != 0    ? "samples"
                                                   : fresh_setting(params);
    if (params->cross_weight > 0.0) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "%s: user pairs do not support --cross-weight: only the distances of the "
                       "pairs are known (leave it out)",
                       params->dataset);
    }
    if (option == NULL) {
        return LB_OK;
    }
    return lb_fail(ctx, LB_ERR_ARGUMENT, "%s: user pairs do not support --%s (leave it out)",
                   params->dataset, option);
}

/* Images (not vectors) must be in [0,1] unless a scale is given; bytes always are. */
static enum lb_status check_images(struct lb_pair_file *file, const struct lb_train_params *params)
{
    if (params->scale != 0.0 && (file->dtype == LB_U8 || file->dtype == LB_BOOL)) {
        return lb_fail(file->ctx, LB_ERR_ARGUMENT,
                       "%s: the images are %s, which always mean 0..1 (leave out --scale)",
                       file->path, file->dtype == LB_U8 ? "bytes" : "booleans");
    }
    if (params->scale != 0.0 && params->scale < SMALLEST_SCALE) {
        return lb_fail(file->ctx, LB_ERR_ARGUMENT,
                       "%s: --scale %g is too small a divisor (use at least %g)", file->path,
                       params->scale, SMALLEST_SCALE);
    }
    if (file->channels_first) {
        lb_log(file->ctx, LB_LOG_WARNING,
               "%s: looks like channels first, but is read as (n,H,W,C): pictures of it will look "
               "wrong (move the channels to the end, as lowbend pairs --layout chw does)",
               file->path);
    }
    if (params->scale != 0.0 || file->info.height * file->info.width == 1) {
        return LB_OK;
    }
    return lb_range_check(file->ctx, file->path, "x, y, average", file->range);
}

static enum lb_status resolve_file(struct lb_pair_file *file, struct lb_train_params *params)
{
    LB_TRY(check_unused(file->ctx, params));
    lb_settings_fill_min_distance(params);
    LB_TRY(lb_pair_file_scan(file, params->min_distance));
    LB_TRY(check_images(file, params));
    LB_TRY(lb_pair_file_split(file, params->seed, params->held_out, (size_t)params->pairs));
    params->epsilon = file->largest;
    resolve_path(params->dataset);
    return LB_OK;
}

enum lb_status lb_training_data_resolve(struct lb_training_data *data,
                                        struct lb_train_params *params)
{
    LB_TRY(data->file != NULL ? resolve_file(data->file, params)
                              : resolve_dataset(data->dataset, params));
    lb_settings_fill_code_noise(params);
    return lb_settings_fill_layers(params, data->dataset->device->ctx,
                                   lb_image_shape(lb_dataset_get_info(data->dataset)));
}

enum lb_status lb_train_dataset_info(struct lb_device *device, const struct lb_train_params *params,
                                     struct lb_dataset_info *info)
{
    struct lb_training_data data = {0};
    const enum lb_status status = lb_training_data_open(&data, device, params);
    if (status == LB_OK) {
        *info = *lb_dataset_get_info(data.dataset);
    }
    lb_training_data_close(&data);
    return status;
}
