/* The mean of a file's images on the latent manifold, decoded. */
#include <lowbend/latent_mean.h>

#include <stdlib.h>

#include "base/text.h"
#include "eval/run_input.h"
#include "io/tensor_file.h"

enum { DEFAULT_SEGMENTS = 16 };

/* codes (n, l) of all rows, one after the other. */
static enum lb_status read_codes(struct lb_run *run, const struct lb_run_input *input,
                                 double *codes)
{
    const size_t l = run->latent;
    float *row = malloc(input->size * sizeof *row);
    float *code = malloc(l * sizeof *code);
    enum lb_status status = LB_OK;
    if (row == NULL || code == NULL) {
        status = lb_fail_memory(run->ctx, input->path);
        goto fail;
    }
    for (size_t i = 0; i < input->count; i++) {
        const bool is_code = input->kind == LB_RUN_CODES;
        LB_CHECK(lb_run_input_read(input, run, i, 1, row));
        if (!is_code) {
            LB_CHECK(lb_network_apply(run->encoder, row, 1, code));
        }
        for (size_t j = 0; j < l; j++) {
            codes[i * l + j] = (double)(is_code ? row : code)[j];
        }
    }
fail:
    free(row);
    free(code);
    return status;
}

static enum lb_status write_mean(struct lb_run *run, const double *mean, const char *out_path)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    const size_t l = run->latent;
    float *code = malloc(l * sizeof *code);
    float *image = malloc(run->image_size * sizeof *image);
    enum lb_status status = LB_OK;
    if (code == NULL || image == NULL) {
        status = lb_fail_memory(run->ctx, out_path);
        goto fail;
    }
    for (size_t j = 0; j < l; j++) {
        code[j] = (float)mean[j];
    }
    LB_CHECK(lb_network_apply(run->decoder, code, 1, image));
    const struct lb_tensor tensors[] = {
        {"images",
         LB_F32,
         4,
         {1, (size_t)info->height, (size_t)info->width, (size_t)info->channels},
         image},
        {"latent", LB_F32, 2, {1, l}, code},
    };
    LB_CHECK(lb_tensor_file_write(run->ctx, out_path, tensors,
                                  lb_string_ends_with(out_path, ".npy") ? 1 : LB_COUNT(tensors),
                                  NULL, 0));
fail:
    free(code);
    free(image);
    return status;
}

enum lb_status lb_run_mean_file(struct lb_run *run, const char *in_path,
                                const struct lb_latent_mean_params *params, const char *out_path,
                                struct lb_mean_info *info)
{
    static const struct lb_latent_mean_params defaults = {0};
    params = params != NULL ? params : &defaults;
    const size_t segments = params->segments > 0 ? params->segments : DEFAULT_SEGMENTS;
    const size_t l = run->latent;
    struct lb_geometry *geometry = NULL;
    struct lb_run_input input = {0};
    double *codes = NULL;
    enum lb_status status = LB_OK;
    LB_TRY(lb_run_check_decoder(run));
    LB_TRY(lb_geometry_open(&geometry, run));
    LB_CHECK(lb_run_input_open(&input, run, in_path, LB_RUN_IMAGES | LB_RUN_CODES, &params->read));
    if (params->weights != NULL && params->count != input.count) {
        status = lb_fail(run->ctx, LB_ERR_ARGUMENT,
                         "%s: has %zu rows, but there are %zu weights (give one for each row)",
                         in_path, input.count, params->count);
        goto fail;
    }
    codes = input.count < SIZE_MAX / sizeof *codes / l - 1
                ? malloc((input.count + 1) * l * sizeof *codes)
                : NULL;
    if (codes == NULL) {
        status = lb_fail_memory(run->ctx, in_path);
        goto fail;
    }
    double *mean = codes + input.count * l;
    LB_CHECK(read_codes(run, &input, codes));
    LB_CHECK(lb_geometry_mean(geometry, codes, params->weights, input.count, segments, mean, info));
    LB_CHECK(write_mean(run, mean, out_path));
fail:
    free(codes);
    lb_run_input_close(&input);
    lb_geometry_destroy(&geometry);
    return status;
}
