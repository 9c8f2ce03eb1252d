#include "run/config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lowbend/energy.h>

#include "base/file.h"
#include "base/file_facts.h"
#include "base/json.h"
#include "base/text.h"
#include "device/device.h"
#include "gemm/tuning.h"
#include "geometry/dataset.h"
#include "run/run_files.h"
#include "run/settings.h"

/*
 * Raised when a key changes its meaning or a new key cannot be ignored. Merely adding a key does
 * not raise it, since each setting defines the meaning of its absence. 1 also stands for files
 * without a format.
 */
enum { FORMAT = 1 };

const char lb_config_format_key[] = "format";
const char lb_config_version_key[] = "version";
const char lb_config_dataset_key[] = "dataset_facts";
static const char extended_key[] =
    "extended"; // the numbers of steps that a RUN had before extensions
const char lb_config_pairs_key[] = "own_pairs";
const char lb_config_device_key[] = "device";
static const char mesh_key[] = "mesh_fingerprint";
static const char text_key[] = "dataset_fingerprint";
static const char clblast_key[] = "clblast_parameters";

static enum lb_status fail_key(struct lb_context *ctx, const char *run, const char *key)
{
    return lb_fail(ctx, LB_ERR_FORMAT,
                   "%s/%s: \"%s\" is not what `lowbend train` writes (train again with "
                   "--overwrite)",
                   run, lb_run_file_name(LB_RUN_CONFIG), key);
}

static json_t *device_facts(const struct lb_device_info *device)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", device->name, "type",
                     lb_device_type_name(device->type), "platform", device->platform, "driver",
                     device->driver, "version", device->version);
}

static json_t *dataset_facts(const struct lb_train_params *params,
                             const struct lb_dataset_info *dataset)
{
    const double minimum = lb_energy_minimum(dataset->h, params->lambda, params->c).energy;
    return json_pack("{s:s, s:s, s:i, s:[i,i,i], s:o, s:o, s:o}", "name", dataset->name, "manifold",
                     dataset->manifold, "dimension", dataset->dimension, "image", dataset->height,
                     dataset->width, dataset->channels, "injectivity_radius",
                     lb_json_number(dataset->injectivity_radius), "h", lb_json_number(dataset->h),
                     "E_star", lb_json_number(minimum));
}

/* A fingerprint as text: JSON has no unsigned 64-bit integers. */
static json_t *fingerprint_of(uint64_t hash)
{
    char fingerprint[17];
    snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, hash);
    return json_string(fingerprint);
}

static json_t *pair_facts(const struct lb_pair_file *file)
{
    char fingerprint[17];
    snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, file->fingerprint);
    return json_pack("{s:I, s:I, s:I, s:s}", "count", (json_int_t)file->count, "training",
                     (json_int_t)file->training, "held_out", (json_int_t)file->held_out,
                     "fingerprint", fingerprint);
}

/* Writes RUN's config.json; NULL means out of memory. Takes ownership of `root`. */
static enum lb_status write_root(struct lb_context *ctx, json_t *root, const char *run)
{
    char *text =
        root != NULL ? lb_json_print(root, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) : NULL;
    char *path = lb_run_file_path(run, LB_RUN_CONFIG);
    const enum lb_status status = text == NULL || path == NULL
                                      ? lb_fail_memory(ctx, lb_run_file_name(LB_RUN_CONFIG))
                                      : lb_file_write(ctx, path, text, strlen(text));
    json_decref(root);
    free(path);
    free(text);
    return status;
}

