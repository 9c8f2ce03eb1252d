/* Cache of the attainable E: a file for each manifold with its settings. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "base/file.h"
#include "base/file_facts.h"
#include "base/folder.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "eval/attainable.h"
#include "geometry/dataset.h"
#include "run/settings.h"

enum { FORMAT = 1 }; // raise whenever the training changes

enum lb_status lb_attainable_key(struct lb_run *run, char **key)
{
    struct lb_context *ctx = run->ctx;
    const struct lb_device_info *device = lb_device_get_info(run->dataset->device);
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    const struct lb_dataset_params dataset = {.name = run->params.dataset,
                                              .cap_degrees = run->params.cap};
    struct lb_train_params params = run->params;
    struct lb_text text = {0};
    uint64_t hash = 0;
    *key = NULL;
    lb_settings_fill_min_distance(&params);
    LB_TRY(lb_dataset_points_hash(run->dataset, &dataset, &hash));
    lb_text_addf(&text,
                 "attainable %d / %s, text %016" PRIx64 " / epsilon %.15g, min-distance %.15g, "
                 "lambda %.15g, c %.15g, latent %d / %s / %s / %s / lowbend %s",
                 FORMAT, info->manifold, hash, params.epsilon, params.min_distance, params.lambda,
                 params.c, params.latent, device->platform, device->name, device->driver,
                 lb_version());
    if (text.failed) {
        lb_text_free(&text);
        return lb_fail_memory(ctx, "attainable E");
    }
    *key = text.data;
    return LB_OK;
}

static char *file_of(const char *key, char **folder)
{
    char name[64];
    snprintf(name, sizeof name, "attainable-%016" PRIx64 ".json", lb_hash_bytes(key, strlen(key)));
    return lb_cache_path(name, folder);
}

static double number_of(const json_t *root, const char *key)
{
    const json_t *value = json_object_get(root, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

bool lb_attainable_load(struct lb_context *ctx, const char *key, struct lb_attainable *out)
{
    char *path = file_of(key, NULL);
    bool found = false;
    if (path != NULL && lb_file_exists(path)) {
        json_t *root = lb_json_load(path);
        const char *known = json_string_value(json_object_get(root, "key"));
        const struct lb_attainable kept = {.energy = number_of(root, "attainable"),
                                           .recall = number_of(root, "attainable_recall")};
        found = known != NULL && strcmp(known, key) == 0 && isfinite(kept.energy) &&
                kept.energy > 0.0 && kept.recall >= 0.0 && kept.recall <= 1.0;
        if (found) {
            *out = kept;
        } else {
            lb_log(ctx, LB_LOG_WARNING, "%s: is damaged and will be ignored", path);
        }
        json_decref(root);
    }
    free(path);
    return found;
}

enum lb_status lb_attainable_store(struct lb_context *ctx, const char *key,
                                   const struct lb_attainable *attainable)
{
    char *folder = NULL;
    char *path = file_of(key, &folder);
    json_t *root = NULL;
    char *text = NULL;
    enum lb_status status = LB_OK;
    if (path == NULL) {
        goto fail; // cannot be cached
    }
    root =
        json_pack("{s:s, s:o, s:o}", "key", key, "attainable", lb_json_number(attainable->energy),
                  "attainable_recall", lb_json_number(attainable->recall));
    text = lb_json_print(root, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    if (text == NULL) {
        status = lb_fail_memory(ctx, "attainable E");
        goto fail;
    }
    LB_CHECK(lb_folder_create(ctx, folder));
    LB_CHECK(lb_file_write(ctx, path, text, strlen(text)));
fail:
    json_decref(root);
    free(text);
    free(path);
    free(folder);
    return status;
}
