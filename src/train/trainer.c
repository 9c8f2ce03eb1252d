/* Creates a trainer and tracks its position. */
#include "train/trainer.h"

#include <assert.h>
#include <stdlib.h>

#include "geometry/distance_matrix.h"
#include "nn/activation.h"
#include "optim/schedule.h"
#include "run/phase.h"
#include "run/settings.h"
#include "run/settings_layers.h"
#include "train/overlap.h"
#include "train/part.h"
#include "train/training_self_test.h"

/* Steps between fences: the host runs at most twice this many steps ahead of the device. */
enum { FENCE_STEPS = 4 };

/* The weight of cross pairs decreases to 0 over this fraction of the steps (method.md, cross
 * pairs). */
static const double CROSS_SHARE = 0.6;
/* In units of epsilon: quotients of closer points are mostly rounding error. */
static const double CROSS_NEAREST = 1e-3;

/* The first strategy that accepts the trainer is used. */
static const struct lb_step_strategy *const strategies[] = {&lb_fused_step, &lb_layerwise_step};

/* ---- making ---------------------------------------------------------------------------------- */

/* Slots of the losses: a logging interval, followed by the batches of an evaluation. */
static int history_slots(const struct lb_trainer *trainer)
{
    const int pairs = lb_plan_evaluation(&trainer->batches, true).count;
    const int images = lb_plan_evaluation(&trainer->batches, false).count;
    return trainer->params.log_every + (pairs > images ? pairs : images);
}

static enum lb_status check_size(const struct lb_trainer *trainer)
{
    const size_t size = trainer->data.dataset->image_size;
    const int pairs = trainer->params.pairs;
    const int images = lb_most_part_images(trainer->ranks, &trainer->params);
    if (size > (size_t)INT32_MAX / (size_t)images) { // kernels use int indices
        return lb_fail(trainer->device->ctx, LB_ERR_ARGUMENT,
                       "--pairs %d: three images of %zu numbers per pair are more than 2^31 (use "
                       "fewer pairs or a smaller --size)",
                       pairs, size);
    }
    return LB_OK;
}

/* The same for the layers' outputs. */
static enum lb_status check_layers(const struct lb_trainer *trainer,
                                   const struct lb_layer_list *layers, int images)
{
    const int pairs = trainer->params.pairs;
    for (int k = 0; k < layers->count; k++) {
        const int numbers = lb_shape_size(layers->layer[k].out);
        if ((int64_t)numbers * images > INT32_MAX) {
            return lb_fail(trainer->device->ctx, LB_ERR_ARGUMENT,
                           "--pairs %d: layer %d, with %d numbers per image, exceeds 2^31 (use "
                           "fewer pairs, fewer channels or a smaller --size)",
                           pairs, k + 1, numbers);
        }
    }
    return LB_OK;
}

/* Data of the other ranks that cross pairs need. */
static enum lb_status create_shared_codes(struct lb_trainer *trainer)
{
    struct lb_device *device = trainer->device;
    const size_t n = (size_t)trainer->params.pairs;
    const size_t codes = n * (size_t)trainer->params.latent * sizeof(float);
    const size_t points =
        n * (size_t)lb_dataset_get_info(trainer->data.dataset)->point_size * sizeof(float);
    if (trainer->ranks == NULL) {
        return LB_OK;
    }
    LB_TRY(lb_buffer_create(device, &trainer->all.points, points, "points of all ranks"));
    LB_TRY(lb_buffer_create(device, &trainer->all.codes, codes, "codes of all ranks"));
    LB_TRY(lb_buffer_create(device, &trainer->all.gradient, codes, "codes of all ranks"));
    return lb_buffer_zero(device, trainer->all.gradient, 0, codes);
}