enum lb_status lb_config_write(struct lb_device *device, const struct lb_train_params *params,
                               const struct lb_dataset_info *dataset,
                               const struct lb_pair_file *file, const char *run)
{
    struct lb_context *ctx = device->ctx;
    const struct lb_clblast_parameters *pinned = lb_tuning_pinned(device);
    json_t *root = json_pack("{s:s, s:s, s:i}", "program", "lowbend", lb_config_version_key,
                             lb_version(), lb_config_format_key, FORMAT);
    if (root != NULL && lb_settings_to_json(params, root) &&
        json_object_set_new(root, lb_config_dataset_key, dataset_facts(params, dataset)) == 0 &&
        (dataset->mesh_hash == 0 ||
         json_object_set_new(root, mesh_key, fingerprint_of(dataset->mesh_hash)) == 0) &&
        (dataset->text_hash == 0 ||
         json_object_set_new(root, text_key, fingerprint_of(dataset->text_hash)) == 0) &&
        (file == NULL || json_object_set_new(root, lb_config_pairs_key, pair_facts(file)) == 0) &&
        (params->gemm != LB_GEMM_CLBLAST || pinned == NULL ||
         json_object_set_new(root, clblast_key, lb_clblast_parameters_to_json(pinned)) == 0) &&
        json_object_set_new(root, lb_config_device_key, device_facts(lb_device_get_info(device))) ==
            0) {
        return write_root(ctx, root, run);
    }
    json_decref(root);
    return write_root(ctx, NULL, run);
}

static enum lb_status check_format(struct lb_context *ctx, const json_t *root, const char *path,
                                   const char *run)
{
    const json_t *format = json_object_get(root, lb_config_format_key);
    if (format == NULL) { // older than this key
        return LB_OK;
    }
    if (!json_is_integer(format) || json_integer_value(format) < 1) {
        return fail_key(ctx, run, lb_config_format_key);
    }
    if (json_integer_value(format) > FORMAT) {
        const char *version = json_string_value(json_object_get(root, lb_config_version_key));
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: written by a newer lowbend (%s) in format %lld; this one (%s) reads up "
                       "to format %d (update it)",
                       path, version != NULL ? version : "of an unknown version",
                       (long long)json_integer_value(format), lb_version(), FORMAT);
    }
    return LB_OK;
}

enum lb_status lb_config_read(struct lb_context *ctx, const char *run, json_t **root)
{
    *root = NULL;
    char *path = lb_run_file_path(run, LB_RUN_CONFIG);
    if (path == NULL) {
        return lb_fail_memory(ctx, lb_run_file_name(LB_RUN_CONFIG));
    }
    char *data = NULL;
    size_t size = 0;
    json_error_t error;
    enum lb_status status = LB_OK;
    if (lb_file_missing(path)) {
        status = lb_fail(
            ctx, LB_ERR_NOT_FOUND,
            "%s: is not a run: %s is missing (give the folder that `lowbend train --out` wrote)",
            run, lb_run_file_name(LB_RUN_CONFIG));
        goto fail;
    }
    LB_CHECK(lb_file_read(ctx, path, &data, &size));
    status = lb_json_parse(root, ctx, path, data, size, &error);
    if (status == LB_ERR_FORMAT || (status == LB_OK && !json_is_object(*root))) {
        status =
            lb_fail(ctx, LB_ERR_FORMAT, "%s: is damaged at line %d (train again with --overwrite)",
                    path, error.line);
    }
    if (status == LB_OK) {
        status = check_format(ctx, *root, path, run);
    }
    if (status != LB_OK) {
        json_decref(*root);
        *root = NULL;
    }
fail:
    free(data);
    free(path);
    return status;
}

enum lb_status lb_train_params_read(struct lb_context *ctx, struct lb_train_params *params,
                                    const char *run)
{
    json_t *root;
    LB_TRY(lb_config_read(ctx, run, &root));
    char *path = lb_run_file_path(run, LB_RUN_CONFIG);
    const enum lb_status status = path != NULL
                                      ? lb_settings_from_json(ctx, params, root, path)
                                      : lb_fail_memory(ctx, lb_run_file_name(LB_RUN_CONFIG));
    free(path);
    json_decref(root);
    return status;
}

bool lb_is_data_file(const char *dataset)
{
    return lb_is_pair_file(dataset) || lb_dataset_is_path(dataset);
}

enum lb_status lb_train_params_find_files(struct lb_context *ctx,
                                          const struct lb_train_params *params, const char *run)
{
    if (params->mesh[0] != '\0' && lb_file_missing(params->mesh)) {
        return lb_fail(ctx, LB_ERR_NOT_FOUND,
                       "%s: no such file: the mesh of %s (if it has moved, give its location with "
                       "--mesh FILE)",
                       params->mesh, run);
    }
    if (lb_is_data_file(params->dataset) && lb_file_missing(params->dataset)) {
        return lb_fail(ctx, LB_ERR_NOT_FOUND,
                       "%s: no such file: the dataset of %s (if it has moved, give its location "
                       "with --dataset FILE, in `lowbend train` as DATASET)",
                       params->dataset, run);
    }
    return LB_OK;
}

