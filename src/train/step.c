/* One training step of each phase (see method.md). Steps are only enqueued; with several ranks, the
 * sums between them wait. */
#include "optim/schedule.h"
#include "run/phase.h"
#include "train/share.h"
#include "train/trainer.h"

static struct lb_matrix image_rows(const struct lb_trainer *trainer)
{
    return (struct lb_matrix){trainer->batches.images, 0, trainer->batches.dataset->image_size};
}

static struct lb_matrix latent_rows(const struct lb_trainer *trainer)
{
    return (struct lb_matrix){lb_learner_output(&trainer->encoder), 0,
                              (size_t)trainer->params.latent};
}

static enum lb_status encode(struct lb_trainer *trainer, int rows)
{
    return rows == 0 ? LB_OK : lb_learner_forward(&trainer->encoder, image_rows(trainer), rows);
}

/* E of the batch, and its gradient with respect to the latents. */
static enum lb_status energy(struct lb_trainer *trainer, const struct lb_batch_request *batch,
                             int slot)
{
    const struct lb_learner *encoder = &trainer->encoder;
    const bool chains = batch->strategy == LB_STRATEGY_CHAIN;
    return (chains ? lb_isometry_run_chains : lb_isometry_run)(
        &trainer->isometry, lb_learner_output(encoder), trainer->batches.pairs.distance,
        batch->rows, trainer->params.latent, lb_learner_output_gradient(encoder), slot);
}

/* The losses on the codes: energy and cross pairs. */
static enum lb_status step_energy(struct lb_trainer *trainer, enum lb_phase phase,
                                  const struct lb_batch_request *whole, int slot)
{
    const struct lb_batch_request batch = lb_trainer_own_part(trainer, whole).batch;
    LB_TRY(batch.rows > 0 ? energy(trainer, &batch, slot) : LB_OK);
    return lb_trainer_has_cross(trainer, phase, (int)whole->step)
               ? lb_trainer_cross_pairs(trainer, whole, slot)
               : LB_OK;
}

/* |I - psi(phi(I))|^2 per pixel of the first rows, and its gradient with respect to the output. */
static enum lb_status reconstruction(struct lb_trainer *trainer, int rows, int slot)
{
    struct lb_learner *decoder = &trainer->decoder;
    if (rows == 0) {
        return LB_OK;
    }
    LB_TRY(lb_learner_forward(decoder, latent_rows(trainer), rows));
    return lb_reconstruction_run(&trainer->reconstruction, lb_learner_output(decoder),
                                 trainer->batches.images,
                                 rows * (int)trainer->batches.dataset->image_size,
                                 lb_learner_output_gradient(decoder), slot);
}

static enum lb_status encoder_gradient(struct lb_trainer *trainer, int rows)
{
    struct lb_learner *encoder = &trainer->encoder;
    encoder->gradient = (struct lb_gradient){encoder->rule.adam.gradient, 1};
    return rows == 0 ? LB_OK
                     : lb_learner_backward(encoder, image_rows(trainer), rows,
                                           (struct lb_input_gradient){0});
}

static enum lb_status decoder_gradient(struct lb_trainer *trainer, int rows,
                                       struct lb_input_gradient latent_gradient)
{
    return rows == 0 ? LB_OK
                     : lb_learner_backward(&trainer->decoder, latent_rows(trainer), rows,
                                           latent_gradient);
}

/* ---- the encoder's step, layer by layer ------------------------------------------------------ */

static enum lb_status accept_any(struct lb_trainer *trainer, bool *taken)
{
    (void)trainer;
    *taken = true;
    return LB_OK;
}

static enum lb_status run_layerwise(struct lb_trainer *trainer,
                                    const struct lb_batch_request *whole, int slot)
{
    const struct lb_batch_request batch = lb_trainer_own_part(trainer, whole).batch;
    const int images = lb_batch_pair_images(&batch);
    LB_TRY(encode(trainer, images));
    LB_TRY(step_energy(trainer, LB_PHASE_ENCODER, whole, slot));
    return encoder_gradient(trainer, images);
}

static enum lb_status hold_nothing(struct lb_trainer *trainer)
{
    (void)trainer;
    return LB_OK;
}

static void drop_nothing(struct lb_trainer *trainer)
{
    (void)trainer;
}

const struct lb_step_strategy lb_layerwise_step = {accept_any, hold_nothing, drop_nothing,
                                                   run_layerwise};

/* ---- the steps of the phases ----------------------------------------------------------------- */

static enum lb_status decoder_step(struct lb_trainer *trainer, const struct lb_batch_request *whole,
                                   int step, int slot)
{
    const int rows = lb_trainer_own_part(trainer, whole).decoded;
    LB_TRY(encode(trainer, rows));
    LB_TRY(lb_trainer_add_noise(trainer, whole, step));
    LB_TRY(reconstruction(trainer, rows, slot));
    return decoder_gradient(trainer, rows, (struct lb_input_gradient){0});
}

