#include "train/trainer.h"

#include <math.h>
#include <stdlib.h>

#include "run/settings_layers.h"
#include "train/training_self_test.h"

enum { EVALUATION_PAIRS = 8192, EVALUATION_BATCHES = 32 };

struct lb_evaluation_batches lb_trainer_evaluation(const struct lb_trainer *trainer,
                                                   enum lb_phase phase)
{
    const int pairs = trainer->params.pairs;
    const uint64_t held_out =
        trainer->source.kind->held_out(trainer, lb_trainer_has_energy(trainer, phase));
    if (held_out == 0) {
        const int wanted = (EVALUATION_PAIRS + pairs - 1) / pairs;
        const int count = wanted > EVALUATION_BATCHES ? wanted : EVALUATION_BATCHES;
        return (struct lb_evaluation_batches){count, pairs, pairs};
    }
    /* Smaller batches where there are few, so that a standard error can be told. */
    const uint64_t share = held_out / EVALUATION_BATCHES;
    const int rows = share < 1 ? 1 : share > (uint64_t)pairs ? pairs : (int)share;
    const int count = (int)((held_out + (uint64_t)rows - 1) / (uint64_t)rows);
    const int last_rows = (int)(held_out - (uint64_t)(count - 1) * (uint64_t)rows);
    return (struct lb_evaluation_batches){count, rows, last_rows};
}

/* Slots of the history: a logging interval, or the batches of an evaluation. */
static size_t history_slots(const struct lb_trainer *trainer)
{
    int slots = trainer->params.log_every;
    for (int phase = LB_PHASE_ENCODER; phase <= LB_PHASE_JOINT; phase++) {
        const int batches = lb_trainer_evaluation(trainer, (enum lb_phase)phase).count;
        slots = slots > batches ? slots : batches;
    }
    return (size_t)slots;
}

static enum lb_status create_learner(struct lb_learner *learner, struct lb_trainer *trainer,
                                     const struct lb_layer_list *layers, int rows)
{
    LB_TRY(lb_network_create(&learner->network, trainer->device, trainer->gemm, layers));
    LB_TRY(lb_activations_create(&learner->tape, learner->network, rows, true));
    return lb_adam_create(&learner->adam, trainer->device,
                          learner->network->layers.parameter_count);
}

static void destroy_learner(struct lb_learner *learner)
{
    lb_adam_destroy(&learner->adam);
    lb_activations_destroy(&learner->tape);
    lb_network_destroy(&learner->network);
}

enum lb_status lb_trainer_create(struct lb_trainer *trainer, struct lb_device *device,
                                 struct lb_dataset *dataset, const struct lb_train_params *params)
{
    trainer->device = device;
    trainer->dataset = dataset;
    trainer->params = *params;
    const int size = (int)dataset->image_size;
    const int rows = 3 * params->pairs;
    if (dataset->image_size > (size_t)INT32_MAX / (size_t)rows) { // kernels index by int
        return lb_fail(
            device->ctx, LB_ERR_ARGUMENT,
            "--pairs %d: three images of %d numbers a pair are more than 2^31 (use fewer "
            "pairs or a smaller --size)",
            params->pairs, size);
    }
    struct lb_layer_list encoder;
    struct lb_layer_list decoder;
    LB_TRY(lb_settings_encoder(&encoder, device->ctx, params, size));
    LB_TRY(lb_settings_decoder(&decoder, device->ctx, params, size));
    trainer->needs = lb_memory_needs(params, dataset->image_size, lb_trainer_normalises(trainer),
                                     &encoder, params->decoder_steps > 0 ? &decoder : NULL);
    LB_TRY(lb_memory_check(device, params, &trainer->needs));
    LB_TRY(lb_batch_source_create(trainer, trainer->source.file));
    const size_t slots = history_slots(trainer);
    LB_TRY(lb_gemm_create(&trainer->gemm, device, params->gemm));
    LB_TRY(create_learner(&trainer->encoder, trainer, &encoder, rows));
    if (params->decoder_steps > 0) {
        LB_TRY(create_learner(&trainer->decoder, trainer, &decoder, params->pairs));
        LB_TRY(lb_squared_error_create(&trainer->squared_error, device));
    }
    LB_TRY(lb_pair_buffers_create(&trainer->pairs, dataset, (size_t)params->pairs));
    LB_TRY(lb_loss_create(&trainer->loss, device, params->pairs));
    bool fused = lb_fused_pays(trainer->encoder.network);
    if (fused) {
        LB_TRY(lb_self_test_small(device, trainer->tests, params->activation, &fused));
    }
    if (fused) {
        trainer->needs.activations += lb_fused_bytes(trainer->encoder.network, params->pairs);
        LB_TRY(lb_memory_check(device, params, &trainer->needs));
        LB_TRY(lb_fused_create(&trainer->fused, trainer->encoder.network, params->pairs));
    }
    LB_TRY(lb_buffer_create(device, &trainer->images,
                            (size_t)rows * dataset->image_size * sizeof(float), "images"));
    LB_TRY(lb_buffer_create(device, &trainer->energy, slots * sizeof(struct lb_loss_terms),
                            "loss history"));
    LB_TRY(lb_buffer_create(device, &trainer->error, slots * sizeof(struct lb_loss_terms),
                            "loss history"));
    LB_TRY(lb_buffer_zero(device, trainer->energy, 0, slots * sizeof(struct lb_loss_terms)));
    LB_TRY(lb_buffer_zero(device, trainer->error, 0, slots * sizeof(struct lb_loss_terms)));
    return params->skip_nonfinite ? lb_guard_create(&trainer->guard, device) : LB_OK;
}