enum comparison { SAME, OTHER, UNKNOWN };

/* Compares a fact with RUN's value for a key; takes ownership of the fact. UNKNOWN if RUN has no
 * value. */
static enum lb_status compare(struct lb_context *ctx, const char *run, const char *key,
                              json_t *fact, enum comparison *result)
{
    json_t *root = NULL;
    enum lb_status status = LB_OK;
    *result = UNKNOWN;
    if (fact == NULL) {
        status = lb_fail_memory(ctx, lb_run_file_name(LB_RUN_CONFIG));
        goto fail;
    }
    LB_CHECK(lb_config_read(ctx, run, &root));
    const json_t *before = json_object_get(root, key);
    if (before != NULL) {
        *result = json_equal(fact, before) ? SAME : OTHER;
    }
fail:
    json_decref(fact);
    json_decref(root);
    return status;
}

/* Checks a file of RUN by its hash, which is 0 if there is none; `what` is for the message. Runs
 * older than the fingerprint are not checked. */
static enum lb_status check_file(struct lb_context *ctx, const char *file, const char *what,
                                 uint64_t hash, const char *key, const char *run)
{
    enum comparison result = UNKNOWN;
    if (hash != 0) {
        LB_TRY(compare(ctx, run, key, fingerprint_of(hash), &result));
    }
    if (result == OTHER) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: differs from the %s that %s was trained on (restore the old file, or "
                       "train another RUN)",
                       file, what, run);
    }
    return LB_OK;
}

enum lb_status lb_config_check_files(struct lb_context *ctx, const struct lb_train_params *params,
                                     const struct lb_dataset_info *dataset, const char *run)
{
    LB_TRY(check_file(ctx, params->mesh, "mesh", dataset->mesh_hash, mesh_key, run));
    return check_file(ctx, params->dataset, "dataset", dataset->text_hash, text_key, run);
}

enum lb_status lb_config_check_pairs(const struct lb_pair_file *file, const char *run)
{
    enum comparison result;
    LB_TRY(compare(file->ctx, run, lb_config_pairs_key, pair_facts(file), &result));
    if (result != SAME) {
        return lb_fail(file->ctx, LB_ERR_FORMAT,
                       "%s: holds other pairs than %s was trained on (restore the old file, or "
                       "train another RUN)",
                       file->path, run);
    }
    return LB_OK;
}

/* Adopts a path if RUN knows its file by this fact; takes ownership of the fact. */
static enum lb_status accept_moved(struct lb_context *ctx, const char *now,
                                   char before[LB_PATH_BYTES], const char *run, const char *key,
                                   json_t *fact, bool *moved)
{
    enum comparison result;
    LB_TRY(compare(ctx, run, key, fact, &result));
    if (result == SAME && strcmp(now, before) != 0) {
        memcpy(before, now, LB_PATH_BYTES);
        *moved = true;
    }
    return LB_OK;
}

enum lb_status lb_config_accept_moved(struct lb_context *ctx, const struct lb_train_params *params,
                                      struct lb_train_params *before,
                                      const struct lb_dataset_info *dataset,
                                      const struct lb_pair_file *file, const char *run, bool *moved)
{
    *moved = false;
    if (dataset->mesh_hash != 0) {
        LB_TRY(accept_moved(ctx, params->mesh, before->mesh, run, mesh_key,
                            fingerprint_of(dataset->mesh_hash), moved));
    }
    if (dataset->text_hash != 0) {
        LB_TRY(accept_moved(ctx, params->dataset, before->dataset, run, text_key,
                            fingerprint_of(dataset->text_hash), moved));
    }
    if (file != NULL) {
        LB_TRY(accept_moved(ctx, params->dataset, before->dataset, run, lb_config_pairs_key,
                            pair_facts(file), moved));
    }
    return LB_OK;
}

