/* Training batches from files of user pairs and from fixed points, and whole runs. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lowbend/run.h>
#include <lowbend/tensor.h>

#include "base/text.h"
#include "run/run.h"
#include "run/training_data.h"
#include "trainer_support.h"

/* Sizes that are not multiples of each other. */
enum { N = 53, D = 6, PAIRS = 8, HELD_OUT = 5, TRAINING = N - HELD_OUT, ROLES = LB_PAIR_ROLES };

/* Image `role` of pair i consists of the number i ROLES + role, which identifies it. */
static float marker(size_t i, size_t role)
{
    return (float)(i * ROLES + role);
}

static float distance_of(size_t i)
{
    return 0.1f + 0.01f * (float)i;
}

/* Writes n pairs with images of d numbers to FOLDER/pairs.safetensors; distances repeat after N. */
static char *write_pairs(const struct device_fixture *fixture, const char *folder, size_t n,
                         size_t d, bool bytes)
{
    static const char *const names[] = {"x", "y", "average"};
    char *path = lb_path_join(folder, "pairs.safetensors");
    float *images = allocate(ROLES * n * d, sizeof *images);
    unsigned char *small = allocate(ROLES * n * d, 1);
    float *distance = allocate(n, sizeof *distance);
    struct lb_tensor tensors[ROLES + 1];
    for (size_t role = 0; role < ROLES; role++) {
        for (size_t i = 0; i < n; i++) {
            for (size_t k = 0; k < d; k++) {
                images[(role * n + i) * d + k] = marker(i, role);
                small[(role * n + i) * d + k] = (unsigned char)(int)marker(i, role);
            }
        }
        tensors[role] = (struct lb_tensor){names[role],
                                           bytes ? LB_U8 : LB_F32,
                                           2,
                                           {n, d},
                                           bytes ? (const void *)(small + role * n * d)
                                                 : images + role * n * d};
    }
    for (size_t i = 0; i < n; i++) {
        distance[i] = distance_of(i % N);
    }
    tensors[ROLES] = (struct lb_tensor){"distance", LB_F32, 1, {n}, distance};
    require_ok(fixture, lb_tensor_file_write(fixture->ctx, path, tensors, ROLES + 1, NULL, 0));
    free(images);
    free(small);
    free(distance);
    return path;
}

static void make_params(struct lb_train_params *params, const char *dataset)
{
    lb_train_params_default(params);
    snprintf(params->dataset, sizeof params->dataset, "%s", dataset);
    memset(params->hidden, 0, sizeof params->hidden);
    params->hidden[0] = 7;
    params->hidden_count = 1;
    params->latent = 3;
    params->pairs = PAIRS;
    params->steps = 7;
    params->decoder_steps = 5;
    params->log_every = 3;
    params->checkpoint_every = 2;
    params->gemm = LB_GEMM_PANEL;
    params->seed = 3;
}

/* ---- batches --------------------------------------------------------------------------------- */

struct opened {
    struct lb_training_data input;
    struct lb_trainer *trainer;
    bool bytes;
};

static void open_trainer(const struct device_fixture *fixture, struct opened *o, const char *path)
{
    struct lb_train_params params;
    make_params(&params, path);
    require_ok(fixture, lb_training_data_open(&o->input, fixture->device, &params));
    require_ok(fixture, lb_training_data_resolve(&o->input, &params));
    o->trainer = start_trainer(fixture, o->input.dataset, o->input.file, &params);
    assert_int_equal(o->input.file->training, TRAINING);
    assert_int_equal(o->input.file->held_out, HELD_OUT);
}

static void close_trainer(struct opened *o)
{
    lb_trainer_destroy(&o->trainer);
    lb_training_data_close(&o->input);
}

/* The marker of image `row`; all numbers of the image must be equal. */
static size_t read_marker(const struct opened *o, const float *images, size_t row)
{
    const float first = images[row * D] * (o->bytes ? 255.0f : 1.0f);
    for (size_t k = 1; k < D; k++) {
        check_near("pixel", row * D + k, (double)images[row * D + k], (double)images[row * D], 0.0);
    }
    check_near("whole number", row, (double)first, round((double)first), o->bytes ? 1e-4 : 0.0);
    return (size_t)lround((double)first);
}

