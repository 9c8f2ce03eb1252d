#include "eval/run_input.h"

#include <stdio.h>

static bool is_image_shape(const struct lb_tensor *tensor, const struct lb_dataset_info *info)
{
    const size_t height = (size_t)info->height;
    const size_t width = (size_t)info->width;
    const size_t channels = (size_t)info->channels;
    switch (tensor->rank) {
    case 2:
        return tensor->shape[1] == height * width * channels;
    case 3:
        return channels == 1 && tensor->shape[1] == height && tensor->shape[2] == width;
    case 4:
        return tensor->shape[1] == height && tensor->shape[2] == width &&
               tensor->shape[3] == channels;
    default:
        return false;
    }
}

static bool is_images(const struct lb_run *run, const struct lb_tensor *tensor)
{
    return tensor->rank > 0 && tensor->shape[0] > 0 &&
           is_image_shape(tensor, lb_dataset_get_info(run->dataset));
}

static bool is_codes(const struct lb_run *run, const struct lb_tensor *tensor)
{
    const bool floats = tensor->dtype == LB_F32 || tensor->dtype == LB_F64 ||
                        tensor->dtype == LB_F16 || tensor->dtype == LB_BF16;
    return floats && tensor->rank == 2 && tensor->shape[0] > 0 && tensor->shape[1] == run->latent;
}

/* Whether the array would fit with its channels moved to the end. */
static bool is_channels_first(const struct lb_run *run, const struct lb_tensor *tensor)
{
    const struct lb_tensor moved = lb_channels_last(*tensor);
    return tensor->rank == 4 && is_images(run, &moved);
}

/* Whether the images would fit after resizing to the run's height and width. */
static bool is_other_size(const struct lb_run *run, struct lb_tensor tensor)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    if (tensor.rank < 3 || info->height != info->width) {
        return false;
    }
    tensor.shape[1] = tensor.shape[2] = (size_t)info->height;
    return is_images(run, &tensor);
}

static enum lb_status fail_input(const struct lb_run *run, const char *path,
                                 const struct lb_tensor *tensor, unsigned kinds)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    char images[96] = "";
    char codes[64] = "";
    char wanted[256];
    if ((kinds & LB_RUN_IMAGES) != 0) {
        snprintf(images, sizeof images, "images (n,%d,%d,%d) or (n,%zu)", info->height, info->width,
                 info->channels, run->image_size);
    }
    if ((kinds & LB_RUN_CODES) != 0) {
        snprintf(codes, sizeof codes, "codes (n,%zu) of F16, BF16, F32 or F64", run->latent);
    }
    const bool pictures = (kinds & LB_RUN_IMAGES) != 0;
    const bool first = pictures && is_channels_first(run, tensor);
    char advice[32] = "convert it";
    if (first) {
        snprintf(advice, sizeof advice, "use --layout chw");
    } else if (pictures && is_other_size(run, *tensor)) {
        snprintf(advice, sizeof advice, "use --size %d", info->height);
    }
    snprintf(wanted, sizeof wanted, "%sbut this run takes %s%s%s, n at least 1 (%s)",
             first ? "looks like channels first, " : "", images,
             images[0] != '\0' && codes[0] != '\0' ? ", or " : "", codes, advice);
    return lb_fail_shape(run->ctx, path, tensor, wanted);
}

/* Checks images; vectors may have any values. */
static enum lb_status check_range(const struct lb_run_input *input, const struct lb_run *run)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    const struct lb_image_set *set = &input->set;
    if (info->height * info->width == 1) {
        return LB_OK;
    }
    return lb_range_check(run->ctx, input->path, set->images.name, set->range);
}

/* Identifies and converts the opened input. */
static enum lb_status convert(struct lb_run_input *input, struct lb_run *run, unsigned kinds,
                              struct lb_image_options reading)
{
    const char *path = input->path;
    const struct lb_tensor *tensor = &input->set.images;
    const struct lb_tensor images = lb_image_set_converted(&input->set, &reading);
    if ((kinds & LB_RUN_IMAGES) != 0 && is_images(run, &images)) {
        input->kind = LB_RUN_IMAGES;
        if (reading.layout == LB_LAYOUT_DEFAULT) { // the run's own shape is always right
            reading.layout = LB_LAYOUT_HWC;
        }
        if (reading.scale == 0.0 && !input->set.pictures && tensor->dtype != LB_U8 &&
            tensor->dtype != LB_BOOL) {
            reading.scale = run->params.scale;
        }
        LB_TRY(lb_image_set_convert(&input->set, run->ctx, path, &reading));
    } else if ((kinds & LB_RUN_CODES) != 0 && is_codes(run, tensor)) {
        input->kind = LB_RUN_CODES;
        LB_TRY(lb_image_set_convert(&input->set, run->ctx, path,
                                    &(const struct lb_image_options){.scale = 1.0}));
    } else {
        return fail_input(run, path, tensor, kinds);
    }
    LB_TRY(lb_image_set_check_values(&input->set, run->ctx, path));
    if (input->kind == LB_RUN_IMAGES && reading.scale == 0.0) {
        LB_TRY(check_range(input, run));
    }
    input->count = input->set.count;
    input->size = input->set.size;
    return LB_OK;
}

enum lb_status lb_run_input_open(struct lb_run_input *input, struct lb_run *run, const char *path,
                                 unsigned kinds, const struct lb_image_options *options)
{
    const struct lb_image_options reading =
        options != NULL ? *options : (struct lb_image_options){0};
    *input = (struct lb_run_input){.path = path};
    const bool both = kinds == (LB_RUN_IMAGES | LB_RUN_CODES);
    const char *const names[] = {kinds == LB_RUN_CODES ? "latent" : "images",
                                 both ? "latent" : NULL};
    LB_TRY(lb_image_set_open(&input->set, run->ctx, path, names, both ? 2 : 1, &reading));
    return convert(input, run, kinds, reading);
}

enum lb_status lb_run_input_take(struct lb_run_input *input, struct lb_run *run,
                                 const struct lb_tensor *array, unsigned kinds,
                                 const struct lb_image_options *options)
{
    const struct lb_image_options reading =
        options != NULL ? *options : (struct lb_image_options){0};
    *input = (struct lb_run_input){.path = array->name};
    LB_TRY(lb_image_set_take(&input->set, run->ctx, array->name, array));
    return convert(input, run, kinds, reading);
}

void lb_run_input_close(struct lb_run_input *input)
{
    lb_image_set_free(&input->set);
}

enum lb_status lb_run_input_read(const struct lb_run_input *input, struct lb_run *run, size_t first,
                                 size_t n, float *values)
{
    LB_TRY(lb_image_set_check(&input->set, run->ctx));
    for (size_t i = 0; i < n; i++) {
        lb_image_set_values(&input->set, first + i, values + i * input->size);
    }
    return LB_OK;
}

enum lb_status lb_run_check_decoder(struct lb_run *run)
{
    if (run->decoder == NULL) {
        return lb_fail(run->ctx, LB_ERR_NOT_FOUND,
                       "%s: has no decoder (train one with --decoder-steps above 0)", run->path);
    }
    return LB_OK;
}
