/* One step of each phase, as method.md states it: enqueued, never waited for. */
#include "nn/code_noise.h"
#include "run/phase.h"
#include "train/trainer.h"

static struct lb_matrix image_rows(const struct lb_trainer *trainer)
{
    return (struct lb_matrix){trainer->images, 0, trainer->dataset->image_size};
}

static struct lb_matrix latent_rows(const struct lb_trainer *trainer)
{
    return (struct lb_matrix){lb_activations_output(trainer->encoder.tape), 0,
                              (size_t)trainer->params.latent};
}

/* The batch's images of x, y and average, and their latents. */
static enum lb_status encode_pairs(struct lb_trainer *trainer, struct lb_batch batch)
{
    LB_TRY(trainer->source.kind->pairs(trainer, batch));
    return lb_network_forward(trainer->encoder.network, trainer->encoder.tape, image_rows(trainer),
                              3 * batch.rows);
}

/* The batch's single images, and their latents. */
static enum lb_status encode_images(struct lb_trainer *trainer, struct lb_batch batch)
{
    LB_TRY(trainer->source.kind->images(trainer, batch));
    return lb_network_forward(trainer->encoder.network, trainer->encoder.tape, image_rows(trainer),
                              batch.rows);
}

/* E of the batch, and its gradient in the encoder's tape. */
static enum lb_status energy(struct lb_trainer *trainer, int rows, int slot)
{
    const struct lb_train_params *params = &trainer->params;
    return lb_loss_run(&trainer->loss, lb_activations_output(trainer->encoder.tape),
                       trainer->pairs.distance, rows, params->latent, params->lambda, params->c,
                       lb_activations_output_gradient(trainer->encoder.tape), trainer->energy,
                       slot);
}

/* Makes the codes noisy that the decoder is about to learn from (method.md, section 2). */
static enum lb_status add_noise(struct lb_trainer *trainer, struct lb_batch batch)
{
    const struct lb_train_params *params = &trainer->params;
    return params->code_noise > 0.0
               ? lb_code_noise_add(trainer->device, lb_activations_output(trainer->encoder.tape),
                                   (size_t)batch.rows * (size_t)params->latent, params->code_noise,
                                   params->seed, batch.step)
               : LB_OK;
}

/* |I - psi(phi(I))|^2 per pixel of the first rows, and its gradient in the decoder's tape. */
static enum lb_status reconstruction(struct lb_trainer *trainer, int rows, double weight, int slot)
{
    struct lb_activations *tape = trainer->decoder.tape;
    LB_TRY(lb_network_forward(trainer->decoder.network, tape, latent_rows(trainer), rows));
    return lb_squared_error_run(&trainer->squared_error, lb_activations_output(tape),
                                trainer->images, rows * (int)trainer->dataset->image_size, weight,
                                lb_activations_output_gradient(tape), trainer->error, slot);
}

/* Whether the step is that of a small network: loss and gradient at once. */
static bool is_fused(const struct lb_trainer *trainer, enum lb_phase phase)
{
    return phase == LB_PHASE_ENCODER && trainer->fused.network != NULL;
}

static enum lb_status apply_gradient(struct lb_trainer *trainer, struct lb_learner *learner,
                                     enum lb_phase phase, int step)
{
    const struct lb_train_params *params = &trainer->params;
    const bool fused = is_fused(trainer, phase);
    return lb_adam_step(
        &learner->adam, learner->network->parameters, (long)step + 1,
        lb_adam_params(.lr = lb_trainer_lr(trainer, phase, step),
                       .weight_decay = params->optimizer == LB_ADAMW ? params->weight_decay : 0.0,
                       .skip = params->skip_nonfinite ? trainer->guard.flags : NULL,
                       .gradients = fused ? trainer->fused.gradients : learner->adam.gradient,
                       .parts = fused ? trainer->fused.items : 1));
}

static enum lb_status guard_gradient(struct lb_trainer *trainer, const struct lb_learner *learner,
                                     enum lb_phase phase)
{
    const struct lb_fused *fused = &trainer->fused;
    const size_t count = learner->adam.count;
    return is_fused(trainer, phase)
               ? lb_guard_gradient(&trainer->guard, fused->gradients, (size_t)fused->items * count)
               : lb_guard_gradient(&trainer->guard, learner->adam.gradient, count);
}

/* Adam for the networks that the phase trains. A step with a number that is not finite is left out
 * of all of them, if that is wanted. */
static enum lb_status update(struct lb_trainer *trainer, enum lb_phase phase, int step, int slot)
{
    struct lb_learner *learners[2] = {
        phase != LB_PHASE_ENCODER ? &trainer->decoder : NULL,
        phase != LB_PHASE_DECODER ? &trainer->encoder : NULL,
    };
    const struct lb_guarded_loss loss = {
        .energy = trainer->energy,
        .error = trainer->error,
        .slot = slot,
        .has_energy = lb_trainer_has_energy(trainer, phase),
        .has_error = lb_trainer_has_reconstruction(phase),
    };
    const bool guarded = trainer->params.skip_nonfinite;
    if (guarded) {
        LB_TRY(lb_trainer_complete_energy(trainer));
        LB_TRY(lb_guard_loss(&trainer->guard, &loss));
    }
    for (size_t i = 0; i < LB_COUNT(learners) && guarded; i++) {
        if (learners[i] != NULL) {
            LB_TRY(guard_gradient(trainer, learners[i], phase));
        }
    }
    for (size_t i = 0; i < LB_COUNT(learners); i++) {
        if (learners[i] != NULL) {
            LB_TRY(apply_gradient(trainer, learners[i], phase, step));
        }
    }
    return guarded ? lb_guard_count(&trainer->guard) : LB_OK;
}