/* Counts the pairs of one batch; x and y may be swapped, but averages and distances must match. */
static void count_pairs(const struct device_fixture *fixture, struct opened *o,
                        struct lb_batch_request batch, int *seen, int *swapped)
{
    struct lb_batch_source *source = &o->trainer->batches;
    const size_t rows = (size_t)batch.rows;
    require_ok(fixture, lb_batch_source_pairs(source, &batch));
    float *images = download(fixture, source->images, ROLES * rows * D);
    float *distance = download(fixture, source->pairs.distance, rows);
    for (size_t i = 0; i < rows; i++) {
        const size_t x = read_marker(o, images, i);
        const size_t y = read_marker(o, images, rows + i);
        const size_t average = read_marker(o, images, 2 * rows + i);
        const size_t pair = average / ROLES;
        const bool swap = x % ROLES == LB_PAIR_Y;
        assert_int_equal(average % ROLES, LB_PAIR_AVERAGE);
        assert_int_equal(x, pair * ROLES + (swap ? LB_PAIR_Y : LB_PAIR_X));
        assert_int_equal(y, pair * ROLES + (swap ? LB_PAIR_X : LB_PAIR_Y));
        check_near("distance", pair, (double)distance[i], (double)distance_of(pair), 0.0);
        seen[pair]++;
        swapped[pair] += swap;
    }
    free(images);
    free(distance);
}

/* In two epochs every training pair occurs twice, once with x and y swapped; the held-out pairs are
 * exactly the others, and an evaluation uses each once. */
static void check_pairs(const struct device_fixture *fixture, struct opened *o)
{
    int seen[N] = {0};
    int swapped[N] = {0};
    int final[N] = {0};
    int none[N] = {0};
    const int steps = 2 * TRAINING / PAIRS;
    const struct lb_batch_source *source = &o->trainer->batches;
    for (int step = 0; step < steps; step++) {
        count_pairs(fixture, o, lb_training_batch(source, true, step), seen, swapped);
        if (step + 1 == steps / 2) {
            for (size_t i = 0; i < N; i++) {
                assert_true(seen[i] <= 1);
            }
        }
    }
    const struct lb_evaluation_batches batches = lb_plan_evaluation(source, true);
    check_near("evaluated", 0, (batches.count - 1) * batches.rows + batches.last_rows, HELD_OUT,
               0.0);
    for (int i = 0; i < batches.count; i++) {
        count_pairs(fixture, o, lb_evaluation_batch(source, &batches, true, i), final, none);
    }
    for (size_t i = 0; i < N; i++) {
        check_near("times seen", i, seen[i], final[i] ? 0.0 : 2.0, 0.0);
        check_near("times swapped", i, swapped[i], final[i] ? 0.0 : 1.0, 0.0);
        check_near("times evaluated", i, final[i], seen[i] == 0, 0.0);
        check_near("swapped in evaluation", i, none[i], 0.0, 0.0);
    }
}

/* The same for single images of all roles. */
static void check_images(const struct device_fixture *fixture, struct opened *o)
{
    struct lb_batch_source *source = &o->trainer->batches;
    int seen[N * ROLES] = {0};
    int final[N * ROLES] = {0};
    const struct lb_evaluation_batches batches = lb_plan_evaluation(source, false);
    const int steps = ROLES * TRAINING / PAIRS;
    for (int k = 0; k < steps + batches.count; k++) {
        const bool training = k < steps;
        const struct lb_batch_request batch =
            training ? lb_training_batch(source, false, k)
                     : lb_evaluation_batch(source, &batches, false, k - steps);
        require_ok(fixture, lb_batch_source_images(source, &batch));
        float *images = download(fixture, source->images, (size_t)batch.rows * D);
        for (size_t i = 0; i < (size_t)batch.rows; i++) {
            const size_t number = read_marker(o, images, i);
            assert_true(number < N * ROLES);
            (training ? seen : final)[number]++;
        }
        free(images);
    }
    int total = 0;
    for (size_t i = 0; i < N * ROLES; i++) {
        check_near("image seen once, by one of them", i, seen[i] + final[i], 1.0, 0.0);
        total += final[i];
    }
    check_near("images evaluated", 0, total, ROLES * HELD_OUT, 0.0);
}