void lb_trainer_destroy(struct lb_trainer *trainer)
{
    lb_batch_source_destroy(&trainer->source);
    destroy_learner(&trainer->decoder);
    destroy_learner(&trainer->encoder);
    lb_pair_buffers_release(&trainer->pairs);
    lb_loss_destroy(&trainer->loss);
    lb_fused_destroy(&trainer->fused);
    lb_squared_error_destroy(&trainer->squared_error);
    lb_buffer_release(&trainer->images);
    lb_buffer_release(&trainer->energy);
    lb_buffer_release(&trainer->error);
    lb_guard_destroy(&trainer->guard);
    lb_gemm_destroy(&trainer->gemm);
}

const char *lb_phase_name(enum lb_phase phase)
{
    static const char *const names[] = {"encoder", "decoder", "joint"};
    return names[phase];
}

bool lb_trainer_has_energy(const struct lb_trainer *trainer, enum lb_phase phase)
{
    return phase == LB_PHASE_ENCODER ||
           (phase == LB_PHASE_JOINT && trainer->params.mode == LB_TRAIN_JOINT);
}

bool lb_trainer_has_reconstruction(enum lb_phase phase)
{
    return phase != LB_PHASE_ENCODER;
}

bool lb_trainer_normalises(const struct lb_trainer *trainer)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(trainer->dataset);
    return info->height * info->width > 1;
}

int lb_trainer_steps(const struct lb_trainer *trainer, enum lb_phase phase)
{
    return phase == LB_PHASE_DECODER ? trainer->params.decoder_steps : trainer->params.steps;
}

double lb_trainer_lr(const struct lb_trainer *trainer, enum lb_phase phase, int step)
{
    const struct lb_train_params *params = &trainer->params;
    const double lr = phase == LB_PHASE_DECODER ? params->decoder_lr : params->lr;
    if (params->schedule == LB_CONSTANT) {
        return lr;
    }
    const double pi = 3.141592653589793;
    return 0.5 * lr * (1.0 + cos(pi * step / lb_trainer_steps(trainer, phase)));
}

enum lb_status lb_trainer_latent_spread(struct lb_trainer *trainer, int rows, double *spread)
{
    const size_t l = (size_t)trainer->params.latent;
    const size_t n = (size_t)rows;
    double variance = 0.0;
    float *latent = malloc(n * l * sizeof *latent);
    if (latent == NULL) {
        return lb_fail_memory(trainer->device->ctx, "latent codes");
    }
    const enum lb_status status =
        lb_buffer_read(trainer->device, lb_activations_output(trainer->encoder.tape), 0, latent,
                       n * l * sizeof *latent);
    for (size_t k = 0; k < l && status == LB_OK; k++) {
        double mean = 0.0;
        for (size_t i = 0; i < n; i++) {
            mean += (double)latent[i * l + k] / (double)n;
        }
        for (size_t i = 0; i < n; i++) {
            const double deviation = (double)latent[i * l + k] - mean;
            variance += deviation * deviation / (double)n;
        }
    }
    free(latent);
    *spread = sqrt(variance);
    return status;
}

/* ---- reading the history --------------------------------------------------------------------- */

static const char *const term_names[] = {"distortion", "bending", "reconstruction"};

