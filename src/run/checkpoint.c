#include "run/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lowbend/tensor.h>

#include "base/file.h"
#include "base/text.h"

static const char file_name[] = "checkpoint.safetensors";

/* A buffer on the device and its tensor in the file. */
struct part {
    const char *name;
    cl_mem mem;
    size_t rank;
    size_t shape[2];
    bool is_weight;
};

enum { MAX_PARTS = 8 };

static size_t part_floats(const struct part *part)
{
    return part->shape[0] * (part->rank > 1 ? part->shape[1] : 1);
}

static size_t add_learner(struct part *parts, size_t n, const struct lb_learner *learner,
                          const char *const names[3])
{
    if (learner->network == NULL) {
        return n;
    }
    const size_t count = learner->network->layers.parameter_count;
    parts[n++] = (struct part){names[0], learner->network->parameters, 1, {count, 1}, true};
    parts[n++] = (struct part){names[1], learner->adam.moment1, 1, {count, 1}, true};
    parts[n++] = (struct part){names[2], learner->adam.moment2, 1, {count, 1}, true};
    return n;
}

static size_t list_parts(const struct lb_trainer *trainer, struct part parts[MAX_PARTS])
{
    static const char *const encoder[] = {"encoder.parameters", "encoder.moment1",
                                          "encoder.moment2"};
    static const char *const decoder[] = {"decoder.parameters", "decoder.moment1",
                                          "decoder.moment2"};
    const size_t interval = (size_t)trainer->params.log_every;
    size_t n = add_learner(parts, 0, &trainer->encoder, encoder);
    n = add_learner(parts, n, &trainer->decoder, decoder);
    parts[n++] = (struct part){"interval.energy", trainer->energy, 2, {interval, 4}, false};
    parts[n++] = (struct part){"interval.error", trainer->error, 2, {interval, 4}, false};
    return n;
}

/* The first number that is not finite, or n. */
static size_t find_not_finite(const float *values, size_t n)
{
    size_t i = 0;
    while (i < n && isfinite(values[i])) {
        i++;
    }
    return i;
}

static enum lb_status check_finite(struct lb_trainer *trainer, const struct part *part,
                                   const float *values, const struct lb_position *position)
{
    const size_t n = part_floats(part);
    const size_t i = find_not_finite(values, n);
    if (i == n) {
        return LB_OK;
    }
    return lb_fail(trainer->device->ctx, LB_ERR_NUMERIC,
                   "%s: step %d: %s is %g (use a smaller --lr, or --c above 0)",
                   lb_phase_name(position->phase), position->step, part->name, (double)values[i]);
}

