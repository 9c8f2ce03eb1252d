/*
 * Whole runs in temporary folders: a run stopped after every single step and resumed writes the
 * same bytes as one that was never stopped, in all modes; runs that cannot be resumed are rejected.
 */
#include "trainer_support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/folder.h"
#include "base/text.h"

static void make_params(struct lb_train_params *params)
{
    make_small_params(params);
    params->checkpoint_every = 2;
    params->optimizer = LB_ADAMW;
}

/* ---- comparing runs -------------------------------------------------------------------------- */

static void check_equal_files(const struct device_fixture *fixture, const char *what, const char *a,
                              const char *b, const char *name)
{
    size_t size_a;
    size_t size_b;
    char *data_a = read_file(fixture, a, name, &size_a);
    char *data_b = read_file(fixture, b, name, &size_b);
    if (size_a != size_b) {
        fail_msg("%s: %s has %zu bytes, expected %zu", what, name, size_b, size_a);
    }
    for (size_t i = 0; i < size_a; i++) {
        if (data_a[i] != data_b[i]) {
            fail_msg("%s: %s differs at byte %zu of %zu: %d, expected %d", what, name, i, size_a,
                     data_b[i], data_a[i]);
        }
    }
    free(data_a);
    free(data_b);
}

enum { SECONDS_COLUMN = 7 };

/* metrics.csv without its seconds. */
static char *read_metrics(const struct device_fixture *fixture, const char *folder)
{
    size_t size;
    char *data = read_file(fixture, folder, "metrics.csv", &size);
    char *out = data;
    int column = 0;
    assert_non_null(strstr(data, ",seconds,epsilon"));
    for (const char *in = data; *in != '\0'; in++) {
        column = *in == '\n' ? 0 : column + (*in == ',');
        if (column != SECONDS_COLUMN) {
            *out++ = *in;
        }
    }
    *out = '\0';
    return data;
}

static void check_equal_runs(const struct device_fixture *fixture, const char *what, const char *a,
                             const char *b)
{
    static const char *const names[] = {"config.json", "encoder.safetensors", "decoder.safetensors",
                                        "checkpoint.safetensors"};
    for (size_t i = 0; i < LB_COUNT(names); i++) {
        check_equal_files(fixture, what, a, b, names[i]);
    }
    char *metrics_a = read_metrics(fixture, a);
    char *metrics_b = read_metrics(fixture, b);
    if (strcmp(metrics_a, metrics_b) != 0) {
        fail_msg("%s: metrics.csv:\n%s\nexpected:\n%s", what, metrics_b, metrics_a);
    }
    free(metrics_a);
    free(metrics_b);
}

/* ---- stopping and resuming ------------------------------------------------------------------- */

/* Calls until the run is finished; returns the number of calls. */
static int run_in_pieces(const struct device_fixture *fixture, const struct lb_train_params *params,
                         const char *folder, const struct lb_train_control *control)
{
    struct lb_train_control again = *control;
    int calls = 0;
    enum lb_status status = LB_ERR_INTERRUPTED;
    while (status == LB_ERR_INTERRUPTED) {
        status = lb_train(fixture->device, params, folder, &again);
        if (status == LB_ERR_INTERRUPTED) {
            require_error(fixture, status, LB_ERR_INTERRUPTED, "--resume");
        }
        again.resume = true;
        calls++;
        assert_true(calls < 100);
    }
    require_ok(fixture, status);
    return calls;
}

static bool stop_at_every_report(void *user, const struct lb_progress *progress)
{
    int *reports = user;
    (*reports)++;
    assert_true(progress->step >= 1 && progress->step <= progress->steps);
    assert_true(isfinite(progress->means.loss));
    assert_true(isnan(progress->means.stderr_loss) == !progress->final);
    return false;
}

static void check_mode(const struct device_fixture *fixture, const struct lb_train_params *base,
                       enum lb_train_mode mode, const char *what, int calls_wanted)
{
    struct lb_train_params params = *base;
    params.mode = mode;
    char *whole = make_folder();
    char *steps = make_folder();
    char *reports = make_folder();
    require_ok(fixture, lb_train(fixture->device, &params, whole, NULL));
    /* The stop flag is always set: one step per call. */
    const volatile sig_atomic_t stop = 1;
    const struct lb_train_control one_step = {.stop = &stop};
    const int calls = run_in_pieces(fixture, &params, steps, &one_step);
    check_near("calls", 0, calls, calls_wanted, 0.0);
    check_equal_runs(fixture, what, whole, steps);
    int count = 0;
    const struct lb_train_control to_report = {.progress = stop_at_every_report, .user = &count};
    run_in_pieces(fixture, &params, reports, &to_report);
    /* Lines at 3, 6, 7 (and 3, 5 of the decoder), and one at the end of each phase. */
    check_near("reports", 0, count, mode == LB_TRAIN_SEPARATE ? 7.0 : 4.0, 0.0);
    check_equal_runs(fixture, what, whole, reports);
    remove_folder(whole);
    remove_folder(steps);
    remove_folder(reports);
}