static enum lb_status create_cross(struct lb_trainer *trainer, int slots)
{
    const struct lb_train_params *params = &trainer->params;
    const enum lb_phase phase = lb_phase_first(params);
    const struct lb_cross_params cross = {
        .weight = params->cross_weight,
        .fall = CROSS_SHARE * lb_phase_steps(params, phase),
        .c = params->c,
        .nearest = CROSS_NEAREST * params->epsilon,
        .farthest = lb_dataset_get_info(trainer->data.dataset)->injectivity_radius,
    };
    const double bytes = lb_cross_bytes(params->pairs);
    if (!(params->cross_weight > 0.0) || !(cross.fall > 0.0) ||
        !lb_trainer_has_energy(trainer, phase)) {
        return LB_OK;
    }
    if (params->pairs > LB_DISTANCE_MATRIX_MAX) {
        return lb_fail(trainer->device->ctx, LB_ERR_ARGUMENT,
                       "--pairs %d: their cross pairs are more than 2^31 (use at most --pairs %d, "
                       "or leave out --cross-weight)",
                       params->pairs, LB_DISTANCE_MATRIX_MAX);
    }
    LB_TRY(lb_self_test_cross(trainer->device, trainer->tests));
    struct lb_memory_needs *needs = &trainer->needs[phase];
    needs->activations += bytes;
    if (bytes > needs->largest) {
        needs->largest = bytes;
        needs->largest_grows_with_pairs = true;
    }
    LB_TRY(lb_memory_check(trainer->device, params, phase, needs));
    LB_TRY(create_shared_codes(trainer));
    LB_TRY(lb_cross_create(&trainer->cross, trainer->device, params->pairs, slots, &cross));
    lb_cross_drop_buffers(&trainer->cross); // until the phase begins
    return LB_OK;
}

static enum lb_status create_losses(struct lb_trainer *trainer)
{
    const struct lb_train_params *params = &trainer->params;
    const int slots = history_slots(trainer);
    const double weight = params->mode == LB_TRAIN_JOINT ? params->reconstruction_weight : 1.0;
    LB_TRY(lb_reconstruction_create(&trainer->reconstruction, trainer->device, slots, weight));
    LB_TRY(lb_isometry_create(&trainer->isometry, trainer->device,
                              lb_most_part_rows(trainer->ranks, params), slots, params->lambda,
                              params->c));
    return create_cross(trainer, slots);
}

static enum lb_status create_weights(struct lb_trainer *trainer)
{
    const size_t size = (size_t)lb_ranks_size(trainer->ranks);
    trainer->weights = calloc(size, sizeof *trainer->weights);
    trainer->ones = calloc(size, sizeof *trainer->ones);
    if (trainer->weights == NULL || trainer->ones == NULL) {
        return lb_fail_memory(trainer->device->ctx, "trainer");
    }
    for (size_t i = 0; i < size; i++) {
        trainer->ones[i] = 1.0f;
    }
    return LB_OK;
}

static enum lb_status choose_strategy(struct lb_trainer *trainer)
{
    bool taken = false;
    for (size_t i = 0; i < LB_COUNT(strategies) && !taken; i++) {
        trainer->strategy = strategies[i];
        LB_TRY(strategies[i]->accept(trainer, &taken));
    }
    return LB_OK;
}

static enum lb_status create_learner(struct lb_trainer *trainer, struct lb_learner *learner,
                                     const struct lb_layer_list *layers)
{
    return lb_learner_create(learner, trainer->gemm, trainer->device, trainer->ranks,
                             &trainer->params, layers);
}

static enum lb_status check_memory(struct lb_trainer *trainer, enum lb_phase phase,
                                   const struct lb_layer_list *encoder,
                                   const struct lb_layer_list *decoder)
{
    const struct lb_memory_plan plan = lb_trainer_plan(trainer, phase);
    struct lb_train_params params = trainer->params;
    params.gemm = lb_gemm_get_kind(trainer->gemm);
    trainer->needs[phase] = lb_memory_needs(trainer->device, &params, &plan, encoder, decoder);
    return lb_memory_check(trainer->device, &trainer->params, phase, &trainer->needs[phase]);
}

