/* eval.json: the numbers of an evaluation under the keys that scripts rely on. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "eval/measure.h"
#include "run/run_files.h"

/* JSON knows no NaN and no infinity: null. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static double number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static json_t *interpolation_entry(const struct lb_interpolation_errors *errors)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "d", number(errors->distance),
                     "latent_gap", number(errors->latent_gap.mean), "latent_gap_stderr",
                     number(errors->latent_gap.standard_error), "off_manifold",
                     number(errors->off_manifold.mean), "off_manifold_stderr",
                     number(errors->off_manifold.standard_error), "image_mse",
                     number(errors->image_mse.mean), "image_mse_stderr",
                     number(errors->image_mse.standard_error), "blend_mse",
                     number(errors->blend_mse.mean), "blend_mse_stderr",
                     number(errors->blend_mse.standard_error));
}

static json_t *interpolation(const struct lb_evaluation *e)
{
    json_t *array = json_array();
    bool complete = array != NULL;
    for (size_t i = 0; i < e->interpolation_count && complete; i++) {
        complete = json_array_append_new(array, interpolation_entry(&e->interpolation[i])) == 0;
    }
    if (!complete) {
        json_decref(array);
        array = NULL;
    }
    return array;
}

static json_t *shares(const struct lb_evaluation *e)
{
    json_t *array = json_array();
    bool complete = array != NULL;
    for (size_t i = 0; i < e->pca_count && complete; i++) {
        complete = json_array_append_new(array, number(e->pca_variance[i])) == 0;
    }
    if (!complete) {
        json_decref(array);
        array = NULL;
    }
    return array;
}

/* Numbers that stand alone, by their place in the structure. */
static const struct {
    const char *key;
    size_t offset;
} numbers[] = {
    {"E", offsetof(struct lb_evaluation, energy.mean)},
    {"E_stderr", offsetof(struct lb_evaluation, energy.standard_error)},
    {"distortion", offsetof(struct lb_evaluation, distortion.mean)},
    {"distortion_stderr", offsetof(struct lb_evaluation, distortion.standard_error)},
    {"bending", offsetof(struct lb_evaluation, bending.mean)},
    {"bending_stderr", offsetof(struct lb_evaluation, bending.standard_error)},
    {"E_star", offsetof(struct lb_evaluation, minimum)},
    {"gap", offsetof(struct lb_evaluation, gap)},
    {"sigma_min", offsetof(struct lb_evaluation, sigma_min)},
    {"sigma_median", offsetof(struct lb_evaluation, sigma_median)},
    {"sigma_max", offsetof(struct lb_evaluation, sigma_max)},
    {"mean_abs_log_sigma", offsetof(struct lb_evaluation, mean_abs_log_sigma)},
    {"scale", offsetof(struct lb_evaluation, scale)},
    {"scaled_isometry_error", offsetof(struct lb_evaluation, scaled_isometry_error)},
    {"condition_mean", offsetof(struct lb_evaluation, condition_mean)},
    {"condition_p95", offsetof(struct lb_evaluation, condition_p95)},
    {"bending_normal", offsetof(struct lb_evaluation, bending_normal)},
    {"bending_tangential", offsetof(struct lb_evaluation, bending_tangential)},
    {"stress", offsetof(struct lb_evaluation, stress)},
    {"pearson", offsetof(struct lb_evaluation, pearson)},
    {"spearman", offsetof(struct lb_evaluation, spearman)},
    {"min_ratio", offsetof(struct lb_evaluation, min_ratio)},
    {"reconstruction_mse", offsetof(struct lb_evaluation, reconstruction_mse)},
    {"psnr", offsetof(struct lb_evaluation, psnr)},
    {"knn_recall", offsetof(struct lb_evaluation, knn_recall)},
    {"trustworthiness", offsetof(struct lb_evaluation, trustworthiness)},
    {"continuity", offsetof(struct lb_evaluation, continuity)},
};