enum lb_status lb_checkpoint_write(struct lb_trainer *trainer, const struct lb_position *position,
                                   const char *run)
{
    struct lb_context *ctx = trainer->device->ctx;
    struct part parts[MAX_PARTS];
    struct lb_tensor tensors[MAX_PARTS];
    float *values[MAX_PARTS] = {NULL};
    char step[16];
    char lines[16];
    char skipped[16];
    struct lb_text mean = {0};
    struct lb_text scale = {0};
    LB_TRY(lb_trainer_complete_energy(trainer));
    const size_t n = list_parts(trainer, parts);
    snprintf(step, sizeof step, "%d", position->step);
    snprintf(lines, sizeof lines, "%d", position->metrics_lines);
    snprintf(skipped, sizeof skipped, "%d", position->skipped);
    char *path = lb_path_join(run, file_name);
    enum lb_status status = LB_OK;
    const struct lb_normalisation *normalisation = &trainer->encoder.network->normalisation;
    lb_normalisation_add_text(&mean, normalisation->mean, normalisation->channels);
    lb_normalisation_add_text(&scale, normalisation->scale, normalisation->channels);
    if (path == NULL || mean.failed || scale.failed) {
        status = lb_fail_memory(ctx, file_name);
        goto fail;
    }
    const struct lb_metadata metadata[] = {
        {"phase", position->finished ? "finished" : lb_phase_name(position->phase)},
        {"step", step},
        {"metrics_lines", lines},
        {"skipped_steps", skipped},
        {"input_mean", mean.data}, // of the encoder, as in its file
        {"input_scale", scale.data},
    };
    const size_t entries = LB_COUNT(metadata) - (normalisation->channels == 0 ? 2 : 0);
    for (size_t i = 0; i < n; i++) {
        const size_t bytes = part_floats(&parts[i]) * sizeof(float);
        values[i] = malloc(bytes);
        if (values[i] == NULL) {
            status = lb_fail_memory(ctx, file_name);
            goto fail;
        }
        LB_CHECK(lb_buffer_read(trainer->device, parts[i].mem, 0, values[i], bytes));
        if (parts[i].is_weight) {
            LB_CHECK(check_finite(trainer, &parts[i], values[i], position));
        }
        tensors[i] = (struct lb_tensor){.name = parts[i].name,
                                        .dtype = LB_F32,
                                        .rank = (int)parts[i].rank,
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

static enum lb_status fail_format(struct lb_trainer *trainer, const char *path, const char *what)
{
    return lb_fail(trainer->device->ctx, LB_ERR_FORMAT,
                   "%s: is damaged or of another run: %s (train again with --overwrite)", path,
                   what);
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

/* Older programs left nothing out. */
static bool parse_skipped(const char *text, int *out)
{
    *out = 0;
    return text == NULL || parse_count(text, out);
}

static bool parse_position(const struct lb_tensor_file *file, struct lb_position *position)
{
    const char *phase = lb_tensor_file_metadata(file, "phase");
    bool known = false;
    *position = (struct lb_position){0};
    if (phase == NULL) {
        return false;
    }
    for (int i = LB_PHASE_ENCODER; i <= LB_PHASE_JOINT; i++) {
        if (strcmp(phase, lb_phase_name((enum lb_phase)i)) == 0) {
            position->phase = (enum lb_phase)i;
            known = true;
        }
    }
    position->finished = strcmp(phase, "finished") == 0;
    return (known || position->finished) &&
           parse_count(lb_tensor_file_metadata(file, "step"), &position->step) &&
           parse_count(lb_tensor_file_metadata(file, "metrics_lines"), &position->metrics_lines) &&
           parse_skipped(lb_tensor_file_metadata(file, "skipped_steps"), &position->skipped);
}

/* A checkpoint of these settings is in one of their phases. */
static bool fits(const struct lb_trainer *trainer, const struct lb_position *position)
{
    const bool joint = trainer->params.mode != LB_TRAIN_SEPARATE;
    return position->metrics_lines >= 1 &&
           (position->finished || ((position->phase == LB_PHASE_JOINT) == joint &&
                                   position->step <= lb_trainer_steps(trainer, position->phase)));
}

enum lb_status lb_checkpoint_read(struct lb_trainer *trainer, struct lb_position *position,
                                  const char *run)
{
    struct lb_device *device = trainer->device;
    struct part parts[MAX_PARTS];
    struct lb_tensor_file *file = NULL;
    const size_t n = list_parts(trainer, parts);
    char *path = lb_path_join(run, file_name);
    enum lb_status status = LB_OK;
    if (path == NULL) {
        return lb_fail_memory(device->ctx, file_name);
    }
    LB_CHECK(lb_tensor_file_read(&file, device->ctx, path));
    if (!parse_position(file, position) || !fits(trainer, position)) {
        status = fail_format(trainer, path, "phase, step or counts");
        goto fail;
    }
    LB_CHECK(lb_normalisation_read(&trainer->encoder.network->normalisation, device,
                                   lb_network_inputs(trainer->encoder.network), file, path));
    for (size_t i = 0; i < n; i++) {
        const struct lb_tensor *tensor = lb_tensor_file_find(file, parts[i].name);
        const size_t count = part_floats(&parts[i]);
        if (tensor == NULL || tensor->dtype != LB_F32 || lb_tensor_count(tensor) != count ||
            (parts[i].is_weight && find_not_finite(tensor->data, count) != count)) {
            status = fail_format(trainer, path, parts[i].name);
            goto fail;
        }
        LB_CHECK(lb_buffer_write(device, parts[i].mem, 0, tensor->data, count * sizeof(float)));
    }
fail:
    lb_tensor_file_free(&file);
    free(path);
    return status;
}

enum lb_status lb_checkpoint_find(struct lb_context *ctx, const char *run, bool *found)
{
    char *path = lb_path_join(run, file_name);
    if (path == NULL) {
        return lb_fail_memory(ctx, file_name);
    }
    *found = !lb_file_missing(path);
    free(path);
    return LB_OK;
}