/* Trains both networks on E + weight * reconstruction (--joint), or on the reconstruction alone
 * (--plain). Decodes one image per pair, its x; with chains all first points, then second points
 * until there is one per pair. */
static enum lb_status joint_step(struct lb_trainer *trainer, const struct lb_batch_request *whole,
                                 int step, int slot)
{
    const bool has_energy = lb_trainer_has_energy(trainer, LB_PHASE_JOINT);
    const struct lb_trainer_part part = lb_trainer_own_part(trainer, whole);
    const int rows = part.decoded;
    const int images = has_energy ? lb_batch_pair_images(&part.batch) : rows;
    const struct lb_input_gradient into_encoder = {lb_learner_output_gradient(&trainer->encoder),
                                                   has_energy};
    trainer->reconstruction.gradient_scale = lb_trainer_decoded_scale(trainer, whole);
    LB_TRY(encode(trainer, images));
    if (has_energy) {
        LB_TRY(step_energy(trainer, LB_PHASE_JOINT, whole, slot));
    }
    LB_TRY(lb_trainer_add_noise(trainer, whole, step));
    LB_TRY(reconstruction(trainer, rows, slot));
    LB_TRY(decoder_gradient(trainer, rows, into_encoder));
    return encoder_gradient(trainer, images);
}

static enum lb_status apply_gradient(struct lb_trainer *trainer, struct lb_learner *learner,
                                     int step)
{
    const struct lb_train_params *params = &trainer->params;
    const double factor = lb_trainer_rate(trainer, step);
    const struct lb_update update = {
        .step = step,
        .lr = lb_trainer_lr(trainer, step),
        .muon_lr = factor * params->muon_lr,
        .gradient = learner->gradient,
        .averaged = lb_schedule_averages(params->average, step,
                                         lb_phase_steps(params, trainer->position.phase)),
        .part = learner->shares ? &learner->part : NULL,
        .skip = params->skip_nonfinite ? trainer->guard.flags : NULL,
    };
    return lb_update_rule_step(&learner->rule, learner->network->parameters, &update);
}

/* Networks that a phase trains, the decoder first; either may be NULL. */
struct learners {
    struct lb_learner *of[2];
};

static struct learners learners_of(struct lb_trainer *trainer, enum lb_phase phase)
{
    return (struct learners){{
        phase != LB_PHASE_ENCODER ? &trainer->decoder : NULL,
        phase != LB_PHASE_DECODER ? &trainer->encoder : NULL,
    }};
}

/* Updates the networks of the phase. With skip_nonfinite, a step with a non-finite number is
 * skipped in all of them. */
static enum lb_status update(struct lb_trainer *trainer, enum lb_phase phase, int step, int slot)
{
    const struct lb_loss *losses[LB_TRAINER_LOSSES];
    const int n = lb_trainer_losses(trainer, phase, step, losses);
    const struct learners learners = learners_of(trainer, phase);
    const bool guarded = trainer->params.skip_nonfinite;
    if (guarded) {
        LB_TRY(lb_guard_losses(&trainer->guard, losses, n, slot));
    }
    for (size_t i = 0; i < LB_COUNT(learners.of) && guarded; i++) {
        if (learners.of[i] != NULL) {
            const struct lb_gradient *gradient = &learners.of[i]->gradient;
            LB_TRY(lb_guard_gradient(&trainer->guard, gradient->mem,
                                     (size_t)gradient->parts * learners.of[i]->rule.adam.count));
        }
    }
    for (size_t i = 0; i < LB_COUNT(learners.of); i++) {
        if (learners.of[i] != NULL) {
            LB_TRY(apply_gradient(trainer, learners.of[i], step));
            LB_TRY(lb_trainer_share_update(trainer, learners.of[i]));
        }
    }
    return guarded ? lb_guard_count(&trainer->guard) : LB_OK;
}

enum lb_status lb_trainer_finish_phase(struct lb_trainer *trainer, enum lb_phase phase)
{
    const struct learners learners = learners_of(trainer, phase);
    for (size_t i = 0; i < LB_COUNT(learners.of); i++) {
        if (learners.of[i] != NULL) {
            LB_TRY(
                lb_update_rule_finish(&learners.of[i]->rule, learners.of[i]->network->parameters));
        }
    }
    return LB_OK;
}

static enum lb_status fill_batch(struct lb_trainer *trainer, const struct lb_batch_request *whole,
                                 bool pairs)
{
    const struct lb_batch_request batch = lb_trainer_own_part(trainer, whole).batch;
    return batch.rows == 0 ? LB_OK
           : pairs         ? lb_batch_source_pairs(&trainer->batches, &batch)
                           : lb_batch_source_images(&trainer->batches, &batch);
}

