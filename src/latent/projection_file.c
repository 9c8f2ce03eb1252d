#include "latent/projection_file.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file_facts.h"
#include "base/hash.h"
#include "base/number.h"
#include "io/tensor_file.h"
#include "latent/geometry.h"
#include "nn/network.h"
#include "run/run_files.h"

static const double STEP =
    0.25; // step of differences, relative to the noise that Pi was trained with
static const double NOISE = 1e-6; // float32 rounding, relative to the spread of the codes

/* ---- notes ----------------------------------------------------------------------------------- */

enum { NOTE_BYTES = 32 };

static const struct {
    const char *key;
    size_t offset;
} number_notes[] = {
    {"sigma", offsetof(struct lb_projection_info, sigma)},
    {"curvature", offsetof(struct lb_projection_info, curvature)},
    {"residual", offsetof(struct lb_projection_info, residual)},
    {"spread", offsetof(struct lb_projection_info, spread)},
};
enum { NUMBER_NOTES = LB_COUNT(number_notes), NOTES = NUMBER_NOTES + 3 };

enum lb_status lb_projection_encoder_hash(struct lb_run *run, uint64_t *hash)
{
    const size_t count = lb_network_parameter_count(run->encoder);
    const struct lb_normalisation *normalisation = &run->encoder->normalisation;
    const size_t channels = (size_t)normalisation->channels;
    float *parameters = malloc(count * sizeof *parameters);
    if (parameters == NULL) {
        return lb_fail_memory(run->ctx, "encoder");
    }
    const enum lb_status status = lb_network_get_parameters(run->encoder, parameters);
    if (status == LB_OK) {
        *hash = lb_hash_bytes(parameters, count * sizeof *parameters);
        *hash = lb_hash_more(*hash, normalisation->mean, channels * sizeof(float));
        *hash = lb_hash_more(*hash, normalisation->scale, channels * sizeof(float));
    }
    free(parameters);
    return status;
}

enum lb_status lb_projection_save(struct lb_run *run, struct lb_network *network,
                                  const struct lb_projection_info *info)
{
    char text[NOTES][NOTE_BYTES];
    struct lb_metadata notes[NOTES];
    uint64_t hash = 0;
    for (size_t i = 0; i < (size_t)NUMBER_NOTES; i++) {
        double value;
        memcpy(&value, (const char *)info + number_notes[i].offset, sizeof value);
        lb_format(text[i], NOTE_BYTES, "%.17g", value);
        notes[i] = (struct lb_metadata){number_notes[i].key, text[i]};
    }
    LB_TRY(lb_projection_encoder_hash(run, &hash));
    snprintf(text[NUMBER_NOTES], NOTE_BYTES, "%zu", info->dimension);
    snprintf(text[NUMBER_NOTES + 1], NOTE_BYTES, "%d", info->steps);
    snprintf(text[NUMBER_NOTES + 2], NOTE_BYTES, "%016" PRIx64, hash);
    notes[NUMBER_NOTES] = (struct lb_metadata){"dimension", text[NUMBER_NOTES]};
    notes[NUMBER_NOTES + 1] = (struct lb_metadata){"steps", text[NUMBER_NOTES + 1]};
    notes[NUMBER_NOTES + 2] = (struct lb_metadata){"encoder", text[NUMBER_NOTES + 2]};
    char *path = lb_run_file_path(run->path, LB_RUN_PROJECTION);
    if (path == NULL) {
        return lb_fail_memory(run->ctx, "projection");
    }
    const enum lb_status status = lb_network_save_with(network, path, notes, NOTES);
    free(path);
    return status;
}

static bool read_number(const struct lb_tensor_file *file, const char *key, double *value)
{
    const char *text = lb_tensor_file_metadata(file, key);
    char *end = NULL;
    *value = text != NULL ? lb_number_read(text, &end) : 0.0;
    return text != NULL && end != text && *end == '\0' && isfinite(*value) && *value >= 0.0;
}

static bool read_notes(const struct lb_tensor_file *file, size_t latent,
                       struct lb_projection_info *info)
{
    double dimension;
    double steps;
    *info = (struct lb_projection_info){0};
    for (size_t i = 0; i < (size_t)NUMBER_NOTES; i++) {
        double value;
        if (!read_number(file, number_notes[i].key, &value)) {
            return false;
        }
        memcpy((char *)info + number_notes[i].offset, &value, sizeof value);
    }
    if (!read_number(file, "dimension", &dimension) || !read_number(file, "steps", &steps) ||
        !(dimension >= 1.0) || !(dimension <= (double)latent) || !(steps <= 2e9) ||
        !(info->sigma > 0.0)) {
        return false;
    }
    info->dimension = (size_t)dimension;
    info->steps = (int)steps;
    return true;
}