static void batches_hold_what_they_should(void **state)
{
    const struct device_fixture *fixture = *state;
    for (int bytes = 0; bytes <= 1; bytes++) {
        char *folder = make_folder();
        char *path = write_pairs(fixture, folder, N, D, bytes);
        struct opened o = {.bytes = bytes};
        open_trainer(fixture, &o, path);
        check_pairs(fixture, &o);
        check_images(fixture, &o);
        close_trainer(&o);
        free(path);
        remove_folder(folder);
    }
}

/* The weighted mean over batches of held-out pairs equals the mean over all of them, computed in
   double. */
static void evaluation_is_the_mean_over_held_out_pairs(void **state)
{
    const struct device_fixture *fixture = *state;
    char *folder = make_folder();
    char *path = write_pairs(fixture, folder, N, D, true);
    struct opened o = {.bytes = true};
    struct lb_means means;
    open_trainer(fixture, &o, path);
    /* Batches of two, two and one. */
    struct lb_evaluation_batches batches = lb_plan_evaluation(&o.trainer->batches, true);
    check_near("rows", 0, batches.rows, 1.0, 0.0);
    require_ok(fixture, lb_trainer_evaluate(o.trainer, &means));
    const struct lb_pair_file *file = o.input.file;
    double distortion = 0.0;
    double bending = 0.0;
    for (size_t k = 0; k < HELD_OUT; k++) {
        const size_t i = lb_pair_file_held_out(file, k);
        const double d = (double)distance_of(i);
        float images[ROLES * D];
        float latent[ROLES * 3];
        double first = 0.0;
        double second = 0.0;
        for (int role = 0; role < ROLES; role++) {
            lb_pair_file_values(file, (enum lb_pair_role)role, i, images + role * D);
        }
        require_ok(fixture, lb_network_apply(lb_trainer_encoder(o.trainer), images, ROLES, latent));
        for (size_t l = 0; l < 3; l++) {
            const double x = (double)latent[l];
            const double y = (double)latent[3 + l];
            const double slope = (y - x) / d;
            const double bend = 8.0 * (0.5 * (x + y) - (double)latent[6 + l]) / (d * d);
            first += slope * slope;
            second += bend * bend;
        }
        distortion += (first - 1.0) * (first - 1.0) / first / HELD_OUT;
        bending += second / HELD_OUT;
    }
    check_near("distortion", 0, means.term[0], distortion, 1e-3 * distortion);
    check_near("bending", 0, means.term[1], bending, 1e-3 * bending + 1e-6);
    close_trainer(&o);
    free(path);
    remove_folder(folder);
}

/* ---- runs ------------------------------------------------------------------------------------ */

static void check_equal_files(const struct device_fixture *fixture, const char *what, const char *a,
                              const char *b)
{
    static const char *const names[] = {"config.json", "encoder.safetensors", "decoder.safetensors",
                                        "checkpoint.safetensors"};
    for (size_t i = 0; i < LB_COUNT(names); i++) {
        size_t size_a;
        size_t size_b;
        char *data_a = read_file(fixture, a, names[i], &size_a);
        char *data_b = read_file(fixture, b, names[i], &size_b);
        if (size_a != size_b || memcmp(data_a, data_b, size_a) != 0) {
            fail_msg("%s: %s differs", what, names[i]);
        }
        free(data_a);
        free(data_b);
    }
}

