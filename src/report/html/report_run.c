#include "report/html/report_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/file_facts.h"
#include "base/json.h"
#include "base/text.h"
#include "eval/evaluation_json.h"
#include "eval/measure.h"
#include "report/html/path_view.h"
#include "report/html/view.h"
#include "run/run_files.h"

enum { SMALL_PAIRS = 4096 };

static void set_label(struct lb_report_run *run)
{
    const char *path = run->path;
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') {
        length--;
    }
    size_t start = length;
    while (start > 0 && path[start - 1] != '/') {
        start--;
    }
    snprintf(run->label, sizeof run->label, "%.*s", (int)(length - start), path + start);
}

/* Reads the parts that exist from the first step on. */
static enum lb_status read_settings(struct lb_report_run *run)
{
    char *data = NULL;
    size_t size = 0;
    json_error_t error;
    char *path = lb_run_file_path(run->path, LB_RUN_CONFIG);
    enum lb_status status = LB_OK;
    if (path == NULL) {
        return lb_fail_memory(run->ctx, lb_run_file_name(LB_RUN_CONFIG));
    }
    LB_CHECK(lb_train_params_read(run->ctx, &run->params, run->path));
    LB_CHECK(lb_file_read(run->ctx, path, &data, &size));
    status = lb_json_parse(&run->config, run->ctx, path, data, size, &error);
    if (status == LB_ERR_FORMAT) { // it has just been read without an error
        status = lb_fail(run->ctx, status, "%s: was modified in the meantime (try again)", path);
    }
fail:
    free(data);
    free(path);
    return status;
}

/* Leaves run->run NULL if there is no encoder yet. */
static enum lb_status open_networks(struct lb_report_run *run, struct lb_device *device,
                                    const struct lb_report_params *params)
{
    char *path = lb_run_file_path(run->path, LB_RUN_ENCODER);
    if (path == NULL) {
        return lb_fail_memory(run->ctx, run->path);
    }
    const bool missing = lb_file_missing(path);
    free(path);
    if (missing) {
        return LB_OK;
    }
    const bool gone = lb_train_params_find_files(run->ctx, &run->params, run->path) != LB_OK;
    size_t count = 0;
    enum lb_status status =
        lb_run_open_with(&run->run, device, run->path, gone ? &params->files : NULL);
    if (status == LB_OK && !lb_run_has_manifold(run->run)) {
        status = lb_run_held_out_count(run->run, &count);
    }
    /* Other missing files, such as kernels, are errors */
    if (!(status == LB_ERR_NOT_FOUND && gone) && status != LB_ERR_FORMAT) {
        return status;
    }
    char *why = lb_string_copy(lb_context_error(run->ctx));
    lb_run_close(&run->run);
    status = lb_run_open_networks(&run->run, device, run->path);
    if (status == LB_OK) { // networks and metrics are available all the same
        run->no_images = true;
        lb_log(run->ctx, LB_LOG_WARNING, "%s (the report will not show its images)",
               why != NULL ? why : run->path);
    }
    free(why);
    return status;
}

