#include "run/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file_facts.h"
#include "base/text.h"
#include "io/tensor_file.h"
#include "run/phase.h"
#include "run/run_files.h"

static const char finished_phase[] = "finished";
static const char projection_settings[] = "settings";
static const char output_mean[] = "output_mean"; // as in the network's own file

/* A device buffer and its tensor in the file. */
struct part {
    char name[64];
    cl_mem mem;
    int rank;
    size_t shape[2];
    bool is_weight;
};

enum {
    MAX_PARTS = 6 * LB_CHECKPOINT_MAX_NETWORKS + LB_CHECKPOINT_MAX_HISTORIES,
    MAX_WORDS = 7, // metadata entries
};

static size_t part_floats(const struct part *part)
{
    return part->shape[0] * (part->rank > 1 ? part->shape[1] : 1);
}

static size_t add_network(struct part *parts, size_t n, const struct lb_checkpoint_network *network)
{
    if (network->network == NULL) {
        return n;
    }
    const size_t count = network->network->layers.block_size;
    const struct lb_average *average = &network->rule->average;
    const struct {
        const char *name;
        cl_mem mem;
        size_t count;
        bool wanted;
    } blocks[] = {
        {"parameters", network->network->parameters, count, true},
        {"moment1", network->rule->adam.moment1, count, true},
        {"moment2", network->rule->adam.moment2, count, true},
        {"average", average->mean, count, average->mean != NULL},
        {"averaged", average->count, 1, average->mean != NULL},
        {output_mean, network->network->output_mean, (size_t)lb_network_outputs(network->network),
         network->network->output_mean != NULL},
    };
    for (size_t i = 0; i < LB_COUNT(blocks); i++) {
        if (!blocks[i].wanted) {
            continue;
        }
        struct part *part = &parts[n++];
        *part = (struct part){
            .mem = blocks[i].mem, .rank = 1, .shape = {blocks[i].count, 1}, .is_weight = true};
        snprintf(part->name, sizeof part->name, "%s.%s", network->name, blocks[i].name);
    }
    return n;
}

static size_t list_parts(const struct lb_checkpoint *checkpoint, struct part parts[MAX_PARTS])
{
    size_t n = 0;
    for (size_t i = 0; i < checkpoint->network_count; i++) {
        n = add_network(parts, n, &checkpoint->networks[i]);
    }
    for (size_t i = 0; i < checkpoint->history_count; i++) {
        struct part *part = &parts[n++];
        *part = (struct part){.mem = checkpoint->histories[i].loss->slots,
                              .rank = 2,
                              .shape = {(size_t)checkpoint->params->log_every, 4}};
        snprintf(part->name, sizeof part->name, "interval.%s", checkpoint->histories[i].name);
    }
    return n;
}

/* Index of the first non-finite number, or n. */
static size_t find_not_finite(const float *values, size_t n)
{
    size_t i = 0;
    while (i < n && isfinite(values[i])) {
        i++;
    }
    return i;
}

static enum lb_status check_finite(struct lb_context *ctx, const struct part *part,
                                   const float *values, const struct lb_position *position)
{
    const size_t n = part_floats(part);
    const size_t i = find_not_finite(values, n);
    if (i == n) {
        return LB_OK;
    }
    return lb_fail(ctx, LB_ERR_NUMERIC,
                   "%s: step %d: %s is %g (use a smaller --lr, or --c above 0)",
                   lb_phase_name(position->phase), position->step, part->name, (double)values[i]);
}

static enum lb_status fail_memory(struct lb_context *ctx)
{
    return lb_fail_memory(ctx, lb_run_file_name(LB_RUN_CHECKPOINT));
}

static char *path_of(const struct lb_checkpoint *checkpoint, const char *run)
{
    return lb_run_file_path(run, checkpoint->projection == NULL ? LB_RUN_CHECKPOINT
                                                                : LB_RUN_PROJECTION_CHECKPOINT);
}