static void stopped_runs_end_in_the_same_bytes(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    make_params(&params);
    /* 7 steps, then the end of the encoder, 5 steps and the last call. */
    check_mode(fixture, &params, LB_TRAIN_SEPARATE, "separate", 14);
    check_mode(fixture, &params, LB_TRAIN_JOINT, "joint", 8);
    check_mode(fixture, &params, LB_TRAIN_PLAIN, "plain", 8);
}

/* The decoder has an output mean, which only the checkpoint stores between phases. */
static void so_do_those_with_image_layers(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    make_params(&params);
    snprintf(params.dataset, sizeof params.dataset, "klein-patches");
    snprintf(params.encoder_layers, sizeof params.encoder_layers, "pool,conv4,9");
    params.size = 8;
    params.pairs = 16;
    params.output_activation = LB_SIGMOID;
    check_mode(fixture, &params, LB_TRAIN_SEPARATE, "image layers, separate", 14);
    check_mode(fixture, &params, LB_TRAIN_JOINT, "image layers, joint", 8);
    check_mode(fixture, &params, LB_TRAIN_PLAIN, "image layers, plain", 8);
}

/* With momentum and an averaged network: one step per call, so runs stop before, at and after the
 * start of averaging. */
static void so_do_those_by_muon(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    make_params(&params);
    params.optimizer = LB_MUON;
    params.schedule = LB_WARM_HOLD_DECAY;
    params.warmup = 2;
    params.clip = 0.5;
    params.average = 0.5;
    check_mode(fixture, &params, LB_TRAIN_SEPARATE, "muon, separate", 14);
    check_mode(fixture, &params, LB_TRAIN_JOINT, "muon, joint", 8);
    params.skip_nonfinite = true;
    check_mode(fixture, &params, LB_TRAIN_PLAIN, "muon, plain", 8);
}

/* The radius of a step depends only on its number. */
static void so_do_those_on_chains_whose_epsilon_falls(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    make_params(&params);
    params.strategy = LB_STRATEGY_CHAIN;
    params.epsilon_start = 2.0;
    check_mode(fixture, &params, LB_TRAIN_SEPARATE, "chains, separate", 14);
    check_mode(fixture, &params, LB_TRAIN_JOINT, "chains, joint", 8);
}

/* The first 5 of 7 steps have cross pairs, so runs also stop inside the interval in which they
   end. */
static void so_do_those_with_cross_pairs(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    make_params(&params);
    params.cross_weight = 0.5;
    check_mode(fixture, &params, LB_TRAIN_SEPARATE, "cross pairs, separate", 14);
    check_mode(fixture, &params, LB_TRAIN_JOINT, "cross pairs, joint", 8);
}

/* Simulates a crash: metrics.csv is ahead of the checkpoint. */
static void lines_behind_the_checkpoint_are_cut(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    make_params(&params);
    char *whole = make_folder();
    char *crashed = make_folder();
    require_ok(fixture, lb_train(fixture->device, &params, whole, NULL));
    const volatile sig_atomic_t stop = 1;
    require_error(fixture,
                  lb_train(fixture->device, &params, crashed,
                           &(const struct lb_train_control){.stop = &stop}),
                  LB_ERR_INTERRUPTED, "step 1");
    char *path = lb_path_join(crashed, "metrics.csv");
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    fputs("3,encoder,1,1,1,,0.001,9\n6,encoder,1,1", file);
    fclose(file);
    require_ok(fixture, lb_train(fixture->device, &params, crashed,
                                 &(const struct lb_train_control){.resume = true}));
    check_equal_runs(fixture, "crashed", whole, crashed);
    /* A finished run does not change. */
    require_ok(fixture, lb_train(fixture->device, &params, crashed,
                                 &(const struct lb_train_control){.resume = true}));
    check_equal_runs(fixture, "resumed at its end", whole, crashed);
    free(path);
    remove_folder(whole);
    remove_folder(crashed);
}

/* ---- errors ---------------------------------------------------------------------------------- */

static void write_text(const struct device_fixture *fixture, const char *folder, const char *name,
                       const char *text)
{
    char *path = lb_path_join(folder, name);
    require_ok(fixture, lb_file_write(fixture->ctx, path, text, strlen(text)));
    free(path);
}