/* Starts a stage of the report; the measures in it check for cancellation again. */
static enum lb_status begin_stage(struct lb_report_run *run, const struct lb_report_params *params,
                                  const char *what, int done)
{
    enum { STAGES = 3 };
    run->run->cancellation =
        (struct lb_cancellation){"report", params->progress, params->user, what, done, STAGES};
    return lb_run_check_cancelled(run->run);
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* The known singular values, for the histogram. */
static enum lb_status take_sigmas(struct lb_report_run *run, const struct lb_report_sample *sample)
{
    struct lb_evaluation *e = &run->evaluation;
    const size_t count = sample->n * (size_t)lb_dataset_get_info(run->run->dataset)->dimension;
    free(e->sigmas);
    e->sigma_count = 0;
    e->sigmas = malloc((count + 1) * sizeof *e->sigmas);
    if (e->sigmas == NULL) {
        return lb_fail_memory(run->ctx, "singular values");
    }
    for (size_t i = 0; i < count; i++) {
        if (isfinite(sample->sigmas[i])) {
            e->sigmas[e->sigma_count++] = sample->sigmas[i];
        }
    }
    return LB_OK;
}

/* The samples behind metrics that were read from a file. */
static enum lb_status take_distances(struct lb_report_run *run,
                                     const struct lb_evaluate_params *params)
{
    struct lb_evaluation measured = {0};
    const enum lb_status status = lb_distance_measure.run(run->run, params, &measured);
    if (status == LB_OK) {
        run->evaluation.distances = measured.distances;
        run->evaluation.chords = measured.chords;
        run->evaluation.pair_count = measured.pair_count;
        measured.distances = NULL;
        measured.chords = NULL;
    }
    lb_evaluation_free(&measured);
    return status;
}

static enum lb_status measure(struct lb_report_run *run, const struct lb_report_params *params)
{
    const struct lb_evaluate_params small = {.pairs = SMALL_PAIRS,
                                             .points = params->points,
                                             .seed = params->seed,
                                             .no_attainable = true};
    char *path = lb_run_file_path(run->run->path, LB_RUN_EVALUATION);
    if (path == NULL) {
        return lb_fail_memory(run->ctx, lb_run_file_name(LB_RUN_EVALUATION));
    }
    const bool missing = lb_file_missing(path);
    free(path);
    if (!missing) {
        LB_TRY(lb_run_read_evaluation(run->run, &run->evaluation));
        run->measured = true;
        if (lb_run_has_manifold(run->run)) {
            LB_TRY(begin_stage(run, params, "distances", 0));
            return take_distances(run, &small);
        }
        return LB_OK;
    }
    if (run->no_images) {
        return LB_OK;
    }
    LB_TRY(lb_run_evaluate(run->run, &small, params->progress, params->user, &run->evaluation));
    run->measured = true;
    run->small = true;
    return LB_OK;
}

/* ---------------------------------------------------------------------------------------------- */

/* Size of the images under a key of the view or the paths. */
static size_t image_bytes(const json_t *json, const char *key)
{
    return json_string_length(json_object_get(json_object_get(json, key), "src"));
}

/* A third of the budget for the images of the view, the rest for those of the paths. */
static enum lb_status collect_views(struct lb_report_run *run,
                                    const struct lb_report_params *params, size_t budget)
{
    struct lb_report_sample sample = {0};
    enum lb_status status = LB_OK;
    LB_CHECK(begin_stage(run, params, "latent manifold", 1));
    LB_CHECK(lb_report_sample_create(&sample, run->run, run->params.seed, params->points));
    LB_CHECK(lb_report_view(run->run, &sample, budget / 3, &run->view));
    if (sample.sigmas != NULL) {
        LB_CHECK(take_sigmas(run, &sample));
    }
    LB_CHECK(begin_stage(run, params, "latent paths", 2));
    run->image_bytes = image_bytes(run->view, "images");
    LB_CHECK(lb_report_paths(run->run, &sample, budget - run->image_bytes, &run->paths));
    run->image_bytes += image_bytes(run->paths, "truth") + image_bytes(run->paths, "decoded");
fail:
    lb_report_sample_free(&sample);
    return status;
}

enum lb_status lb_report_run_open(struct lb_report_run *run, struct lb_device *device,
                                  const char *path, const struct lb_report_params *params,
                                  size_t budget)
{
    run->ctx = lb_device_context(device);
    run->path = path;
    set_label(run);
    LB_TRY(read_settings(run));
    LB_TRY(open_networks(run, device, params));
    if (run->run == NULL) {
        return LB_OK;
    }
    LB_TRY(measure(run, params));
    return run->no_images ? LB_OK : collect_views(run, params, budget);
}

void lb_report_run_close(struct lb_report_run *run)
{
    lb_evaluation_free(&run->evaluation);
    json_decref(run->config);
    json_decref(run->view);
    json_decref(run->paths);
    lb_run_close(&run->run);
    *run = (struct lb_report_run){0};
}
