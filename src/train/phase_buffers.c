/* The buffers of a phase: activations, gradients and work space, which exist only while a phase
 * uses them. Parameters, moments and means of weights stay: every checkpoint has those of both
 * networks.
 */
#include <stdio.h>

#include "run/phase.h"
#include "train/part.h"
#include "train/share.h"
#include "train/trainer.h"

static struct lb_learner_use use_of(const struct lb_trainer *trainer, int rows, bool trains)
{
    return (struct lb_learner_use){rows, lb_microbatch_rows(&trainer->params, rows), trains};
}

struct lb_memory_plan lb_trainer_plan(const struct lb_trainer *trainer, enum lb_phase phase)
{
    const struct lb_train_params *params = &trainer->params;
    const int rows = lb_most_part_rows(trainer->ranks, params);
    const int decoded =
        phase == LB_PHASE_DECODER ? rows : lb_most_part_decoded(trainer->ranks, params);
    const bool pairs = lb_trainer_has_energy(trainer, phase);
    const int images = pairs ? lb_most_part_images(trainer->ranks, params) : decoded;
    struct lb_memory_plan plan = {
        .images = images,
        .image_size = trainer->data.dataset->image_size,
        .normalised = lb_trainer_normalises(trainer),
        .encoder = use_of(trainer, images, phase != LB_PHASE_DECODER),
    };
    if (trainer->data.file != NULL) {
        plan.transfer_bytes = lb_pair_file_transfer_bytes(trainer->data.file, rows);
    }
    if (lb_trainer_has_reconstruction(phase)) {
        plan.decoder = use_of(trainer, decoded, true);
    }
    return plan;
}

static enum lb_status drop(struct lb_trainer *trainer)
{
    if (!trainer->holds) {
        return LB_OK;
    }
    trainer->holds = false;
    LB_TRY(lb_loss_complete(&trainer->isometry.loss));
    LB_TRY(lb_device_finish(trainer->device)); // commands in the queue keep their buffers
    trainer->strategy->drop(trainer);
    lb_learner_drop_buffers(&trainer->encoder);
    lb_learner_drop_buffers(&trainer->decoder);
    lb_cross_drop_buffers(&trainer->cross);
    lb_gemm_drop_scratch(trainer->gemm);
    return LB_OK;
}

static enum lb_status create(struct lb_trainer *trainer, enum lb_phase phase)
{
    const struct lb_memory_plan plan = lb_trainer_plan(trainer, phase);
    trainer->holds = true;
    trainer->holder = phase;
    LB_TRY(lb_batch_source_hold_images(&trainer->batches, plan.images));
    LB_TRY(lb_learner_hold_buffers(&trainer->encoder, &plan.encoder));
    if (plan.decoder.rows > 0) {
        LB_TRY(lb_learner_hold_buffers(&trainer->decoder, &plan.decoder));
    }
    if (trainer->cross.loss.slots != NULL && lb_trainer_has_energy(trainer, phase)) {
        LB_TRY(lb_cross_hold_buffers(&trainer->cross));
    }
    return phase == LB_PHASE_ENCODER ? trainer->strategy->hold(trainer) : LB_OK;
}

static enum lb_status change(struct lb_trainer *trainer, enum lb_phase phase)
{
    LB_TRY(drop(trainer));
    const enum lb_status status = create(trainer, phase);
    if (status != LB_OK) {
        (void)drop(trainer); // the error is that of create()
    }
    return status;
}

enum lb_status lb_trainer_hold_phase(struct lb_trainer *trainer, enum lb_phase phase)
{
    return trainer->holds && trainer->holder == phase
               ? LB_OK
               : lb_ranks_agree(trainer->ranks, trainer->device->ctx, change(trainer, phase));
}

/* Drivers may allocate a buffer at its first use. */
static enum lb_status use_decoder_phase(struct lb_trainer *trainer)
{
    LB_TRY(change(trainer, LB_PHASE_DECODER));
    LB_TRY(lb_learner_touch_buffers(&trainer->encoder));
    LB_TRY(lb_learner_touch_buffers(&trainer->decoder));
    return lb_device_finish(trainer->device);
}

enum lb_status lb_trainer_try_decoder_phase(struct lb_trainer *trainer)
{
    struct lb_context *ctx = trainer->device->ctx;
    const enum lb_status status = use_decoder_phase(trainer);
    if (status == LB_ERR_MEMORY) {
        char reason[512];
        snprintf(reason, sizeof reason, "%s", lb_context_error(ctx));
        return lb_fail(ctx, LB_ERR_MEMORY,
                       "the decoder phase, tried before training starts: %s (lower --pairs or "
                       "--size, set --microbatch, or use another --device)",
                       reason);
    }
    LB_TRY(status);
    return drop(trainer);
}
