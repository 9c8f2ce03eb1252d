#include "eval/interpolation_study.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "eval/latent_curve.h"
#include "geometry/dataset.h"

enum { DISTANCES = LB_INTERPOLATION_DISTANCES, DEFAULT_PAIRS = 256, FOLLOWED = 64 };

static const double default_multiples[] = {1.0, 2.0, 3.0, 4.0};

static bool same_dataset(const struct lb_dataset_info *a, const struct lb_dataset_info *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->manifold, b->manifold) == 0 &&
           a->point_size == b->point_size && a->height == b->height && a->width == b->width &&
           a->channels == b->channels && fabs(a->cap_degrees - b->cap_degrees) < 1e-6 &&
           a->mesh_hash == b->mesh_hash && a->text_hash == b->text_hash;
}

static enum lb_status check_runs(struct lb_run *const *runs, size_t n)
{
    struct lb_context *ctx = runs[0]->ctx;
    const struct lb_dataset_info *first = lb_dataset_get_info(runs[0]->dataset);
    for (size_t i = 0; i < n; i++) {
        const struct lb_dataset_info *info = lb_dataset_get_info(runs[i]->dataset);
        if (!lb_run_has_manifold(runs[i])) {
            return lb_fail(ctx, LB_ERR_ARGUMENT,
                           "%s: was trained on user pairs, whose geodesics are unknown (use a RUN "
                           "of a dataset, or give images to interpolate between)",
                           runs[i]->path);
        }
        if (runs[i]->decoder == NULL) {
            return lb_fail(ctx, LB_ERR_NOT_FOUND,
                           "%s: has no decoder (train one with --decoder-steps above 0)",
                           runs[i]->path);
        }
        if (!same_dataset(first, info)) {
            return lb_fail(
                ctx, LB_ERR_ARGUMENT,
                "%s: has the dataset %s (%dx%dx%d), but %s has %s (%dx%dx%d), or they differ in "
                "cap, mesh or text (compare runs of one dataset with the same options)",
                runs[i]->path, info->name, info->height, info->width, info->channels, runs[0]->path,
                first->name, first->height, first->width, first->channels);
        }
    }
    return LB_OK;
}

static enum lb_status check_multiples(struct lb_context *ctx, const double *multiples, size_t n)
{
    bool right = n <= DISTANCES;
    for (size_t i = 0; i < n && right; i++) {
        right = isfinite(multiples[i]) && multiples[i] > (i > 0 ? multiples[i - 1] : 0.0);
    }
    if (!right) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "interpolation: the distances must be at most %d increasing positive "
                       "numbers (use e.g. 1,2,3,4 times epsilon)",
                       DISTANCES);
    }
    return LB_OK;
}

static void describe(const struct lb_run *run, char *label, size_t size)
{
    switch (run->params.mode) {
    case LB_TRAIN_PLAIN:
        snprintf(label, size, "plain");
        break;
    case LB_TRAIN_JOINT:
        lb_format(label, size, "joint, lambda %g", run->params.lambda);
        break;
    case LB_TRAIN_SEPARATE:
        lb_format(label, size, "lambda %g", run->params.lambda);
        break;
    }
}

/* The last component of a path, without trailing slashes. */
static const char *base_name(const char *path, int *length)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') {
        end--;
    }
    size_t start = end;
    while (start > 0 && path[start - 1] != '/') {
        start--;
    }
    *length = (int)(end - start);
    return path + start;
}

/* Labels by kind of training, with the folder's name if that does not distinguish the runs. */
static void fill_labels(struct lb_interpolation *study)
{
    for (size_t i = 0; i < study->n; i++) {
        char label[LB_RUN_LABEL_BYTES / 2];
        bool alone = true;
        describe(study->runs[i], label, sizeof label);
        for (size_t j = 0; j < study->n; j++) {
            char other[LB_RUN_LABEL_BYTES / 2];
            describe(study->runs[j], other, sizeof other);
            alone = alone && (j == i || strcmp(label, other) != 0);
        }
        int length;
        const char *name = base_name(study->runs[i]->path, &length);
        snprintf(study->labels[i], LB_RUN_LABEL_BYTES, alone ? "%s" : "%s (%.*s)", label,
                 length < 40 ? length : 40, name);
    }
}

static enum lb_status study_create(struct lb_interpolation **out, struct lb_run *const *runs,
                                   size_t n)
{
    struct lb_interpolation *study = calloc(1, sizeof *study);
    *out = study;
    if (study == NULL) {
        return lb_fail_memory(runs[0]->ctx, "interpolation");
    }
    study->runs = malloc(n * sizeof(struct lb_run *));
    study->geometries = calloc(n, sizeof *study->geometries);
    study->labels = calloc(n, sizeof *study->labels);
    study->errors = calloc(n * DISTANCES, sizeof *study->errors);
    study->strips = calloc(n * DISTANCES, sizeof *study->strips);
    if (study->runs == NULL || study->geometries == NULL || study->labels == NULL ||
        study->errors == NULL || study->strips == NULL) {
        return lb_fail_memory(runs[0]->ctx, "interpolation");
    }
    memcpy(study->runs, runs, n * sizeof(struct lb_run *));
    study->n = n;
    study->epsilon = runs[0]->params.epsilon;
    fill_labels(study);
    for (size_t i = 0; i < n; i++) {
        LB_TRY(lb_run_find_geometry(runs[i], &study->geometries[i]));
    }
    return LB_OK;
}

