/* eval.json: the metrics of an evaluation under the keys that scripts rely on. */
#include "eval/evaluation_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "eval/measure.h"
#include "run/run_files.h"

enum { KEY_BYTES = 64 };

static const char *error_key(const struct lb_number_row *row, char key[KEY_BYTES])
{
    snprintf(key, KEY_BYTES, "%s_stderr", row->info.key);
    return key;
}

/* Adds a number of the structure at `from`, with its error if it has one. */
static bool add_number(json_t *object, const struct lb_number_row *row, const void *from)
{
    char key[KEY_BYTES];
    const struct lb_estimate value = lb_number_get(row, from);
    return json_object_set_new(object, row->info.key, lb_json_number(value.mean)) == 0 &&
           (!row->info.has_error || json_object_set_new(object, error_key(row, key),
                                                        lb_json_number(value.standard_error)) == 0);
}

static double number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static void read_number(const json_t *object, const struct lb_number_row *row, void *to)
{
    char key[KEY_BYTES];
    const struct lb_estimate value = {number_of(object, row->info.key),
                                      number_of(object, error_key(row, key))};
    lb_number_set(row, to, value);
}

static json_t *interpolation_entry(const struct lb_interpolation_errors *errors)
{
    json_t *entry = json_object();
    bool complete = entry != NULL;
    for (size_t i = 0; i < lb_interpolation_row_count && complete; i++) {
        complete = add_number(entry, &lb_interpolation_rows[i], errors);
    }
    if (!complete) {
        json_decref(entry);
        entry = NULL;
    }
    return entry;
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
        complete = json_array_append_new(array, lb_json_number(e->pca_variance[i])) == 0;
    }
    if (!complete) {
        json_decref(array);
        array = NULL;
    }
    return array;
}

char *lb_evaluation_json(const struct lb_evaluation *e)
{
    json_t *root = json_object();
    bool complete = root != NULL;
    for (size_t i = 0; i < lb_evaluation_number_count() && complete; i++) {
        complete = add_number(root, lb_measure_row(i, NULL), e);
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

/* Reads the two arrays; anything else counts as empty. */
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
        for (size_t k = 0; k < lb_interpolation_row_count; k++) {
            read_number(entry, &lb_interpolation_rows[k], &out->interpolation[i]);
        }
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
    for (size_t i = 0; i < lb_evaluation_number_count(); i++) {
        read_number(root, lb_measure_row(i, NULL), out);
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