static void folders_and_settings_that_do_not_fit_are_refused(void **state)
{
    const struct device_fixture *fixture = *state;
    const volatile sig_atomic_t stop = 1;
    const struct lb_train_control resume = {.resume = true, .stop = &stop};
    struct lb_train_params params;
    make_params(&params);
    char *folder = make_folder();
    write_text(fixture, folder, "notes.txt", "mine");
    require_error(fixture, lb_train(fixture->device, &params, folder, NULL), LB_ERR_EXISTS,
                  "is not empty");
    require_error(fixture, lb_train(fixture->device, &params, folder, &resume), LB_ERR_EXISTS,
                  "is not empty");
    require_error(fixture,
                  lb_train(fixture->device, &params, folder,
                           &(const struct lb_train_control){.overwrite = true, .stop = &stop}),
                  LB_ERR_INTERRUPTED, "step 1");
    size_t size;
    char *notes = read_file(fixture, folder, "notes.txt", &size);
    assert_string_equal(notes, "mine");
    free(notes);
    params.lambda = 0.25;
    require_error(fixture, lb_train(fixture->device, &params, folder, &resume), LB_ERR_ARGUMENT,
                  "--lambda 0.25");
    params.lambda = 0.1;
    params.hidden[1] = 6;
    require_error(fixture, lb_train(fixture->device, &params, folder, &resume), LB_ERR_ARGUMENT,
                  "--hidden 7,6");
    params.hidden[1] = 5;
    write_text(fixture, folder, "metrics.csv",
               "step,phase,loss,distortion,bending,reconstruction,lr,seconds\n");
    require_error(fixture, lb_train(fixture->device, &params, folder, &resume), LB_ERR_INTERRUPTED,
                  "step 2");
    write_text(fixture, folder, "metrics.csv", "step,phase\n");
    require_error(fixture, lb_train(fixture->device, &params, folder, &resume), LB_ERR_FORMAT,
                  "metrics.csv");
    write_text(fixture, folder, "metrics.csv", "");
    require_error(fixture, lb_train(fixture->device, &params, folder, &resume), LB_ERR_FORMAT,
                  "metrics.csv");
    write_text(fixture, folder, "checkpoint.safetensors", "damaged");
    require_error(fixture, lb_train(fixture->device, &params, folder, &resume), LB_ERR_FORMAT,
                  "checkpoint.safetensors");
    write_text(fixture, folder, "config.json", "{");
    require_error(fixture, lb_train(fixture->device, &params, folder, &resume), LB_ERR_FORMAT,
                  "config.json");
    remove_folder(folder);
}

/* Steps so large that float32 overflows. */
static void overflow_stops_the_run(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    make_params(&params);
    params.lr = 1e3;
    params.epsilon = 1e-3;
    params.activation = LB_LINEAR;
    params.hidden[2] = params.hidden[3] = params.hidden[4] = 5;
    params.hidden_count = 5;
    char *folder = make_folder();
    require_error(fixture, lb_train(fixture->device, &params, folder, NULL), LB_ERR_NUMERIC,
                  "use a smaller --lr");
    remove_folder(folder);
}

/* Programs fill in the struct without lb_train_params_set(): nothing may crash. */
static void impossible_settings_are_refused(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params good;
    make_params(&good);
    struct lb_train_params cases[16];
    static const char *const texts[] = {
        "--pairs: must be an integer of at least 1",
        "--latent:",
        "--hidden:",
        "--hidden:",
        "--hidden:",
        "--activation:",
        "--gemm:",
        "--log-every:",
        "--lr:",
        "--lr:",
        "--c:",
        "--steps:",
        "--epsilon:",
        "--dataset:",
        "--decoder-steps 0:",
        "--output-activation:",
    };
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        cases[i] = good;
    }
    cases[0].pairs = 0;
    cases[1].latent = -1;
    cases[2].hidden_count = 0;
    cases[3].hidden_count = LB_MAX_HIDDEN + 1;
    cases[4].hidden[1] = 0;
    cases[5].activation = (enum lb_activation)7;
    cases[6].gemm = (enum lb_gemm_kind) - 1;
    cases[7].log_every = 0;
    cases[8].lr = 0.0;
    cases[9].lr = (double)NAN;
    cases[10].c = -1.0;
    cases[11].steps = -1;
    cases[12].epsilon = (double)INFINITY;
    memset(cases[13].dataset, 'x', sizeof cases[13].dataset);
    cases[14].mode = LB_TRAIN_JOINT;
    cases[14].decoder_steps = 0;
    cases[15].output_activation = LB_TANH;
    char *folder = make_folder();
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        require_error(fixture, lb_train(fixture->device, &cases[i], folder, NULL), LB_ERR_ARGUMENT,
                      texts[i]);
    }
    assert_true(lb_folder_empty(folder));
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stopped_runs_end_in_the_same_bytes),
        cmocka_unit_test(so_do_those_with_image_layers),
        cmocka_unit_test(so_do_those_by_muon),
        cmocka_unit_test(so_do_those_on_chains_whose_epsilon_falls),
        cmocka_unit_test(so_do_those_with_cross_pairs),
        cmocka_unit_test(lines_behind_the_checkpoint_are_cut),
        cmocka_unit_test(folders_and_settings_that_do_not_fit_are_refused),
        cmocka_unit_test(overflow_stops_the_run),
        cmocka_unit_test(impossible_settings_are_refused),
    };
    return cmocka_run_group_tests_name("resume", tests, open_device_fixture, close_device_fixture);
}