enum lb_status lb_config_note_files(struct lb_context *ctx, const struct lb_train_params *params,
                                    const char *run)
{
    json_t *root;
    LB_TRY(lb_config_read(ctx, run, &root));
    if (json_object_set_new(root, "dataset", json_string(params->dataset)) == 0 &&
        json_object_set_new(root, "mesh", json_string(params->mesh)) == 0) {
        return write_root(ctx, root, run);
    }
    json_decref(root);
    return write_root(ctx, NULL, run);
}

enum lb_status lb_config_note_steps(struct lb_context *ctx, const struct lb_train_params *params,
                                    const struct lb_extension *extension, const char *run)
{
    json_t *root;
    LB_TRY(lb_config_read(ctx, run, &root));
    json_t *before = json_pack("{s:i, s:i}", "steps", extension->steps, "decoder-steps",
                               extension->decoder_steps);
    json_t *list = json_object_get(root, extended_key);
    bool noted = json_is_array(list) ||
                 (list == NULL && json_object_set_new(root, extended_key, json_array()) == 0);
    noted = json_array_append_new(json_object_get(root, extended_key), before) == 0 && noted;
    if (noted && json_object_set_new(root, "steps", json_integer(params->steps)) == 0 &&
        json_object_set_new(root, "decoder-steps", json_integer(params->decoder_steps)) == 0) {
        return write_root(ctx, root, run);
    }
    json_decref(root);
    return write_root(ctx, NULL, run);
}

/* An image size in the range that lb_pair_file_open() accepts. */
static bool read_extent(const json_t *image, size_t i, int *extent)
{
    const json_int_t value = json_integer_value(json_array_get(image, i));
    *extent = value >= 1 && value <= 1 << 24 ? (int)value : 0;
    return *extent > 0;
}

enum lb_status lb_config_read_images(struct lb_context *ctx, struct lb_dataset_info *info,
                                     const char *run)
{
    json_t *root;
    LB_TRY(lb_config_read(ctx, run, &root));
    const json_t *facts = json_object_get(root, lb_config_dataset_key);
    const json_t *image = json_object_get(facts, "image");
    const char *name = json_string_value(json_object_get(facts, "name"));
    *info = (struct lb_dataset_info){
        .manifold = "unknown", .injectivity_radius = INFINITY, .h = (double)NAN};
    const bool read = name != NULL && read_extent(image, 0, &info->height) &&
                      read_extent(image, 1, &info->width) &&
                      read_extent(image, 2, &info->channels) &&
                      (double)info->height * info->width * info->channels <= 1 << 24;
    if (read) {
        snprintf(info->name, sizeof info->name, "%s", name);
    }
    json_decref(root);
    if (!read) {
        return fail_key(ctx, run, lb_config_dataset_key);
    }
    return LB_OK;
}

enum lb_status lb_config_pin_tuning(struct lb_device *device, const char *run)
{
    struct lb_clblast_parameters parameters;
    json_t *root;
    LB_TRY(lb_config_read(device->ctx, run, &root));
    const json_t *object = json_object_get(root, clblast_key);
    const bool known = object != NULL;
    const bool good = !known || lb_clblast_parameters_from_json(&parameters, object);
    json_decref(root);
    if (!good) {
        return fail_key(device->ctx, run, clblast_key);
    }
    return lb_tuning_pin(device, known ? &parameters : NULL);
}

enum lb_status lb_config_check_device(struct lb_device *device, const char *run)
{
    static const char *const keys[] = {"name", "platform", "driver"};
    json_t *root;
    LB_TRY(lb_config_read(device->ctx, run, &root));
    json_t *now = device_facts(lb_device_get_info(device));
    const json_t *before = json_object_get(root, lb_config_device_key);
    const bool made = now != NULL;
    for (size_t i = 0; i < LB_COUNT(keys) && made; i++) {
        const json_t *old = json_object_get(before, keys[i]);
        if (!json_equal(old, json_object_get(now, keys[i]))) {
            lb_log(device->ctx, LB_LOG_WARNING,
                   "%s: was trained on another device or driver (%s): the result will be as good, "
                   "but not bitwise identical",
                   run, json_is_string(old) ? json_string_value(old) : "unknown");
            break;
        }
    }
    json_decref(now);
    json_decref(root);
    return made ? LB_OK : lb_fail_memory(device->ctx, lb_run_file_name(LB_RUN_CONFIG));
}
