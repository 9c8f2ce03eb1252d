/* Batches that pass through a network in parts: outputs and gradients against plain C in double;
 * steps of all phases against those of undivided batches. */
#include "conv_support.h"
#include "trainer_support.h"

#include <stdlib.h>
#include <string.h>

#include "train/learner.h"

enum { ROWS = 23 };

static void check_floats_equal(const float *got, const float *want, size_t n)
{
    assert_memory_equal(got, want, n * sizeof *got);
}

/* The passes of a learner that processes `part` rows at a time, for the subject's problem. */
static void check_learner(const struct conv_subject *s, struct lb_gemm *gemm, int part,
                          const struct conv_problem *problem, const struct conv_passes *want)
{
    const struct device_fixture *fixture = s->fixture;
    const struct lb_matrix input = {s->input, 0, (size_t)lb_network_inputs(s->network)};
    const size_t block = s->network->layers.block_size;
    struct lb_train_params params;
    struct lb_learner learner = {0};
    char what[64];
    snprintf(what, sizeof what, "%d rows, %d at a time", ROWS, part);
    lb_train_params_default(&params);
    require_ok(fixture, lb_learner_create(&learner, gemm, fixture->device, NULL, &params,
                                          &s->network->layers));
    const struct lb_learner_use use = {ROWS, part < ROWS ? part : ROWS, true};
    require_ok(fixture, lb_learner_hold_buffers(&learner, &use));
    assert_int_equal(learner.whole.rows, part < ROWS ? ROWS : 0);
    conv_write(s, learner.network->parameters, problem->block, block);
    double *sum = allocate(s->inputs, sizeof *sum);
    for (int pass = 0; pass < 2; pass++) {
        conv_run(s, problem->cotangent, false); // by the undivided network
        float *whole = download(fixture, lb_activations_output(s->activations), s->outputs);
        require_ok(fixture, lb_learner_forward(&learner, input, ROWS));
        float *output = download(fixture, lb_learner_output(&learner), s->outputs);
        check_floats_equal(output, whole, s->outputs);
        conv_write(s, lb_learner_output_gradient(&learner), problem->cotangent, s->outputs);
        if (pass == 1) {
            conv_write(s, s->input_gradient, want->input_gradient, s->inputs);
        }
        require_ok(fixture,
                   lb_learner_backward(&learner, input, ROWS,
                                       (struct lb_input_gradient){s->input_gradient, pass == 1}));
        float *gradient = download(fixture, learner.gradient.mem, block);
        float *input_gradient = download(fixture, s->input_gradient, s->inputs);
        for (size_t i = 0; i < s->inputs; i++) {
            sum[i] += want->input_gradient[i];
        }
        conv_check_parameters(what, &s->network->layers, gradient, want->gradient, 1e-5);
        check_floats(what, input_gradient, sum, s->inputs, 1e-5);
        free(whole);
        free(output);
        free(gradient);
        free(input_gradient);
    }
    free(sum);
    lb_learner_destroy(&learner);
}

