/* Encoder step of small networks: forward pass, loss and backward pass in one kernel. */
#include "train/part.h"
#include "train/share.h"
#include "train/trainer.h"
#include "train/training_self_test.h"

/* The kernel supports only the isometry loss of pairs; any other loss would be ignored and show as
 * 0. */
static bool is_isometry_alone(const struct lb_trainer *trainer)
{
    const struct lb_loss *losses[LB_TRAINER_LOSSES];
    const int n = lb_trainer_losses(trainer, LB_PHASE_ENCODER, 0, losses);
    return n == 1 && losses[0] == &trainer->isometry.loss &&
           trainer->params.strategy == LB_STRATEGY_BALL;
}

static enum lb_status accept(struct lb_trainer *trainer, bool *taken)
{
    const struct lb_network *network = trainer->encoder.network;
    const struct lb_learner_use use = lb_trainer_plan(trainer, LB_PHASE_ENCODER).encoder;
    *taken = is_isometry_alone(trainer) && use.part == use.rows &&
             lb_fused_pays(trainer->device, &network->layers, lb_gemm_get_kind(trainer->gemm));
    if (*taken) {
        LB_TRY(
            lb_self_test_small(trainer->device, trainer->tests, trainer->params.activation, taken));
    }
    if (!*taken) {
        return LB_OK;
    }
    struct lb_memory_needs *needs = &trainer->needs[LB_PHASE_ENCODER];
    needs->activations +=
        lb_fused_bytes(network, lb_most_part_rows(trainer->ranks, &trainer->params));
    return lb_memory_check(trainer->device, &trainer->params, LB_PHASE_ENCODER, needs);
}

static enum lb_status hold(struct lb_trainer *trainer)
{
    return lb_fused_create(&trainer->fused, trainer->encoder.network, &trainer->isometry,
                           lb_most_part_rows(trainer->ranks, &trainer->params));
}

static void drop(struct lb_trainer *trainer)
{
    trainer->isometry.loss.complete = NULL;
    lb_fused_destroy(&trainer->fused);
}

static enum lb_status run(struct lb_trainer *trainer, const struct lb_batch_request *whole,
                          int slot)
{
    const struct lb_batch_request batch = lb_trainer_own_part(trainer, whole).batch;
    struct lb_learner *encoder = &trainer->encoder;
    struct lb_batch_source *batches = &trainer->batches;
    const struct lb_matrix images = {batches->images, 0, batches->dataset->image_size};
    struct lb_matrix seen;
    if (batch.rows == 0) {
        return LB_OK;
    }
    LB_TRY(lb_network_normalise(encoder->network, encoder->activations, images,
                                lb_batch_pair_images(&batch), &seen));
    LB_TRY(lb_fused_run(&trainer->fused, seen.mem, batches->pairs.distance, slot));
    encoder->gradient = lb_fused_gradient(&trainer->fused);
    return LB_OK;
}

const struct lb_step_strategy lb_fused_step = {accept, hold, drop, run};
