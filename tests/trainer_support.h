/* Trainers whose single steps are looked at. */
#ifndef LB_TESTS_TRAINER_SUPPORT_H
#define LB_TESTS_TRAINER_SUPPORT_H

#include "support.h"

#include <stdio.h>
#include <string.h>

#include "train/trainer.h"

/* A small training run on the sphere. No step number divides another, so stops fall inside logging
 * intervals. */
static inline void make_small_params(struct lb_train_params *params)
{
    lb_train_params_default(params);
    snprintf(params->dataset, sizeof params->dataset, "sphere");
    memset(params->hidden, 0, sizeof params->hidden);
    params->hidden[0] = 7;
    params->hidden[1] = 5;
    params->hidden_count = 2;
    params->latent = 3;
    params->lambda = 0.1;
    params->pairs = 64;
    params->steps = 7;
    params->decoder_steps = 5;
    params->log_every = 3;
    params->gemm = LB_GEMM_PANEL;
    params->seed = 3;
}

/* A trainer whose networks have their first weights; runs no self-test. */
static inline struct lb_trainer *start_trainer(const struct device_fixture *fixture,
                                               struct lb_dataset *dataset,
                                               struct lb_pair_file *file,
                                               const struct lb_train_params *params)
{
    const struct lb_training_data data = {dataset, file};
    struct lb_trainer *trainer = NULL;
    require_ok(fixture, lb_trainer_assemble(&trainer, fixture->device, NULL, &data, params, NULL));
    require_ok(fixture, lb_trainer_start(trainer));
    return trainer;
}

/* Makes one step of a phase, independent of earlier steps, and reads only its means. */
static inline void take_one_step(const struct device_fixture *fixture, struct lb_trainer *trainer,
                                 enum lb_phase phase, int step, struct lb_means *means)
{
    const struct lb_loss *losses[LB_TRAINER_LOSSES];
    const struct lb_loss_average one = {
        .losses = losses,
        .count = lb_trainer_losses(trainer, phase, step, losses),
        .first = step % trainer->params.log_every,
        .n = 1,
        .step = step,
        .last_weight = 1.0,
    };
    struct lb_not_finite bad;
    trainer->position.phase = phase;
    require_ok(fixture, lb_trainer_hold_phase(trainer, phase));
    require_ok(fixture, lb_trainer_enqueue_step(trainer, phase, step));
    require_ok(fixture, lb_loss_mean(&one, means, &bad));
    assert_true(bad.batch < 0);
}

/* (parameter_count), which the caller frees: the sum of the gradient parts of the last step. */
static inline float *encoder_gradient(const struct device_fixture *fixture,
                                      const struct lb_trainer *trainer)
{
    const size_t n = trainer->encoder.network->layers.block_size;
    const size_t count = (size_t)trainer->encoder.gradient.parts * n;
    float *parts = download(fixture, trainer->encoder.gradient.mem, count);
    for (size_t i = n; i < count; i++) {
        parts[i % n] += parts[i];
    }
    return parts;
}

#endif
