/* The public trainer: the same numbers as a run in a folder, whatever is queried in between. */
#include "trainer_support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lowbend/lowbend.h>

#include "base/text.h"

enum { STEPS = 7, DECODER_STEPS = 5 }; // of make_small_params()

static void make_params(struct lb_train_params *params, enum lb_train_mode mode)
{
    make_small_params(params);
    params->mode = mode;
}

static struct lb_trainer *create(const struct device_fixture *fixture, enum lb_train_mode mode)
{
    struct lb_train_params params;
    struct lb_trainer *trainer = NULL;
    make_params(&params, mode);
    require_ok(fixture, lb_trainer_create(&trainer, fixture->device, &params));
    return trainer;
}

/* ---- comparison with lb_train() -------------------------------------------------------------- */

/* The reports of a run, line by line. */
struct lines {
    struct lb_means means[16];
    int count;
};

static bool keep_line(void *user, const struct lb_progress *progress)
{
    struct lines *lines = user;
    assert_true(lines->count < 16);
    lines->means[lines->count++] = progress->means;
    return true;
}

static void check_means(int line, const struct lb_means *got, const struct lb_means *want)
{
    check_near("loss", (size_t)line, got->loss, want->loss, 0.0);
    for (int i = 0; i < lb_loss_term_count(); i++) {
        assert_int_equal(isnan(got->term[i]), isnan(want->term[i]));
        if (!isnan(want->term[i])) {
            check_near(lb_loss_term_name(i), (size_t)line, got->term[i], want->term[i], 0.0);
        }
    }
}

static void check_network(const struct device_fixture *fixture, struct lb_network *network,
                          const char *folder, const char *name)
{
    char *path = lb_path_join(folder, name);
    struct lb_network *saved = NULL;
    require_ok(fixture, lb_network_load(&saved, fixture->device, LB_GEMM_PANEL, path));
    const size_t n = lb_network_parameter_count(network);
    float *got = allocate(n, sizeof *got);
    float *want = allocate(n, sizeof *want);
    assert_int_equal(lb_network_parameter_count(saved), n);
    require_ok(fixture, lb_network_get_parameters(network, got));
    require_ok(fixture, lb_network_get_parameters(saved, want));
    assert_memory_equal(got, want, n * sizeof *got);
    free(got);
    free(want);
    free(path);
    lb_network_destroy(&saved);
}

/* Any number of steps at a time, with evaluations and saved codes in between, gives the same
   numbers. */
static void trains_as_a_run_does(void **state)
{
    const struct device_fixture *fixture = *state;
    const enum lb_train_mode modes[] = {LB_TRAIN_SEPARATE, LB_TRAIN_JOINT, LB_TRAIN_PLAIN};
    for (size_t m = 0; m < LB_COUNT(modes); m++) {
        struct lb_train_params params;
        struct lines run = {.count = 0};
        const struct lb_train_control control = {.progress = keep_line, .user = &run};
        char *folder = make_folder();
        make_params(&params, modes[m]);
        require_ok(fixture, lb_train(fixture->device, &params, folder, &control));

        struct lb_trainer *trainer = create(fixture, modes[m]);
        struct lb_trainer_state now;
        struct lb_means means;
        const float point[2][3] = {{1.0f, 0.0f, 0.0f}, {0.0f, 0.0f, 1.0f}};
        float codes[2][3];
        int line = 0;
        require_ok(fixture, lb_trainer_get_state(trainer, &now));
        assert_int_equal(now.step, 0);
        while (!now.finished) {
            const int left = now.steps - now.step;
            require_ok(fixture, lb_trainer_step(trainer, left >= 3 ? 2 : 1));
            require_ok(fixture, lb_trainer_evaluate(trainer, &means));
            require_ok(fixture,
                       lb_network_apply(lb_trainer_encoder(trainer), point[0], 2, codes[0]));
            if (left >= 3) {
                require_ok(fixture, lb_trainer_step(trainer, 1));
            }
            require_ok(fixture, lb_trainer_get_state(trainer, &now));
            if (now.step % 3 == 0 || now.step == now.steps) {
                require_ok(fixture, lb_trainer_means(trainer, &means));
                check_means(line, &means, &run.means[line]);
                line++;
            }
            if (now.step == now.steps) {
                require_ok(fixture, lb_trainer_evaluate(trainer, &means));
                check_means(line, &means, &run.means[line]);
                check_near("standard error", (size_t)line, means.stderr_loss,
                           run.means[line].stderr_loss, 0.0);
                line++;
                require_ok(fixture, lb_trainer_next_phase(trainer));
                require_ok(fixture, lb_trainer_get_state(trainer, &now));
            }
        }
        assert_int_equal(line, run.count);
        check_network(fixture, lb_trainer_encoder(trainer), folder, "encoder.safetensors");
        check_network(fixture, lb_trainer_decoder(trainer), folder, "decoder.safetensors");
        lb_trainer_destroy(&trainer);
        remove_folder(folder);
    }
}