/* Compares all runs along the same n geodesics; *found false: there are none of this length. */
static enum lb_status add_distance(struct lb_interpolation *study, uint64_t seed, double multiple,
                                   float *paths, size_t n, bool *found)
{
    const double distance = multiple * study->epsilon;
    const size_t at = study->count;
    LB_TRY(lb_interpolation_paths(study->runs[0]->dataset, seed, (uint32_t)at, distance, n, paths,
                                  found));
    for (size_t i = 0; i < study->n && *found; i++) {
        const struct lb_path_extras extras = {.geometry = study->geometries[i],
                                              .followed = n < FOLLOWED ? n : FOLLOWED};
        study->runs[i]->cancellation.done = (int)at;
        LB_TRY(lb_run_check_cancelled(study->runs[i]));
        LB_TRY(lb_interpolation_errors_of_paths(study->runs[i], paths, n, distance, &extras,
                                                &study->errors[i * DISTANCES + at]));
        LB_TRY(lb_strip_create(&study->strips[i * DISTANCES + at], study->runs[i],
                               study->geometries[i], paths, distance));
    }
    study->count += *found;
    return LB_OK;
}

/* Sets the progress callback, which may stop the work, on all runs; NULL: none. */
static void set_progress(struct lb_run *const *runs, size_t n,
                         const struct lb_interpolation_params *params, size_t count)
{
    struct lb_cancellation cancellation = {0};
    if (params != NULL) {
        cancellation = (struct lb_cancellation){.work = "interpolation",
                                                .progress = params->progress,
                                                .user = params->user,
                                                .part = "interpolation",
                                                .total = (int)count};
    }
    for (size_t i = 0; i < n; i++) {
        runs[i]->cancellation = cancellation;
    }
}

enum lb_status lb_interpolation_create(struct lb_interpolation **out, struct lb_run *const *runs,
                                       size_t n, const struct lb_interpolation_params *params)
{
    struct lb_context *ctx = runs[0]->ctx;
    const struct lb_dataset_info *info = lb_dataset_get_info(runs[0]->dataset);
    const bool given = params != NULL && params->count > 0;
    const size_t pairs = params != NULL && params->pairs > 0 ? params->pairs : DEFAULT_PAIRS;
    const double *multiples = given ? params->multiples : default_multiples;
    const size_t count = given ? params->count : LB_COUNT(default_multiples);
    struct lb_interpolation *study = NULL;
    float *paths = NULL;
    bool found = true;
    enum lb_status status = LB_OK;
    *out = NULL;
    LB_CHECK(check_runs(runs, n));
    LB_CHECK(check_multiples(ctx, multiples, count));
    LB_CHECK(study_create(&study, runs, n));
    set_progress(runs, n, params, count);
    const size_t width = LB_PATH_FRAMES * runs[0]->point_size * sizeof *paths;
    paths = pairs <= SIZE_MAX / width ? malloc(pairs * width) : NULL;
    if (paths == NULL) {
        status = lb_fail_memory(ctx, "interpolation");
        goto fail;
    }
    for (size_t i = 0; i < count && found; i++) {
        LB_CHECK(add_distance(study, params != NULL ? params->seed : 0, multiples[i], paths, pairs,
                              &found));
        if (!found && (given || i == 0)) {
            status = lb_fail(ctx, LB_ERR_ARGUMENT,
                             "interpolation at distance %g: %s has no two points connected by a "
                             "shortest geodesic of this length (use smaller --distances)",
                             multiples[i] * study->epsilon, info->manifold);
            goto fail;
        }
    }
    LB_CHECK(lb_run_check_cancelled(runs[0]));
    set_progress(runs, n, NULL, 0);
    free(paths);
    *out = study;
    return LB_OK;
fail:
    set_progress(runs, n, NULL, 0);
    free(paths);
    lb_interpolation_destroy(&study);
    return status;
}

void lb_interpolation_destroy(struct lb_interpolation **interpolation)
{
    if (interpolation == NULL || *interpolation == NULL) {
        return;
    }
    struct lb_interpolation *study = *interpolation;
    for (size_t i = 0; i < study->n * DISTANCES; i++) {
        lb_strip_free(&study->strips[i]);
    }
    for (size_t i = 0; study->geometries != NULL && i < study->n; i++) {
        lb_geometry_destroy(&study->geometries[i]);
    }
    free(study->runs);
    free(study->geometries);
    free(study->labels);
    free(study->errors);
    free(study->strips);
    free(study);
    *interpolation = NULL;
}

size_t lb_interpolation_count(const struct lb_interpolation *interpolation)
{
    return interpolation->count;
}

const struct lb_interpolation_errors *
lb_interpolation_errors(const struct lb_interpolation *interpolation, size_t run)
{
    return interpolation->errors + run * DISTANCES;
}

const char *lb_interpolation_label(const struct lb_interpolation *interpolation, size_t run)
{
    return interpolation->labels[run];
}