static void parts_give_the_passes_of_the_batch(void **state)
{
    static const struct conv_text texts[] = {
        {{8, 6, 2}, "pool,conv6,conv4s2,10"},
        {{1, 1, 5}, "17,9,3"},
        {{1, 1, 4}, "dense2x3x5,up,deconv3"},
    };
    static const int parts[] = {1, 5, 8, 22, ROWS, 40};
    const struct device_fixture *fixture = *state;
    struct lb_gemm *gemm = NULL;
    require_ok(fixture, lb_gemm_create(&gemm, fixture->device, LB_GEMM_PANEL));
    for (size_t i = 0; i < LB_COUNT(texts); i++) {
        const struct lb_layer_list layers = conv_text_parse(&texts[i], LB_SILU);
        struct conv_subject s = conv_subject_make(fixture, gemm, &layers, ROWS, 0);
        struct conv_problem problem = conv_problem_make(&s);
        struct conv_passes want =
            conv_reference(&layers, problem.block, NULL, problem.input, problem.cotangent, ROWS);
        for (size_t k = 0; k < LB_COUNT(parts); k++) {
            check_learner(&s, gemm, parts[k], &problem, &want);
        }
        conv_passes_free(&want);
        conv_problem_free(&problem);
        conv_subject_free(&s);
    }
    lb_gemm_destroy(&gemm);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void copy_parameters(const struct device_fixture *fixture, struct lb_network *from,
                            struct lb_network *to)
{
    float *block = allocate(lb_network_parameter_count(from), sizeof *block);
    require_ok(fixture, lb_network_get_parameters(from, block));
    require_ok(fixture, lb_network_set_parameters(to, block));
    free(block);
}

static void check_gradient(const struct device_fixture *fixture, const char *what,
                           const struct lb_learner *whole, const struct lb_learner *divided)
{
    const size_t n = whole->network->layers.block_size;
    float *one = download(fixture, whole->gradient.mem, n);
    float *other = download(fixture, divided->gradient.mem, n);
    double *want = allocate(n, sizeof *want);
    for (size_t i = 0; i < n; i++) {
        want[i] = (double)one[i];
    }
    check_floats(what, other, want, n, 1e-5);
    free(one);
    free(other);
    free(want);
}

struct step_case {
    const char *name;
    enum lb_train_mode mode;
    enum lb_strategy strategy;
    enum lb_phase phase;
    double cross_weight;
};

static void check_division(const struct step_case *c, const struct lb_trainer *whole,
                           const struct lb_trainer *divided)
{
    const bool pairs = c->phase == LB_PHASE_ENCODER || c->mode == LB_TRAIN_JOINT;
    assert_int_equal(whole->encoder.whole.rows, 0);
    assert_int_equal(whole->decoder.whole.rows, 0);
    assert_true(pairs ? divided->encoder.whole.rows > 150 : divided->encoder.whole.rows == 64);
    assert_int_equal(divided->decoder.whole.rows, c->phase != LB_PHASE_ENCODER ? 64 : 0);
}

/* The losses of a step use the same codes bit by bit; gradients differ by rounding. */
static void check_step(const struct device_fixture *fixture, struct lb_dataset *dataset,
                       const struct step_case *c)
{
    struct lb_train_params params;
    struct lb_means means[2];
    make_small_params(&params);
    params.mode = c->mode;
    params.strategy = c->strategy;
    params.cross_weight = c->cross_weight;
    params.lr = 1e-30; // too small to change anything
    params.decoder_lr = 1e-30;
    params.code_noise = 0.01;
    struct lb_trainer *whole = start_trainer(fixture, dataset, NULL, &params);
    params.microbatch = 50; // divides neither 64 pairs nor 3 * 64 or 5 * 38 images
    struct lb_trainer *divided = start_trainer(fixture, dataset, NULL, &params);
    struct lb_trainer *trainers[] = {whole, divided};
    assert_ptr_equal(divided->strategy, &lb_layerwise_step);
    whole->strategy = &lb_layerwise_step;
    for (int i = 0; i < 2; i++) {
        trainers[i]->position.phase = c->phase;
        require_ok(fixture, lb_trainer_begin_phase(trainers[i]));
    }
    check_division(c, whole, divided);
    if (c->phase != LB_PHASE_ENCODER) { // fitted to 64 and to 50 images
        copy_parameters(fixture, whole->decoder.network, divided->decoder.network);
    }
    for (int i = 0; i < 2; i++) {
        take_one_step(fixture, trainers[i], c->phase, 1, &means[i]);
    }
    assert_true(means[0].loss > 0.0);
    assert_true(means[0].loss == means[1].loss);
    if (c->phase != LB_PHASE_DECODER) {
        check_gradient(fixture, c->name, &whole->encoder, &divided->encoder);
    }
    if (c->phase != LB_PHASE_ENCODER) {
        check_gradient(fixture, c->name, &whole->decoder, &divided->decoder);
    }
    lb_trainer_destroy(&whole);
    lb_trainer_destroy(&divided);
}

static void steps_have_the_losses_of_the_batch(void **state)
{
    static const struct step_case cases[] = {
        {"encoder", LB_TRAIN_SEPARATE, LB_STRATEGY_BALL, LB_PHASE_ENCODER, 0.0},
        {"cross pairs", LB_TRAIN_SEPARATE, LB_STRATEGY_CHAIN, LB_PHASE_ENCODER, 0.5},
        {"decoder", LB_TRAIN_SEPARATE, LB_STRATEGY_BALL, LB_PHASE_DECODER, 0.0},
        {"joint", LB_TRAIN_JOINT, LB_STRATEGY_BALL, LB_PHASE_JOINT, 0.5},
        {"plain", LB_TRAIN_PLAIN, LB_STRATEGY_BALL, LB_PHASE_JOINT, 0.0},
    };
    const struct device_fixture *fixture = *state;
    const struct lb_dataset_params sphere = {.name = "sphere"};
    struct lb_dataset *dataset = NULL;
    require_ok(fixture, lb_dataset_open(&dataset, fixture->device, &sphere));
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        check_step(fixture, dataset, &cases[i]);
    }
    lb_dataset_close(&dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_give_the_passes_of_the_batch),
        cmocka_unit_test(steps_have_the_losses_of_the_batch),
    };
    return cmocka_run_group_tests(tests, open_device_fixture, close_device_fixture);
}