static enum lb_status encoder_gradient(struct lb_trainer *trainer, int rows)
{
    struct lb_learner *encoder = &trainer->encoder;
    return lb_network_backward(encoder->network, encoder->tape, image_rows(trainer), rows,
                               encoder->adam.gradient, (struct lb_input_gradient){0});
}

static enum lb_status decoder_gradient(struct lb_trainer *trainer,
                                       struct lb_input_gradient latent_gradient)
{
    struct lb_learner *decoder = &trainer->decoder;
    return lb_network_backward(decoder->network, decoder->tape, latent_rows(trainer),
                               trainer->params.pairs, decoder->adam.gradient, latent_gradient);
}

static enum lb_status fused_step(struct lb_trainer *trainer, struct lb_batch batch, int slot)
{
    struct lb_learner *encoder = &trainer->encoder;
    struct lb_matrix seen;
    LB_TRY(trainer->source.kind->pairs(trainer, batch));
    LB_TRY(lb_network_normalise(encoder->network, encoder->tape, image_rows(trainer),
                                3 * batch.rows, &seen));
    const struct lb_fused_batch fused = {
        .images = seen.mem,
        .distance = trainer->pairs.distance,
        .lambda = trainer->params.lambda,
        .c = trainer->params.c,
    };
    return lb_fused_run(&trainer->fused, &fused, trainer->energy, slot);
}

static enum lb_status encoder_step(struct lb_trainer *trainer, struct lb_batch batch, int slot)
{
    if (is_fused(trainer, LB_PHASE_ENCODER)) {
        return fused_step(trainer, batch, slot);
    }
    LB_TRY(encode_pairs(trainer, batch));
    LB_TRY(energy(trainer, batch.rows, slot));
    return encoder_gradient(trainer, 3 * batch.rows);
}

static enum lb_status decoder_step(struct lb_trainer *trainer, struct lb_batch batch, int slot)
{
    LB_TRY(encode_images(trainer, batch));
    LB_TRY(add_noise(trainer, batch));
    LB_TRY(reconstruction(trainer, batch.rows, 1.0, slot));
    return decoder_gradient(trainer, (struct lb_input_gradient){0});
}

/* Both networks on E + weight * reconstruction; plain: on the reconstruction alone. */
static enum lb_status joint_step(struct lb_trainer *trainer, struct lb_batch batch, int slot)
{
    const bool has_energy = lb_trainer_has_energy(trainer, LB_PHASE_JOINT);
    const struct lb_input_gradient into_encoder = {
        lb_activations_output_gradient(trainer->encoder.tape), has_energy};
    if (has_energy) {
        LB_TRY(encode_pairs(trainer, batch));
        LB_TRY(energy(trainer, batch.rows, slot));
        LB_TRY(add_noise(trainer, batch));
        LB_TRY(reconstruction(trainer, batch.rows, trainer->params.reconstruction_weight, slot));
    } else {
        LB_TRY(encode_images(trainer, batch));
        LB_TRY(add_noise(trainer, batch));
        LB_TRY(reconstruction(trainer, batch.rows, 1.0, slot));
    }
    LB_TRY(decoder_gradient(trainer, into_encoder));
    return encoder_gradient(trainer, (has_energy ? 3 : 1) * batch.rows);
}

enum lb_status lb_trainer_step(struct lb_trainer *trainer, enum lb_phase phase, int step)
{
    const int slot = step % trainer->params.log_every;
    const struct lb_batch batch = {
        .stream = phase == LB_PHASE_DECODER ? LB_STREAM_IMAGES : LB_STREAM_PAIRS,
        .step = (uint32_t)step,
        .start = (uint64_t)step * (uint64_t)trainer->params.pairs,
        .rows = trainer->params.pairs,
    };
    switch (phase) {
    case LB_PHASE_ENCODER:
        LB_TRY(encoder_step(trainer, batch, slot));
        break;
    case LB_PHASE_DECODER:
        LB_TRY(decoder_step(trainer, batch, slot));
        break;
    case LB_PHASE_JOINT:
        LB_TRY(joint_step(trainer, batch, slot));
        break;
    }
    return update(trainer, phase, step, slot);
}

enum lb_status lb_trainer_evaluate(struct lb_trainer *trainer, enum lb_phase phase,
                                   struct lb_means *means)
{
    const struct lb_evaluation_batches batches = lb_trainer_evaluation(trainer, phase);
    const bool pairs = lb_trainer_has_energy(trainer, phase);
    for (int i = 0; i < batches.count; i++) {
        const struct lb_batch batch = {
            .stream = pairs ? LB_STREAM_FINAL_PAIRS : LB_STREAM_FINAL_IMAGES,
            .step = (uint32_t)i,
            .start = (uint64_t)i * (uint64_t)batches.rows,
            .rows = i + 1 < batches.count ? batches.rows : batches.last_rows,
        };
        LB_TRY(pairs ? encode_pairs(trainer, batch) : encode_images(trainer, batch));
        if (pairs) {
            LB_TRY(energy(trainer, batch.rows, i));
        }
        if (lb_trainer_has_reconstruction(phase)) {
            LB_TRY(reconstruction(trainer, batch.rows, 1.0, i));
        }
    }
    return lb_trainer_read_weighted_means(trainer, phase, 0, batches.count,
                                          lb_phase_steps(&trainer->params, phase) - 1,
                                          (double)batches.last_rows / batches.rows, means);
}
