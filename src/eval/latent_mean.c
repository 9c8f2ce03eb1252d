/* Decoded mean of a file's images on the latent manifold. */
#include <lowbend/latent_mean.h>

#include <stdio.h>
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

/* Output of a mean to a file. */
struct result {
    double *mean;       ///< (l)
    double *directions; ///< (m, l); NULL: not requested
    double *variances;  ///< (m)
};

static enum lb_status write_result(struct lb_run *run, const struct result *result, size_t m,
                                   const char *out_path)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    const size_t l = run->latent;
    const bool principal = result->directions != NULL;
    float *code = malloc((l + m * l + m) * sizeof *code);
    float *image = malloc(run->image_size * sizeof *image);
    enum lb_status status = LB_OK;
    if (code == NULL || image == NULL) {
        status = lb_fail_memory(run->ctx, out_path);
        goto fail;
    }
    float *directions = code + l;
    float *variances = directions + m * l;
    for (size_t j = 0; j < l; j++) {
        code[j] = (float)result->mean[j];
    }
    for (size_t j = 0; j < m * l && principal; j++) {
        directions[j] = (float)result->directions[j];
    }
    for (size_t j = 0; j < m && principal; j++) {
        variances[j] = (float)result->variances[j];
    }
    LB_CHECK(lb_network_apply(run->decoder, code, 1, image));
    const struct lb_tensor tensors[] = {
        {"images",
         LB_F32,
         4,
         {1, (size_t)info->height, (size_t)info->width, (size_t)info->channels},
         image},
        {"latent", LB_F32, 2, {1, l}, code},
        {"directions", LB_F32, 2, {m, l}, directions},
        {"variances", LB_F32, 1, {m}, variances},
    };
    const size_t count = lb_string_ends_with(out_path, ".npy") ? 1
                         : principal                           ? LB_COUNT(tensors)
                                                               : 2;
    LB_CHECK(lb_tensor_file_write(run->ctx, out_path, tensors, count, NULL, 0));
fail:
    free(code);
    free(image);
    return status;
}

/* *weights (count): read from a file; the caller frees them. */
static enum lb_status read_weights(struct lb_run *run, const char *path, size_t count,
                                   double **weights)
{
    struct lb_tensor_file *file = NULL;
    float *floats = NULL;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_tensor_file_map(&file, run->ctx, path));
    const struct lb_tensor *tensor = lb_tensor_file_count(file) == 1
                                         ? lb_tensor_file_at(file, 0)
                                         : lb_tensor_file_find(file, "weights");
    if (tensor == NULL) {
        status = lb_fail(run->ctx, LB_ERR_FORMAT,
                         "%s: holds %zu arrays, none of them named weights (rename one)", path,
                         lb_tensor_file_count(file));
        goto fail;
    }
    if (tensor->dtype == LB_DTYPE_OTHER || lb_tensor_count(tensor) != count ||
        tensor->shape[0] != count) {
        char wanted[96];
        snprintf(wanted, sizeof wanted,
                 "but weights (%zu) of numbers are needed (one for each row)", count);
        status = lb_fail_shape(run->ctx, path, tensor, wanted);
        goto fail;
    }
    floats = malloc(count * sizeof *floats);
    *weights = malloc(count * sizeof **weights);
    if (floats == NULL || *weights == NULL) {
        status = lb_fail_memory(run->ctx, path);
        goto fail;
    }
    lb_elements_to_floats(tensor->dtype, tensor->data, count, floats);
    for (size_t i = 0; i < count; i++) {
        (*weights)[i] = (double)floats[i];
    }
fail:
    free(floats);
    lb_tensor_file_free(&file);
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
    struct result result = {0};
    double *codes = NULL;
    double *read = NULL;
    enum lb_status status = LB_OK;
    if (params->principal && lb_string_ends_with(out_path, ".npy")) {
        return lb_fail(run->ctx, LB_ERR_ARGUMENT,
                       "%s: principal geodesics need several arrays (use a .safetensors file)",
                       out_path);
    }
    LB_TRY(lb_run_check_decoder(run));
    LB_TRY(lb_geometry_open(&geometry, run));
    LB_CHECK(lb_run_input_open(&input, run, in_path, LB_RUN_IMAGES | LB_RUN_CODES, &params->read));
    if (params->weights_path != NULL) {
        LB_CHECK(read_weights(run, params->weights_path, input.count, &read));
    } else if (params->weights != NULL && params->count != input.count) {
        status = lb_fail(run->ctx, LB_ERR_ARGUMENT,
                         "%s: has %zu rows, but there are %zu weights (give one for each row)",
                         in_path, input.count, params->count);
        goto fail;
    }
    const size_t m = lb_geometry_dimension(geometry);
    codes = input.count < SIZE_MAX / sizeof *codes / l - 2 * l - 2
                ? malloc((input.count * l + l + m * l + m) * sizeof *codes)
                : NULL;
    if (codes == NULL) {
        status = lb_fail_memory(run->ctx, in_path);
        goto fail;
    }
    const double *weights = read != NULL ? read : params->weights;
    result.mean = codes + input.count * l;
    run->cancellation =
        (struct lb_cancellation){"mean", params->progress, params->user, "mean", 0, 1};
    LB_CHECK(read_codes(run, &input, codes));
    LB_CHECK(lb_geometry_mean(geometry, codes, weights, input.count, segments, result.mean, info));
    if (params->principal) {
        result.directions = result.mean + l;
        result.variances = result.directions + m * l;
        LB_CHECK(lb_geometry_principal(geometry, codes, weights, input.count, result.mean, segments,
                                       result.directions, result.variances));
    }
    LB_CHECK(write_result(run, &result, m, out_path));
fail:
    run->cancellation = (struct lb_cancellation){0};
    free(codes);
    free(read);
    lb_run_input_close(&input);
    lb_geometry_destroy(&geometry);
    return status;
}