static enum lb_status check_encoder(struct lb_run *run, const struct lb_tensor_file *file,
                                    const char *path)
{
    const char *noted = lb_tensor_file_metadata(file, "encoder");
    uint64_t hash = 0;
    char text[NOTE_BYTES];
    LB_TRY(lb_projection_encoder_hash(run, &hash));
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    return noted != NULL && strcmp(noted, text) == 0
               ? LB_OK
               : lb_fail(run->ctx, LB_ERR_NOT_FOUND,
                         "%s: belongs to an earlier encoder of the run (train it again with "
                         "`lowbend geometry %s`)",
                         path, run->path);
}

enum lb_status lb_run_projection_info(struct lb_run *run, struct lb_projection_info *info)
{
    struct lb_tensor_file *file = NULL;
    char *path = lb_run_file_path(run->path, LB_RUN_PROJECTION);
    enum lb_status status = LB_OK;
    if (path == NULL) {
        return lb_fail_memory(run->ctx, "projection");
    }
    if (lb_file_missing(path)) {
        status = lb_fail(run->ctx, LB_ERR_NOT_FOUND,
                         "%s: has no projection onto its latent manifold yet (train it with "
                         "`lowbend geometry %s`)",
                         run->path, run->path);
        goto fail;
    }
    LB_CHECK(lb_tensor_file_map(&file, run->ctx, path));
    LB_CHECK(check_encoder(run, file, path));
    if (!read_notes(file, run->latent, info)) {
        status = lb_fail(
            run->ctx, LB_ERR_FORMAT,
            "%s: its metadata is damaged (train it again with `lowbend geometry %s --overwrite`)",
            path, run->path);
    }
fail:
    lb_tensor_file_free(&file);
    free(path);
    return status;
}

/* ---- applying -------------------------------------------------------------------------------- */

/* Data owned by a run's geometry. */
struct network_projection {
    struct lb_run *run; ///< not owned
    struct lb_network *network;
    float *room; ///< (2, capacity)
    size_t capacity;
};

static enum lb_status apply(void *user, const double *codes, size_t n, double *projected)
{
    struct network_projection *projection = user;
    const size_t count = n * (size_t)lb_network_inputs(projection->network);
    LB_TRY(lb_run_check_cancelled(projection->run));
    if (count > projection->capacity) {
        free(projection->room);
        projection->room = malloc(2 * count * sizeof *projection->room);
        projection->capacity = projection->room != NULL ? count : 0;
        if (projection->room == NULL) {
            return lb_fail_memory(projection->run->ctx, "projected codes");
        }
    }
    float *out = projection->room + count;
    for (size_t i = 0; i < count; i++) {
        projection->room[i] = (float)codes[i];
    }
    LB_TRY(lb_network_apply(projection->network, projection->room, n, out));
    for (size_t i = 0; i < count; i++) {
        projected[i] = (double)out[i];
    }
    return LB_OK;
}

static void release(void *user)
{
    struct network_projection *projection = user;
    lb_network_destroy(&projection->network);
    free(projection->room);
    free(projection);
}

enum lb_status lb_projection_geometry(struct lb_geometry **out, struct lb_run *run,
                                      struct lb_network **network,
                                      const struct lb_projection_info *info)
{
    struct network_projection *mine = calloc(1, sizeof *mine);
    *out = NULL;
    if (mine == NULL) {
        lb_network_destroy(network);
        return lb_fail_memory(run->ctx, "projection");
    }
    *mine = (struct network_projection){.run = run, .network = *network};
    *network = NULL;
    const struct lb_projection projection = {
        .project = apply,
        .user = mine,
        .latent = run->latent,
        .dimension = info->dimension,
        .step = STEP * info->sigma,
        .noise = NOISE * info->spread,
    };
    const enum lb_status status = lb_geometry_create(out, run->ctx, &projection);
    if (status != LB_OK) {
        release(mine);
        return status;
    }
    (*out)->release = release;
    return LB_OK;
}

enum lb_status lb_geometry_open(struct lb_geometry **out, struct lb_run *run)
{
    struct lb_projection_info info;
    struct lb_network *network = NULL;
    *out = NULL;
    LB_TRY(lb_run_projection_info(run, &info));
    char *path = lb_run_file_path(run->path, LB_RUN_PROJECTION);
    if (path == NULL) {
        return lb_fail_memory(run->ctx, "projection");
    }
    enum lb_status status =
        lb_network_load(&network, run->encoder->device, lb_gemm_get_kind(run->encoder->gemm), path);
    if (status == LB_OK && ((size_t)lb_network_inputs(network) != run->latent ||
                            (size_t)lb_network_outputs(network) != run->latent)) {
        status =
            lb_fail(run->ctx, LB_ERR_FORMAT,
                    "%s: maps %d numbers to %d, but codes of this run have %zu (the file belongs "
                    "to another run)",
                    path, lb_network_inputs(network), lb_network_outputs(network), run->latent);
        lb_network_destroy(&network);
    }
    free(path);
    return status == LB_OK ? lb_projection_geometry(out, run, &network, &info) : status;
}