static enum lb_status fail_not_finite(struct lb_trainer *trainer, enum lb_phase phase, int step,
                                      const char *term, float value)
{
    return lb_fail(trainer->device->ctx, LB_ERR_NUMERIC,
                   "%s: step %d: %s is %g (use a smaller --lr, --c above 0, or --skip-nonfinite if "
                   "it is a single step)",
                   lb_phase_name(phase), step + 1, term, (double)value);
}

/* Slots of the history and how to average them. */
struct interval {
    enum lb_phase phase;
    int first;
    int last;
    int step; ///< of slot 0
    double last_weight;
    bool skip; ///< leave out what is not finite
};

static enum lb_status average(struct lb_trainer *trainer, const struct interval *interval,
                              const struct lb_loss_terms *energy, const struct lb_loss_terms *error,
                              struct lb_means *means)
{
    const bool has_energy = lb_trainer_has_energy(trainer, interval->phase);
    const bool has_error = lb_trainer_has_reconstruction(interval->phase);
    const double weight = has_energy ? trainer->params.reconstruction_weight : 1.0;
    double sums[3] = {0.0, 0.0, 0.0};
    double loss = 0.0;
    double loss_squared = 0.0;
    double n = 0.0;
    for (int i = interval->first; i < interval->last; i++) {
        const float terms[] = {energy[i].distortion, energy[i].bending, error[i].distortion};
        size_t bad = 0;
        while (bad < LB_COUNT(terms) && isfinite(terms[bad])) {
            bad++;
        }
        if (bad < LB_COUNT(terms)) {
            if (interval->skip && (n > 0.0 || i + 1 < interval->last)) {
                continue;
            }
            return fail_not_finite(trainer, interval->phase, interval->step + i, term_names[bad],
                                   terms[bad]);
        }
        const double value = (double)terms[0] + trainer->params.lambda * (double)terms[1] +
                             weight * (double)terms[2];
        const double share = i + 1 < interval->last ? 1.0 : interval->last_weight;
        for (size_t k = 0; k < LB_COUNT(terms); k++) {
            sums[k] += share * (double)terms[k];
        }
        loss += share * value;
        loss_squared += share * value * value;
        n += share;
    }
    const double variance = fmax(0.0, loss_squared / n - (loss / n) * (loss / n));
    *means = (struct lb_means){
        .loss = loss / n,
        .distortion = has_energy ? sums[0] / n : (double)NAN,
        .bending = has_energy ? sums[1] / n : (double)NAN,
        .reconstruction = has_error ? sums[2] / n : (double)NAN,
        .stderr_loss = n > 1.0 ? sqrt(variance / (n - 1.0)) : (double)NAN,
    };
    return LB_OK;
}

static enum lb_status read_and_average(struct lb_trainer *trainer, const struct interval *interval,
                                       struct lb_means *means)
{
    struct lb_device *device = trainer->device;
    const size_t slots = (size_t)interval->last;
    struct lb_loss_terms *energy = calloc(slots, sizeof *energy);
    struct lb_loss_terms *error = calloc(slots, sizeof *error);
    enum lb_status status = LB_OK;
    if (energy == NULL || error == NULL) {
        status = lb_fail_memory(device->ctx, "loss history");
        goto fail;
    }
    if (lb_trainer_has_energy(trainer, interval->phase)) {
        LB_CHECK(lb_buffer_read(device, trainer->energy, 0, energy, slots * sizeof *energy));
    }
    if (lb_trainer_has_reconstruction(interval->phase)) {
        LB_CHECK(lb_buffer_read(device, trainer->error, 0, error, slots * sizeof *error));
    }
    LB_CHECK(average(trainer, interval, energy, error, means));
fail:
    free(energy);
    free(error);
    return status;
}

enum lb_status lb_trainer_complete_energy(struct lb_trainer *trainer)
{
    return trainer->fused.network != NULL ? lb_fused_finish(&trainer->fused, trainer->energy)
                                          : LB_OK;
}

enum lb_status lb_trainer_read_means(struct lb_trainer *trainer, enum lb_phase phase, int first,
                                     int last, int step, struct lb_means *means)
{
    const struct interval interval = {
        phase, first, last, step, 1.0, trainer->params.skip_nonfinite,
    };
    LB_TRY(lb_trainer_complete_energy(trainer));
    return read_and_average(trainer, &interval, means);
}

enum lb_status lb_trainer_read_weighted_means(struct lb_trainer *trainer, enum lb_phase phase,
                                              int first, int last, int step, double last_weight,
                                              struct lb_means *means)
{
    const struct interval interval = {phase, first, last, step, last_weight, false};
    return read_and_average(trainer, &interval, means);
}