/* ---- ends of phases and errors --------------------------------------------------------------- */

static void steps_end_with_the_phase(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_trainer *trainer = create(fixture, LB_TRAIN_SEPARATE);
    struct lb_trainer_state now;
    struct lb_means means;
    require_error(fixture, lb_trainer_means(trainer, &means), LB_ERR_ARGUMENT, "first step");
    require_ok(fixture, lb_trainer_step(trainer, 1000));
    require_ok(fixture, lb_trainer_get_state(trainer, &now));
    assert_int_equal(now.phase, LB_PHASE_ENCODER);
    assert_int_equal(now.step, STEPS);
    require_ok(fixture, lb_trainer_next_phase(trainer));
    require_ok(fixture, lb_trainer_step(trainer, 1));
    require_ok(fixture, lb_trainer_get_state(trainer, &now));
    assert_int_equal(now.phase, LB_PHASE_DECODER);
    assert_int_equal(now.step, 1);
    assert_int_equal(now.steps, DECODER_STEPS);
    require_ok(fixture, lb_trainer_next_phase(trainer)); // although steps remain
    require_ok(fixture, lb_trainer_step(trainer, 5));
    require_ok(fixture, lb_trainer_next_phase(trainer));
    require_ok(fixture, lb_trainer_get_state(trainer, &now));
    assert_true(now.finished);
    assert_int_equal(now.step, 1);
    lb_trainer_destroy(&trainer);
    lb_trainer_destroy(&trainer);
    lb_trainer_destroy(NULL);
}

static void parameters_can_be_replaced(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_trainer *trainer = create(fixture, LB_TRAIN_SEPARATE);
    struct lb_network *encoder = lb_trainer_encoder(trainer);
    struct lb_network *decoder = lb_trainer_decoder(trainer);
    const size_t n = lb_network_parameter_count(encoder);
    const size_t m = lb_network_parameter_count(decoder);
    float *values = allocate(n > m ? n : m, sizeof *values);
    float *got = allocate(n > m ? n : m, sizeof *got);
    assert_int_equal(n, (3 + 1) * 7 + (7 + 1) * 5 + (5 + 1) * 3);
    /* Makes the code depend only on the last bias. */
    values[n - 3] = 1.0f;
    values[n - 2] = 2.0f;
    values[n - 1] = 3.0f;
    require_ok(fixture, lb_network_set_parameters(encoder, values));
    require_ok(fixture, lb_network_get_parameters(encoder, got));
    assert_memory_equal(got, values, n * sizeof *got);
    const float point[3] = {0.0f, 1.0f, 0.0f};
    float code[3];
    require_ok(fixture, lb_network_apply(encoder, point, 1, code));
    for (size_t k = 0; k < 3; k++) {
        check_near("code", k, (double)code[k], 1.0 + (double)k, 0.0);
    }
    values[3] = NAN;
    require_error(fixture, lb_network_set_parameters(encoder, values), LB_ERR_NUMERIC,
                  "parameter 3");
    require_ok(fixture, lb_network_get_parameters(encoder, got));
    check_near("kept", 3, (double)got[3], 0.0, 0.0);

    /* A decoder whose weights were set keeps them when its phase begins. */
    for (size_t i = 0; i < m; i++) {
        values[i] = draw(7, i);
    }
    require_ok(fixture, lb_network_set_parameters(decoder, values));
    require_ok(fixture, lb_trainer_next_phase(trainer));
    require_ok(fixture, lb_network_get_parameters(decoder, got));
    assert_memory_equal(got, values, m * sizeof *got);
    lb_trainer_destroy(&trainer);
    free(values);
    free(got);
}