static enum lb_status assemble(struct lb_trainer *trainer)
{
    struct lb_device *device = trainer->device;
    const struct lb_train_params *params = &trainer->params;
    const struct lb_shape image = lb_image_shape(lb_dataset_get_info(trainer->data.dataset));
    const int rows = lb_most_part_rows(trainer->ranks, params);
    const int images = lb_most_part_images(trainer->ranks, params);
    const int decoded = lb_most_part_decoded(trainer->ranks, params);
    struct lb_layer_list encoder;
    struct lb_layer_list decoder;
    const bool decodes = params->decoder_steps > 0;
    const bool separate = decodes && params->mode == LB_TRAIN_SEPARATE;
    const struct lb_batch_source_params batches = {
        .seed = params->seed,
        .epsilon = params->epsilon,
        .min_distance = params->min_distance,
        .epsilon_start = params->epsilon_start,
        .falling_steps = params->epsilon_share * lb_phase_steps(params, lb_phase_first(params)),
        .strategy = params->strategy,
        .samples = params->samples,
        .rows = params->pairs,
        .part_rows = rows,
        .part_images = images,
        .describe = true,
    };
    LB_TRY(check_size(trainer));
    LB_TRY(lb_settings_encoder(&encoder, device->ctx, params, image));
    LB_TRY(check_layers(trainer, &encoder, lb_microbatch_rows(params, images)));
    if (decodes) {
        LB_TRY(lb_settings_decoder(&decoder, device->ctx, params, image));
        LB_TRY(check_layers(trainer, &decoder, lb_microbatch_rows(params, decoded)));
    }
    LB_TRY(create_weights(trainer));
    LB_TRY(lb_gemm_create(&trainer->gemm, device, params->gemm));
    LB_TRY(check_memory(trainer, lb_phase_first(params), &encoder, decodes ? &decoder : NULL));
    LB_TRY(separate ? check_memory(trainer, LB_PHASE_DECODER, &encoder, &decoder) : LB_OK);
    LB_TRY(lb_batch_source_create(&trainer->batches, trainer->data.dataset, trainer->data.file,
                                  &batches));
    lb_gemm_expect_function(trainer->gemm, lb_activation_row(params->activation)->function);
    if (lb_layer_list_has_images(&encoder) || (decodes && lb_layer_list_has_images(&decoder))) {
        LB_TRY(lb_self_test_images(device, trainer->tests, lb_gemm_get_kind(trainer->gemm),
                                   params->activation));
    }
    if (params->strategy == LB_STRATEGY_CHAIN) {
        LB_TRY(lb_self_test_chains(device, trainer->tests));
    }
    if (params->clip > 0.0 || params->average > 0.0) {
        LB_TRY(lb_self_test_rule(device, trainer->tests));
    }
    if (params->optimizer == LB_MUON) {
        LB_TRY(lb_self_test_muon(device, trainer->tests, lb_gemm_get_kind(trainer->gemm),
                                 params->activation));
    }
    LB_TRY(create_learner(trainer, &trainer->encoder, &encoder));
    LB_TRY(decodes ? create_learner(trainer, &trainer->decoder, &decoder) : LB_OK);
    LB_TRY(create_losses(trainer));
    LB_TRY(choose_strategy(trainer));
    LB_TRY(separate ? lb_trainer_try_decoder_phase(trainer) : LB_OK);
    return params->skip_nonfinite ? lb_guard_create(&trainer->guard, device) : LB_OK;
}

enum lb_status lb_trainer_assemble(struct lb_trainer **out, struct lb_device *device,
                                   struct lb_ranks *ranks, const struct lb_training_data *data,
                                   const struct lb_train_params *params,
                                   struct lb_self_test_pool *tests)
{
    struct lb_trainer *trainer = calloc(1, sizeof *trainer);
    *out = trainer;
    if (trainer == NULL) {
        return lb_fail_memory(device->ctx, "trainer");
    }
    trainer->device = device;
    trainer->ranks = ranks;
    trainer->alike = ranks == NULL;
    trainer->params = *params;
    trainer->data = *data;
    trainer->tests = tests;
    const enum lb_status status = assemble(trainer);
    trainer->tests = NULL; // they end before the first step
    if (status != LB_OK) {
        lb_trainer_destroy(out);
    }
    return status;
}