/* Stopping after every step and resuming gives the same bytes as an uninterrupted run. */
static void check_stops(const struct device_fixture *fixture, const struct lb_train_params *params,
                        const char *what)
{
    const volatile sig_atomic_t stop = 1;
    struct lb_train_control control = {.stop = &stop};
    char *whole = make_folder();
    char *pieces = make_folder();
    require_ok(fixture, lb_train(fixture->device, params, whole, NULL));
    enum lb_status status = LB_ERR_INTERRUPTED;
    int calls = 0;
    for (; status == LB_ERR_INTERRUPTED && calls < 100; calls++) {
        status = lb_train(fixture->device, params, pieces, &control);
        control.resume = true;
    }
    require_ok(fixture, status);
    assert_true(calls > 7);
    check_equal_files(fixture, what, whole, pieces);
    remove_folder(whole);
    remove_folder(pieces);
}

static void stopped_runs_end_in_the_same_bytes(void **state)
{
    const struct device_fixture *fixture = *state;
    static const enum lb_train_mode modes[] = {LB_TRAIN_SEPARATE, LB_TRAIN_JOINT, LB_TRAIN_PLAIN};
    char *folder = make_folder();
    char *path = write_pairs(fixture, folder, N, D, true);
    struct lb_train_params params;
    for (size_t i = 0; i < LB_COUNT(modes); i++) {
        make_params(&params, path);
        params.mode = modes[i];
        check_stops(fixture, &params, "user pairs");
        make_params(&params, "sphere");
        params.mode = modes[i];
        params.samples = 60;
        check_stops(fixture, &params, "fixed points");
    }
    free(path);
    remove_folder(folder);
}

/* Many times larger than the device allows at once, and far more than a batch. */
static void files_larger_than_the_device_are_streamed(void **state)
{
    enum { MANY = 1500, WIDE = 1024 };
    struct device_fixture *fixture = *state;
    const uint64_t limit = fixture->device->info.max_allocation_bytes;
    char *folder = make_folder();
    char *run = make_folder();
    char *path = write_pairs(fixture, folder, MANY, WIDE, false);
    struct lb_train_params params;
    make_params(&params, path);
    fixture->device->info.max_allocation_bytes = 1 << 20;
    assert_true((size_t)MANY * ROLES * WIDE * sizeof(float) > 16 * (1 << 20));
    const enum lb_status status = lb_train(fixture->device, &params, run, NULL);
    fixture->device->info.max_allocation_bytes = limit;
    require_ok(fixture, status);
    free(path);
    remove_folder(folder);
    remove_folder(run);
}