char *lb_evaluation_json(const struct lb_evaluation *e)
{
    json_t *root = json_object();
    bool complete = root != NULL;
    for (size_t i = 0; i < LB_COUNT(numbers) && complete; i++) {
        double value;
        memcpy(&value, (const char *)e + numbers[i].offset, sizeof value);
        complete = json_object_set_new(root, numbers[i].key, number(value)) == 0;
    }
    complete = complete && json_object_set_new(root, "interpolation", interpolation(e)) == 0 &&
               json_object_set_new(root, "pca_variance", shares(e)) == 0;
    char *text =
        complete
            ? lb_json_print(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15))
            : NULL;
    json_decref(root);
    return text;
}

enum lb_status lb_run_write_evaluation(struct lb_run *run, const struct lb_evaluation *evaluation)
{
    char *text = lb_evaluation_json(evaluation);
    char *path = lb_run_file_path(run->path, LB_RUN_EVALUATION);
    const enum lb_status status =
        text == NULL || path == NULL ? lb_fail_memory(run->ctx, lb_run_file_name(LB_RUN_EVALUATION))
                                     : lb_file_write(run->ctx, path, text, strlen(text));
    free(text);
    free(path);
    return status;
}

static struct lb_estimate estimate_of(const json_t *object, const char *key, const char *error_key)
{
    return (struct lb_estimate){number_of(object, key), number_of(object, error_key)};
}

/* The two arrays; what is no array is empty. */
static bool read_arrays(const json_t *root, struct lb_evaluation *out)
{
    const json_t *curves = json_object_get(root, "interpolation");
    const json_t *shares_read = json_object_get(root, "pca_variance");
    out->interpolation_count = json_array_size(curves);
    out->pca_count = json_array_size(shares_read);
    out->interpolation = calloc(out->interpolation_count + 1, sizeof *out->interpolation);
    out->pca_variance = calloc(out->pca_count + 1, sizeof *out->pca_variance);
    if (out->interpolation == NULL || out->pca_variance == NULL) {
        return false;
    }
    for (size_t i = 0; i < out->interpolation_count; i++) {
        const json_t *entry = json_array_get(curves, i);
        out->interpolation[i] = (struct lb_interpolation_errors){
            .distance = number_of(entry, "d"),
            .latent_gap = estimate_of(entry, "latent_gap", "latent_gap_stderr"),
            .off_manifold = estimate_of(entry, "off_manifold", "off_manifold_stderr"),
            .image_mse = estimate_of(entry, "image_mse", "image_mse_stderr"),
            .blend_mse = estimate_of(entry, "blend_mse", "blend_mse_stderr"),
        };
    }
    for (size_t i = 0; i < out->pca_count; i++) {
        const json_t *share = json_array_get(shares_read, i);
        out->pca_variance[i] = json_is_number(share) ? json_number_value(share) : (double)NAN;
    }
    return true;
}

enum lb_status lb_run_read_evaluation(struct lb_run *run, struct lb_evaluation *out)
{
    char *data = NULL;
    size_t size = 0;
    json_t *root = NULL;
    json_error_t error;
    char *path = lb_run_file_path(run->path, LB_RUN_EVALUATION);
    enum lb_status status = LB_OK;
    *out = (struct lb_evaluation){0};
    if (path == NULL) {
        return lb_fail_memory(run->ctx, lb_run_file_name(LB_RUN_EVALUATION));
    }
    LB_CHECK(lb_file_read(run->ctx, path, &data, &size));
    status = lb_json_parse(&root, run->ctx, path, data, size, &error);
    if (status == LB_ERR_FORMAT || (status == LB_OK && !json_is_object(root))) {
        status = lb_fail(run->ctx, LB_ERR_FORMAT, "%s: is damaged (run `lowbend eval %s` again)",
                         path, run->path);
        goto fail;
    }
    for (size_t i = 0; i < LB_COUNT(numbers); i++) {
        const double value = number_of(root, numbers[i].key);
        memcpy((char *)out + numbers[i].offset, &value, sizeof value);
    }
    if (!read_arrays(root, out)) {
        status = lb_fail_memory(run->ctx, lb_run_file_name(LB_RUN_EVALUATION));
    }
fail:
    json_decref(root);
    free(data);
    free(path);
    return status;
}