void lb_trainer_destroy(struct lb_trainer **out)
{
    struct lb_trainer *trainer = out != NULL ? *out : NULL;
    if (trainer == NULL) {
        return;
    }
    (void)clFinish(trainer->device->queue); // errors can no longer be reported
    lb_fence_drop(&trainer->fence);
    lb_batch_source_destroy(&trainer->batches);
    lb_learner_destroy(&trainer->decoder);
    lb_learner_destroy(&trainer->encoder);
    lb_cross_destroy(&trainer->cross);
    lb_isometry_destroy(&trainer->isometry);
    lb_reconstruction_destroy(&trainer->reconstruction);
    lb_fused_destroy(&trainer->fused);
    lb_guard_destroy(&trainer->guard);
    lb_gemm_destroy(&trainer->gemm);
    lb_buffer_release(&trainer->all.points);
    lb_buffer_release(&trainer->all.codes);
    lb_buffer_release(&trainer->all.gradient);
    free(trainer->weights);
    free(trainer->ones);
    if (trainer->owns_data) {
        lb_training_data_close(&trainer->data);
    }
    free(trainer);
    *out = NULL;
}

/* Everything that can fail on a single rank. */
static enum lb_status create(struct lb_trainer **out, struct lb_device *device,
                             const struct lb_train_params *params, struct lb_self_test_pool *tests)
{
    struct lb_train_params resolved = *params;
    struct lb_training_data data = {0};
    enum lb_status status = LB_OK;
    LB_TRY(lb_settings_check(device->ctx, params));
    LB_CHECK(lb_overlap_open(&data, tests, params));
    LB_CHECK(lb_training_data_resolve(&data, &resolved));
    lb_settings_round(&resolved);
    lb_overlap_sampling(tests, &data, &resolved);
    LB_CHECK(lb_self_test_require(tests, &resolved.gemm, resolved.activation));
    LB_CHECK(lb_trainer_assemble(out, device, device->ctx->ranks, &data, &resolved, tests));
    (*out)->owns_data = true;
    return LB_OK;
fail:
    lb_training_data_close(&data);
    return status;
}

enum lb_status lb_trainer_create(struct lb_trainer **out, struct lb_device *device,
                                 const struct lb_train_params *params)
{
    struct lb_self_test_pool tests = {.device = device, .suite = &lb_training_self_tests};
    enum lb_status status = LB_OK;
    *out = NULL;
    LB_CHECK(lb_ranks_agree(device->ctx->ranks, device->ctx, create(out, device, params, &tests)));
    assert(*out != NULL);
    LB_CHECK(lb_trainer_require_same(*out));
    LB_CHECK(lb_trainer_share_buffers(*out));
    LB_CHECK(lb_trainer_start(*out));
    lb_self_test_pool_close(&tests);
    return LB_OK;
fail:
    lb_self_test_pool_close(&tests);
    lb_trainer_destroy(out);
    return status;
}

/* ---- phases ---------------------------------------------------------------------------------- */

bool lb_trainer_has_energy(const struct lb_trainer *trainer, enum lb_phase phase)
{
    return phase == LB_PHASE_ENCODER ||
           (phase == LB_PHASE_JOINT && trainer->params.mode == LB_TRAIN_JOINT);
}

bool lb_trainer_has_reconstruction(enum lb_phase phase)
{
    return phase != LB_PHASE_ENCODER;
}

bool lb_trainer_has_cross(const struct lb_trainer *trainer, enum lb_phase phase, int step)
{
    return trainer->cross.loss.slots != NULL && lb_trainer_has_energy(trainer, phase) &&
           lb_loss_counts(&trainer->cross.loss, step);
}

int lb_trainer_losses(const struct lb_trainer *trainer, enum lb_phase phase, int step,
                      const struct lb_loss *losses[LB_TRAINER_LOSSES])
{
    int n = 0;
    if (lb_trainer_has_energy(trainer, phase)) {
        losses[n++] = &trainer->isometry.loss;
    }
    if (lb_trainer_has_reconstruction(phase)) {
        losses[n++] = &trainer->reconstruction.loss;
    }
    if (lb_trainer_has_cross(trainer, phase, step)) {
        losses[n++] = &trainer->cross.loss;
    }
    return n;
}

bool lb_trainer_normalises(const struct lb_trainer *trainer)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(trainer->data.dataset);
    return info->height * info->width > 1;
}

double lb_trainer_rate(const struct lb_trainer *trainer, int step)
{
    const struct lb_train_params *params = &trainer->params;
    return lb_schedule_rate(params->schedule, params->warmup, step,
                            lb_phase_steps(params, trainer->position.phase));
}