/* During training the network has the weights of the last step; at the end it has the mean over the
   last steps. */
static void networks_become_their_mean(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    struct lb_trainer *trainer = NULL;
    make_params(&params, LB_TRAIN_SEPARATE);
    params.optimizer = LB_MUON;
    params.average = 3.0 / STEPS;
    require_ok(fixture, lb_trainer_create(&trainer, fixture->device, &params));
    struct lb_network *encoder = lb_trainer_encoder(trainer);
    const size_t n = lb_network_parameter_count(encoder);
    double *mean = allocate(n, sizeof *mean);
    float *now = allocate(n, sizeof *now);
    float *last = allocate(n, sizeof *last);
    params.average = 0.0; // a twin that keeps its last weights
    struct lb_trainer *twin = NULL;
    require_ok(fixture, lb_trainer_create(&twin, fixture->device, &params));
    for (int step = 1; step <= STEPS; step++) {
        require_ok(fixture, lb_trainer_step(trainer, 1));
        require_ok(fixture, lb_trainer_step(twin, 1));
        require_ok(fixture, lb_network_get_parameters(encoder, now));
        require_ok(fixture, lb_network_get_parameters(lb_trainer_encoder(twin), last));
        for (size_t i = 0; i < n && step > STEPS - 3; i++) {
            mean[i] += (double)last[i] / 3.0;
        }
        assert_int_equal(memcmp(now, last, n * sizeof *now) == 0, step < STEPS);
    }
    for (size_t i = 0; i < n; i++) {
        check_near("weight", i, (double)now[i], mean[i], 4.0 * UNIT * (1.0 + fabs(mean[i])));
    }
    free(mean);
    free(now);
    free(last);
    lb_trainer_destroy(&twin);
    lb_trainer_destroy(&trainer);
}

static void settings_are_checked_and_filled_in(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    struct lb_trainer *trainer = NULL;
    make_params(&params, LB_TRAIN_SEPARATE);
    params.epsilon = 4.0; // beyond the injectivity radius
    require_error(fixture, lb_trainer_create(&trainer, fixture->device, &params), LB_ERR_ARGUMENT,
                  "injectivity");
    assert_null(trainer);
    params.epsilon = 0.5;
    snprintf(params.dataset, sizeof params.dataset, "sundial");
    snprintf(params.encoder_layers, sizeof params.encoder_layers, "3,dense64x64x90,conv3,pool");
    snprintf(params.decoder_layers, sizeof params.decoder_layers, "3");
    params.pairs = 2000;
    require_error(fixture, lb_trainer_create(&trainer, fixture->device, &params), LB_ERR_ARGUMENT,
                  "--pairs 2000: layer 2, with 368640 numbers per image");
    assert_null(trainer);
    make_params(&params, LB_TRAIN_SEPARATE);
    params.epsilon = 0.5;
    params.decoder_steps = 0;
    require_ok(fixture, lb_trainer_create(&trainer, fixture->device, &params));
    assert_null(lb_trainer_decoder(trainer));
    check_near("min_distance", 0, lb_trainer_params(trainer)->min_distance, 0.05, 1e-12);
    assert_string_equal(lb_dataset_get_info(lb_trainer_dataset(trainer))->name, "sphere");
    lb_trainer_destroy(&trainer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trains_as_a_run_does),
        cmocka_unit_test(steps_end_with_the_phase),
        cmocka_unit_test(parameters_can_be_replaced),
        cmocka_unit_test(networks_become_their_mean),
        cmocka_unit_test(settings_are_checked_and_filled_in),
    };
    return cmocka_run_group_tests_name("trainer", tests, open_device_fixture, close_device_fixture);
}