enum lb_status lb_checkpoint_write(const struct lb_checkpoint *checkpoint,
                                   const struct lb_position *position, const char *run)
{
    struct lb_device *device = checkpoint->device;
    struct lb_context *ctx = device->ctx;
    struct part parts[MAX_PARTS];
    struct lb_tensor tensors[MAX_PARTS];
    float *values[MAX_PARTS] = {NULL};
    char step[16];
    char lines[16];
    char skipped[16];
    struct lb_text mean = {0};
    struct lb_text scale = {0};
    for (size_t i = 0; i < checkpoint->history_count; i++) {
        LB_TRY(lb_loss_complete(checkpoint->histories[i].loss));
    }
    const size_t n = list_parts(checkpoint, parts);
    snprintf(step, sizeof step, "%d", position->step);
    snprintf(lines, sizeof lines, "%d", position->metrics_lines);
    snprintf(skipped, sizeof skipped, "%d", position->skipped);
    char *path = path_of(checkpoint, run);
    enum lb_status status = LB_OK;
    const struct lb_normalisation *normalisation = &checkpoint->networks[0].network->normalisation;
    lb_normalisation_add_text(&mean, normalisation->mean, normalisation->channels);
    lb_normalisation_add_text(&scale, normalisation->scale, normalisation->channels);
    if (path == NULL || mean.failed || scale.failed) {
        status = fail_memory(ctx);
        goto fail;
    }
    struct lb_metadata metadata[MAX_WORDS] = {
        {"phase", position->finished ? finished_phase : lb_phase_name(position->phase)},
        {"step", step},
        {"metrics_lines", lines},
        {"skipped_steps", skipped},
    };
    size_t entries = 4;
    if (normalisation->channels > 0) { // as in the network's own file
        metadata[entries++] = (struct lb_metadata){"input_mean", mean.data};
        metadata[entries++] = (struct lb_metadata){"input_scale", scale.data};
    }
    if (checkpoint->projection != NULL) {
        metadata[entries++] = (struct lb_metadata){projection_settings, checkpoint->projection};
    }
    for (size_t i = 0; i < n; i++) {
        const size_t bytes = part_floats(&parts[i]) * sizeof(float);
        values[i] = malloc(bytes);
        if (values[i] == NULL) {
            status = fail_memory(ctx);
            goto fail;
        }
        LB_CHECK(lb_buffer_read(device, parts[i].mem, 0, values[i], bytes));
        if (parts[i].is_weight) {
            LB_CHECK(check_finite(ctx, &parts[i], values[i], position));
        }
        tensors[i] = (struct lb_tensor){.name = parts[i].name,
                                        .dtype = LB_F32,
                                        .rank = parts[i].rank,
                                        .shape = {parts[i].shape[0], parts[i].shape[1]},
                                        .data = values[i]};
    }
    LB_CHECK(lb_tensor_file_write(ctx, path, tensors, n, metadata, entries));
fail:
    lb_text_free(&mean);
    lb_text_free(&scale);
    for (size_t i = 0; i < n; i++) {
        free(values[i]);
    }
    free(path);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum lb_status fail_format(struct lb_context *ctx, const char *path, const char *what)
{
    return lb_fail(ctx, LB_ERR_FORMAT,
                   "%s: is damaged or belongs to another run: %s (train again with --overwrite)",
                   path, what);
}

static enum lb_status fail_projection(struct lb_context *ctx, enum lb_status status,
                                      const char *path, const char *what)
{
    return lb_fail(ctx, status, "%s: %s (start again with --overwrite)", path, what);
}

static bool parse_count(const char *text, int *out)
{
    char *end;
    if (text == NULL || text[0] < '0' || text[0] > '9') {
        return false;
    }
    const long value = strtol(text, &end, 10);
    *out = (int)value;
    return *end == '\0' && value >= 0 && value <= 2000000000;
}

/* Older programs did not skip steps. */
static bool parse_skipped(const char *text, int *out)
{
    *out = 0;
    return text == NULL || parse_count(text, out);
}

static bool parse_position(const struct lb_tensor_file *file, struct lb_position *position)
{
    const char *phase = lb_tensor_file_metadata(file, "phase");
    *position = (struct lb_position){0};
    if (phase == NULL) {
        return false;
    }
    position->finished = strcmp(phase, finished_phase) == 0;
    return (position->finished || lb_phase_parse(phase, &position->phase)) &&
           parse_count(lb_tensor_file_metadata(file, "step"), &position->step) &&
           parse_count(lb_tensor_file_metadata(file, "metrics_lines"), &position->metrics_lines) &&
           parse_skipped(lb_tensor_file_metadata(file, "skipped_steps"), &position->skipped);
}

/* Whether the position is in a phase of these settings. */
static bool fits(const struct lb_train_params *params, const struct lb_position *position)
{
    const bool joint = lb_phase_first(params) == LB_PHASE_JOINT;
    return position->metrics_lines >= 1 && position->phase != LB_PHASE_PROJECTION &&
           (position->finished || ((position->phase == LB_PHASE_JOINT) == joint &&
                                   position->step <= lb_phase_steps(params, position->phase)));
}

static enum lb_status read_projection_position(const struct lb_checkpoint *checkpoint,
                                               const struct lb_tensor_file *file, const char *path,
                                               struct lb_position *position)
{
    struct lb_context *ctx = checkpoint->device->ctx;
    const char *settings = lb_tensor_file_metadata(file, projection_settings);
    if (!parse_position(file, position) || settings == NULL || position->finished ||
        position->phase != LB_PHASE_PROJECTION || position->step > checkpoint->params->steps) {
        return fail_projection(ctx, LB_ERR_FORMAT, path, "is damaged");
    }
    return strcmp(settings, checkpoint->projection) == 0
               ? LB_OK
               : fail_projection(ctx, LB_ERR_ARGUMENT, path,
                                 "was started with other settings, or for another encoder");
}

static enum lb_status read_position(struct lb_context *ctx, const struct lb_tensor_file *file,
                                    const char *path, const struct lb_train_params *params,
                                    struct lb_position *position)
{
    return parse_position(file, position) && fits(params, position)
               ? LB_OK
               : fail_format(ctx, path, "phase, step or counts");
}

static enum lb_status read_part(struct lb_device *device, const struct lb_tensor_file *file,
                                const char *path, const struct part *part)
{
    const struct lb_tensor *tensor = lb_tensor_file_find(file, part->name);
    const size_t count = part_floats(part);
    if (tensor == NULL || tensor->dtype != LB_F32 || lb_tensor_count(tensor) != count ||
        (part->is_weight && find_not_finite(tensor->data, count) != count)) {
        return fail_format(device->ctx, path, part->name);
    }
    return lb_buffer_write(device, part->mem, 0, tensor->data, count * sizeof(float));
}

/* Sets the network's output mean from the file, or none, before the parts are listed. */
static enum lb_status read_output_mean(const struct lb_tensor_file *file, const char *path,
                                       const struct lb_checkpoint_network *network)
{
    char name[64];
    if (network->network == NULL) {
        return LB_OK;
    }
    snprintf(name, sizeof name, "%s.%s", network->name, output_mean);
    const struct lb_tensor *tensor = lb_tensor_file_find(file, name);
    if (tensor == NULL) {
        return lb_network_set_output_mean(network->network, NULL);
    }
    return tensor->dtype == LB_F32 &&
                   lb_tensor_count(tensor) == (size_t)lb_network_outputs(network->network)
               ? lb_network_set_output_mean(network->network, tensor->data)
               : fail_format(network->network->device->ctx, path, name);
}

enum lb_status lb_checkpoint_read(const struct lb_checkpoint *checkpoint,
                                  struct lb_position *position, const char *run)
{
    struct lb_device *device = checkpoint->device;
    struct lb_network *first = checkpoint->networks[0].network;
    struct part parts[MAX_PARTS];
    struct lb_tensor_file *file = NULL;
    char *path = path_of(checkpoint, run);
    enum lb_status status = LB_OK;
    if (path == NULL) {
        return fail_memory(device->ctx);
    }
    LB_CHECK(lb_tensor_file_read(&file, device->ctx, path));
    LB_CHECK(checkpoint->projection == NULL
                 ? read_position(device->ctx, file, path, checkpoint->params, position)
                 : read_projection_position(checkpoint, file, path, position));
    LB_CHECK(
        lb_normalisation_read(&first->normalisation, device, lb_network_inputs(first), file, path));
    for (size_t i = 0; i < checkpoint->network_count; i++) {
        LB_CHECK(read_output_mean(file, path, &checkpoint->networks[i]));
    }
    const size_t n = list_parts(checkpoint, parts);
    for (size_t i = 0; i < n; i++) {
        LB_CHECK(read_part(device, file, path, &parts[i]));
    }
fail:
    lb_tensor_file_free(&file);
    free(path);
    return status;
}

enum lb_status lb_checkpoint_read_position(struct lb_context *ctx,
                                           const struct lb_train_params *params,
                                           struct lb_position *position, const char *run)
{
    struct lb_tensor_file *file = NULL;
    char *path = lb_run_file_path(run, LB_RUN_CHECKPOINT);
    enum lb_status status = LB_OK;
    if (path == NULL) {
        return fail_memory(ctx);
    }
    LB_CHECK(lb_tensor_file_map(&file, ctx, path)); // does not read tensors
    LB_CHECK(read_position(ctx, file, path, params, position));
fail:
    lb_tensor_file_free(&file);
    free(path);
    return status;
}

enum lb_status lb_checkpoint_find(struct lb_context *ctx, const char *run, bool *found)
{
    char *path = lb_run_file_path(run, LB_RUN_CHECKPOINT);
    if (path == NULL) {
        return fail_memory(ctx);
    }
    *found = !lb_file_missing(path);
    free(path);
    return LB_OK;
}