double lb_trainer_epsilon(const struct lb_trainer *trainer, int step)
{
    return lb_training_batch(&trainer->batches, true, step).epsilon;
}

double lb_trainer_lr(const struct lb_trainer *trainer, int step)
{
    const struct lb_train_params *params = &trainer->params;
    const enum lb_phase phase = trainer->position.phase;
    const double lr = phase == LB_PHASE_DECODER ? params->decoder_lr : params->lr;
    return lr * lb_trainer_rate(trainer, step);
}

enum lb_status lb_trainer_start(struct lb_trainer *trainer)
{
    trainer->begun = false;
    trainer->position = (struct lb_position){.phase = lb_phase_first(&trainer->params)};
    LB_TRY(lb_trainer_hold_phase(trainer, trainer->position.phase));
    return lb_trainer_draw_encoder(trainer);
}

void lb_trainer_advance(struct lb_trainer *trainer)
{
    struct lb_position *position = &trainer->position;
    const bool decoder_next =
        position->phase == LB_PHASE_ENCODER && trainer->decoder.network != NULL;
    position->finished = position->finished || !decoder_next;
    if (decoder_next) {
        position->phase = LB_PHASE_DECODER;
        position->step = 0;
        trainer->begun = false;
    }
}

enum lb_status lb_trainer_next_phase(struct lb_trainer *trainer)
{
    if (!trainer->position.finished) {
        lb_trainer_advance(trainer);
    }
    return trainer->position.finished ? LB_OK : lb_trainer_begin_phase(trainer);
}

enum lb_status lb_trainer_begin_phase(struct lb_trainer *trainer)
{
    bool has_weights = true;
    LB_TRY(lb_trainer_hold_phase(trainer, trainer->position.phase));
    if (trainer->begun) {
        return LB_OK;
    }
    if (lb_trainer_has_reconstruction(trainer->position.phase) && trainer->position.step == 0) {
        LB_TRY(lb_network_has_weights(trainer->decoder.network, &has_weights));
    }
    if (!has_weights) {
        LB_TRY(lb_trainer_draw_decoder(trainer));
    }
    trainer->begun = true;
    return LB_OK;
}

enum lb_status lb_trainer_step(struct lb_trainer *trainer, int n)
{
    struct lb_position *position = &trainer->position;
    const int steps = lb_phase_steps(&trainer->params, position->phase);
    const int left = steps - position->step;
    const int last = position->finished ? position->step : position->step + (n < left ? n : left);
    if (position->step < last) {
        LB_TRY(lb_trainer_begin_phase(trainer));
    }
    while (position->step < last) {
        LB_TRY(lb_trainer_enqueue_step(trainer, position->phase, position->step));
        position->step++;
        if (position->step == steps) {
            LB_TRY(lb_trainer_finish_phase(trainer, position->phase));
        }
        if (position->step % FENCE_STEPS == 0) {
            LB_TRY(lb_fence_wait(&trainer->fence, trainer->device));
            LB_TRY(lb_fence_set(&trainer->fence, trainer->device));
        }
    }
    return LB_OK;
}

enum lb_status lb_trainer_get_state(struct lb_trainer *trainer, struct lb_trainer_state *state)
{
    struct lb_position *position = &trainer->position;
    if (trainer->params.skip_nonfinite) {
        LB_TRY(lb_guard_read(&trainer->guard, &position->skipped));
    }
    *state = (struct lb_trainer_state){
        .phase = position->phase,
        .step = position->step,
        .steps = lb_phase_steps(&trainer->params, position->phase),
        .finished = position->finished,
        .skipped = position->skipped,
    };
    return LB_OK;
}

/* ---- what it has ----------------------------------------------------------------------------- */

struct lb_network *lb_trainer_encoder(struct lb_trainer *trainer)
{
    return trainer->encoder.network;
}

struct lb_network *lb_trainer_decoder(struct lb_trainer *trainer)
{
    return trainer->decoder.network;
}

struct lb_dataset *lb_trainer_dataset(struct lb_trainer *trainer)
{
    return trainer->data.dataset;
}

const struct lb_train_params *lb_trainer_params(const struct lb_trainer *trainer)
{
    return &trainer->params;
}
