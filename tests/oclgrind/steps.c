/*
 * Runs steps of every kind of training, with a network and batch of a few numbers:
 *
 *     steps WIDTH PAIRS.safetensors
 *
 * The file holds user pairs of bytes.
 */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launches.h"
#include "run/training_data.h"
#include "trainer_support.h"

struct job {
    struct device_fixture *fixture;
    const char *width;
    const char *pairs;
};

static struct lb_train_params make_params(const char *dataset)
{
    struct lb_train_params params;
    lb_train_params_default(&params);
    snprintf(params.dataset, sizeof params.dataset, "%s", dataset);
    params.gemm = LB_GEMM_PANEL;
    params.epsilon = 0.5;
    params.c = 0.5;
    params.latent = 3;
    params.hidden_count = 2;
    params.hidden[0] = 5;
    params.hidden[1] = 9;
    params.pairs = 3;
    params.steps = 2;
    params.decoder_steps = 1;
    params.log_every = 2;
    params.skip_nonfinite = true;
    return params;
}

static void check_step(const struct job *job, struct lb_trainer *trainer, enum lb_phase phase,
                       int step)
{
    struct lb_means means;
    int skipped = -1;
    take_one_step(job->fixture, trainer, phase, step, &means);
    require_ok(job->fixture, lb_guard_read(&trainer->guard, &skipped));
    assert_true(isfinite(means.loss));
    assert_int_equal(skipped, 0);
}

/* One fused step if there are such kernels, one layer-wise step, and one step of the decoder; or
 * one step of both networks. */
static void train(const struct job *job, struct lb_train_params params)
{
    struct lb_training_data input = {0};
    require_ok(job->fixture, lb_training_data_open(&input, job->fixture->device, &params));
    require_ok(job->fixture, lb_training_data_resolve(&input, &params));
    struct lb_trainer *trainer = start_trainer(job->fixture, input.dataset, input.file, &params);
    if (params.mode == LB_TRAIN_SEPARATE) {
        check_step(job, trainer, LB_PHASE_ENCODER, 0);
        trainer->strategy = &lb_layerwise_step;
        check_step(job, trainer, LB_PHASE_ENCODER, 1);
    }
    const enum lb_phase last = params.mode == LB_TRAIN_SEPARATE ? LB_PHASE_DECODER : LB_PHASE_JOINT;
    trainer->position.phase = last;
    require_ok(job->fixture, lb_trainer_begin_phase(trainer));
    check_step(job, trainer, last, 0);
    lb_trainer_destroy(&trainer);
    lb_training_data_close(&input);
}

static void every_step(void **state)
{
    const struct job *job = *state;
    struct lb_train_params params = make_params("sphere");
    require_ok(job->fixture, launches_start(job->fixture->device, job->width));
    for (int i = LB_LINEAR; i <= LB_SIGMOID; i++) {
        params.activation = (enum lb_activation)i;
        train(job, params);
    }
    params = make_params("sphere");
    params.hidden_count = 0;
    params.latent = 17;
    params.pairs = 20; // two blocks, one of them partial
    params.samples = 12;
    params.epsilon = 3.0;
    params.optimizer = LB_ADAMW;
    train(job, params);
    params = make_params("sphere"); // layers of whole vectors
    params.hidden[0] = 32;
    params.hidden[1] = 16;
    params.latent = 16;
    params.pairs = 37;
    train(job, params);
    params = make_params("sphere");
    params.mode = LB_TRAIN_JOINT;
    train(job, params);
    params.microbatch = 2;
    train(job, params);
    params.mode = LB_TRAIN_PLAIN;
    train(job, params);
    params = make_params(job->pairs);
    params.output_activation = LB_SIGMOID;
    train(job, params);
    require_ok(job->fixture, launches_print(job->fixture->device));
}

int main(int argc, char **argv)
{
    void *fixture = NULL;
    if (argc != 3 || open_device_fixture(&fixture) != 0) {
        return EXIT_FAILURE;
    }
    struct job job = {.fixture = fixture, .width = argv[1], .pairs = argv[2]};
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(every_step, &job)};
    const int failures = cmocka_run_group_tests_name("steps", tests, NULL, NULL);
    close_device_fixture(&fixture);
    return failures;
}