enum lb_status lb_trainer_enqueue_step(struct lb_trainer *trainer, enum lb_phase phase, int step)
{
    const int slot = step % trainer->params.log_every;
    const bool pairs = phase != LB_PHASE_DECODER;
    const bool images_only = phase == LB_PHASE_JOINT && !lb_trainer_has_energy(trainer, phase);
    const struct lb_batch_request batch = lb_training_batch(&trainer->batches, pairs, step);
    const struct learners learners = learners_of(trainer, phase);
    LB_TRY(fill_batch(trainer, &batch, pairs && !images_only));
    switch (phase) {
    case LB_PHASE_ENCODER:
        LB_TRY(trainer->strategy->run(trainer, &batch, slot));
        break;
    case LB_PHASE_DECODER:
        LB_TRY(decoder_step(trainer, &batch, step, slot));
        break;
    case LB_PHASE_JOINT:
        LB_TRY(joint_step(trainer, &batch, step, slot));
        break;
    case LB_PHASE_PROJECTION: // no trainer has this phase
        break;
    }
    LB_TRY(lb_trainer_sum_step(trainer, phase, &batch, learners.of, LB_COUNT(learners.of), slot));
    return update(trainer, phase, step, slot);
}

/* ---- means ----------------------------------------------------------------------------------- */

/* `evaluated`: over batches of an evaluation, instead of steps that the average starts from. */
static enum lb_status mean(struct lb_trainer *trainer, struct lb_loss_average average,
                           bool evaluated, struct lb_means *means)
{
    const enum lb_phase phase = trainer->position.phase;
    const struct lb_loss *losses[LB_TRAINER_LOSSES];
    struct lb_not_finite bad;
    average.losses = losses;
    average.count = lb_trainer_losses(trainer, phase, average.step, losses);
    LB_TRY(lb_loss_mean(&average, means, &bad));
    if (bad.batch >= 0 && evaluated) {
        return lb_fail(trainer->device->ctx, LB_ERR_NUMERIC,
                       "%s: evaluation after step %d: %s is %g (use a smaller --lr, or --c above "
                       "0)",
                       lb_phase_name(phase), trainer->position.step, bad.term, (double)bad.value);
    }
    if (bad.batch >= 0) {
        return lb_fail(trainer->device->ctx, LB_ERR_NUMERIC,
                       "%s: step %d: %s is %g (use a smaller --lr, --c above 0, or "
                       "--skip-nonfinite if it is a single step)",
                       lb_phase_name(phase), average.step + bad.batch + 1, bad.term,
                       (double)bad.value);
    }
    return LB_OK;
}

enum lb_status lb_trainer_means(struct lb_trainer *trainer, struct lb_means *means)
{
    const int interval = trainer->params.log_every;
    const int done = trainer->position.step;
    if (done == 0) {
        return lb_fail(trainer->device->ctx, LB_ERR_ARGUMENT,
                       "trainer: no means before a phase's first step (take a step)");
    }
    const int first = (done - 1) / interval * interval;
    const struct lb_loss_average average = {
        .n = done - first,
        .step = first,
        .last_weight = 1.0,
        .skip = trainer->params.skip_nonfinite,
    };
    return mean(trainer, average, false, means);
}

enum lb_status lb_trainer_evaluate(struct lb_trainer *trainer, struct lb_means *means)
{
    struct lb_batch_source *source = &trainer->batches;
    const enum lb_phase phase = trainer->position.phase;
    const bool pairs = lb_trainer_has_energy(trainer, phase);
    const struct lb_evaluation_batches batches = lb_plan_evaluation(source, pairs);
    const int first_slot = trainer->params.log_every;
    const struct lb_loss_average average = {
        .first = first_slot,
        .n = batches.count,
        .step = lb_phase_steps(&trainer->params, phase),
        .last_weight = (double)batches.last_rows / batches.rows,
    };
    LB_TRY(lb_trainer_begin_phase(trainer));
    for (int i = 0; i < batches.count; i++) {
        const struct lb_batch_request batch = lb_evaluation_batch(source, &batches, pairs, i);
        const struct lb_batch_request own = lb_trainer_own_part(trainer, &batch).batch;
        LB_TRY(fill_batch(trainer, &batch, pairs));
        LB_TRY(encode(trainer, pairs ? lb_batch_pair_images(&own) : own.rows));
        if (pairs && own.rows > 0) {
            LB_TRY(energy(trainer, &own, first_slot + i));
        }
        if (lb_trainer_has_reconstruction(phase)) {
            LB_TRY(reconstruction(trainer, own.rows, first_slot + i));
        }
    }
    LB_TRY(lb_trainer_sum_evaluation(trainer, phase, &batches, pairs, first_slot));
    LB_TRY(mean(trainer, average, true, means));
    return lb_trainer_check(trainer);
}