static void runs_of_user_pairs_are_opened(void **state)
{
    const struct device_fixture *fixture = *state;
    char *folder = make_folder();
    char *run_path = make_folder();
    char *path = write_pairs(fixture, folder, N, D, true);
    struct lb_train_params params;
    struct lb_run *run;
    size_t count;
    make_params(&params, path);
    require_ok(fixture, lb_train(fixture->device, &params, run_path, NULL));
    require_ok(fixture, lb_run_open(&run, fixture->device, run_path));
    assert_false(lb_run_has_manifold(run));
    check_near("epsilon", 0, lb_run_params(run)->epsilon, (double)distance_of(N - 1), 1e-12);
    require_ok(fixture, lb_run_held_out_count(run, &count));
    assert_int_equal(count, HELD_OUT);
    float x[HELD_OUT * D];
    float average[HELD_OUT * D];
    float distance[HELD_OUT];
    const struct lb_pairs pairs = {.x = x, .average = average, .distance = distance};
    require_ok(fixture, lb_run_held_out(run, 0, HELD_OUT, &pairs));
    for (size_t i = 0; i < HELD_OUT; i++) {
        const size_t number = (size_t)lround((double)(x[i * D] * 255.0f)) / ROLES;
        check_near("distance", i, (double)distance[i], (double)distance_of(number), 0.0);
        check_near("average", i, (double)(average[i * D] * 255.0f),
                   (double)marker(number, LB_PAIR_AVERAGE), 1e-4);
    }
    require_error(fixture, lb_run_held_out(run, 1, HELD_OUT, &pairs), LB_ERR_ARGUMENT,
                  "there are only 5");
    /* Functions that need a manifold report that it is unknown. */
    struct lb_dataset *dataset = lb_run_dataset(run);
    const struct lb_pairs_params draw_params = {.epsilon = 0.3, .min_distance = 0.1};
    const char *text = "whose manifold is unknown";
    require_error(fixture, lb_dataset_points(dataset, 0, 3, x), LB_ERR_UNSUPPORTED, text);
    require_error(fixture, lb_dataset_render(dataset, x, 3, average), LB_ERR_UNSUPPORTED, text);
    require_error(fixture, lb_dataset_distances(dataset, x, x, 3, distance), LB_ERR_UNSUPPORTED,
                  text);
    require_error(fixture, lb_dataset_geodesics(dataset, x, x, 1, 2, average), LB_ERR_UNSUPPORTED,
                  text);
    require_error(fixture, lb_dataset_pairs(dataset, &draw_params, 3, &pairs), LB_ERR_UNSUPPORTED,
                  text);
    require_error(fixture, lb_dataset_check(dataset, 0, true, NULL, NULL), LB_ERR_UNSUPPORTED,
                  text);
    lb_run_close(&run);
    /* Networks can be applied without the file, but held-out pairs are not available. */
    assert_int_equal(remove(path), 0);
    require_ok(fixture, lb_run_open(&run, fixture->device, run_path));
    require_error(fixture, lb_run_held_out_count(run, &count), LB_ERR_NOT_FOUND, "no such file");
    lb_run_close(&run);
    free(path);
    path = write_pairs(fixture, folder, N + 1, D, true);
    require_ok(fixture, lb_run_open(&run, fixture->device, run_path));
    require_error(fixture, lb_run_held_out_count(run, &count), LB_ERR_FORMAT, "holds other pairs");
    lb_run_close(&run);
    require_error(fixture,
                  lb_train(fixture->device, &params, run_path,
                           &(const struct lb_train_control){.resume = true}),
                  LB_ERR_FORMAT, "holds other pairs");
    free(path);
    remove_folder(folder);
    remove_folder(run_path);
}

static void settings_without_meaning_are_refused(void **state)
{
    const struct device_fixture *fixture = *state;
    char *folder = make_folder();
    char *run = make_folder();
    char *path = write_pairs(fixture, folder, N, D, true);
    static const char *const names[][3] = {{"size", "16", "do not support --size"},
                                           {"cap", "30", "do not support --cap"},
                                           {"samples", "50", "do not support --samples"},
                                           {"cross-weight", "0.5", "do not support --cross-weight"},
                                           {"pairs", "49", "48 remain, but a step needs 49"},
                                           {"min-distance", "9", "at least 9 apart"}};
    for (size_t i = 0; i < LB_COUNT(names); i++) {
        struct lb_train_params params;
        make_params(&params, path);
        require_ok(fixture, lb_train_params_set(fixture->ctx, &params, names[i][0], names[i][1]));
        const enum lb_status status = lb_train(fixture->device, &params, run, NULL);
        require_error(fixture, status, i < 4 ? LB_ERR_ARGUMENT : LB_ERR_FORMAT, names[i][2]);
    }
    /* Ten points are unlikely to have two close ones: this is an error, and existing files stay. */
    struct lb_train_params params;
    make_params(&params, "sphere");
    params.samples = 10;
    require_error(fixture, lb_train(fixture->device, &params, run, NULL), LB_ERR_ARGUMENT,
                  "raise --samples or --epsilon, or lower --pairs");
    char *config = lb_path_join(run, "config.json");
    FILE *file = fopen(config, "r");
    assert_null(file);
    free(config);
    free(path);
    remove_folder(folder);
    remove_folder(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_hold_what_they_should),
        cmocka_unit_test(evaluation_is_the_mean_over_held_out_pairs),
        cmocka_unit_test(stopped_runs_end_in_the_same_bytes),
        cmocka_unit_test(files_larger_than_the_device_are_streamed),
        cmocka_unit_test(runs_of_user_pairs_are_opened),
        cmocka_unit_test(settings_without_meaning_are_refused),
    };
    return cmocka_run_group_tests_name("user_pairs", tests, open_device_fixture,
                                       close_device_fixture);
}
