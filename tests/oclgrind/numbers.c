/*
 * Runs the kernels of cl/step.cl on numbers that end with their buffers, and fill neither
 * vectors nor groups:
 *
 *     numbers WIDTH
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>

#include "loss/cross.h"
#include "loss/isometry.h"
#include "launches.h"
#include "nn/normalise.h"
#include "optim/adam.h"
#include "optim/guard.h"
#include "optim/update_rule.h"
#include "device/vector.h"
#include "loss/reconstruction.h"

enum { N = 77, ROWS = 7, COLUMNS = 37, PAIRS = 70, LATENT = 3 }; // more than one work-group

struct job {
    struct device_fixture *fixture;
    const char *width;
};

static cl_mem random_numbers(const struct job *job, uint32_t stream, size_t n)
{
    float *values = allocate(n, sizeof *values);
    for (size_t i = 0; i < n; i++) {
        values[i] = draw(stream, i);
    }
    cl_mem mem = upload(job->fixture, values, n);
    free(values);
    return mem;
}

static void check_finite(const struct job *job, const char *what, cl_mem mem, size_t n)
{
    float *values = download(job->fixture, mem, n);
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(values[i])) {
            fail_msg("%s: number %zu is %g", what, i, (double)values[i]);
        }
    }
    free(values);
}

static void column_sums(const struct job *job)
{
    struct lb_device *device = job->fixture->device;
    const cl_int rows = ROWS;
    const cl_int columns = COLUMNS;
    const cl_int offset = 0;
    cl_mem x = random_numbers(job, 1, ROWS * COLUMNS);
    cl_mem sum = random_numbers(job, 2, COLUMNS);
    const struct lb_ndrange grid = lb_ndrange_vectors(device, COLUMNS);
    cl_kernel kernel = NULL;
    require_ok(job->fixture, lb_step_kernel(device, &kernel, "column_sum"));
    require_ok(job->fixture, lb_launch(device, kernel, grid, LB_ARG(x), LB_ARG(offset),
                                       LB_ARG(rows), LB_ARG(columns), LB_ARG(sum), LB_ARG(offset)));
    check_finite(job, "column sum", sum, COLUMNS);
    lb_buffer_release(&x);
    lb_buffer_release(&sum);
}

static void pool_normalised(const struct job *job, struct lb_shape shape)
{
    static const float ones[] = {1.0f, 1.0f, 1.0f, 1.0f, 1.0f};
    struct lb_device *device = job->fixture->device;
    const size_t n = ROWS * (size_t)lb_shape_size(shape);
    struct lb_normalisation normalisation = {0};
    cl_mem x = random_numbers(job, 1, n);
    cl_mem y = random_numbers(job, 2, n / 4);
    require_ok(job->fixture, lb_normalisation_set(&normalisation, device, lb_shape_size(shape),
                                                  shape.channels, ones, ones));
    require_ok(job->fixture, lb_normalisation_pool(&normalisation, device, x, ROWS, shape, y));
    check_finite(job, "pool", y, n / 4);
    lb_normalisation_destroy(&normalisation);
    lb_buffer_release(&x);
    lb_buffer_release(&y);
}

static void scale_by(const struct job *job)
{
    struct lb_device *device = job->fixture->device;
    const cl_int n = N;
    cl_mem x = random_numbers(job, 1, N);
    cl_mem y = random_numbers(job, 2, N);
    cl_kernel kernel = NULL;
    require_ok(job->fixture, lb_step_kernel(device, &kernel, "scale_by"));
    require_ok(job->fixture,
               lb_launch(device, kernel, LB_NDRANGE(N), LB_ARG(x), LB_ARG(y), LB_ARG(n)));
    check_finite(job, "product", x, N);
    lb_buffer_release(&x);
    lb_buffer_release(&y);
}

static void loss(const struct job *job)
{
    struct lb_isometry isometry = {0};
    float distances[PAIRS];
    for (size_t i = 0; i < PAIRS; i++) {
        distances[i] = 0.3f + 0.1f * draw(3, i);
    }
    cl_mem z = random_numbers(job, 1, 3 * PAIRS * LATENT);
    cl_mem distance = upload(job->fixture, distances, PAIRS);
    cl_mem gradient = random_numbers(job, 2, 3 * PAIRS * LATENT);
    require_ok(job->fixture,
               lb_isometry_create(&isometry, job->fixture->device, PAIRS, 1, 0.3, 0.5));
    require_ok(job->fixture, lb_isometry_run(&isometry, z, distance, PAIRS, LATENT, gradient, 0));
    check_finite(job, "loss", isometry.loss.slots, 4);
    check_finite(job, "gradient of the loss", gradient, 3 * PAIRS * LATENT);
    lb_isometry_destroy(&isometry);
    lb_buffer_release(&z);
    lb_buffer_release(&distance);
    lb_buffer_release(&gradient);
}

static void chain_loss(const struct job *job)
{
    enum { NUMBERS = 5 * PAIRS * LATENT };
    struct lb_isometry isometry = {0};
    float distances[PAIRS];
    for (size_t i = 0; i < PAIRS; i++) {
        distances[i] = 0.3f + 0.1f * draw(3, i);
    }
    cl_mem z = random_numbers(job, 1, NUMBERS);
    cl_mem distance = upload(job->fixture, distances, PAIRS);
    cl_mem gradient = random_numbers(job, 2, NUMBERS);
    require_ok(job->fixture,
               lb_isometry_create(&isometry, job->fixture->device, PAIRS, 1, 0.3, 0.5));
    require_ok(job->fixture,
               lb_isometry_run_chains(&isometry, z, distance, PAIRS, LATENT, gradient, 0));
    check_finite(job, "loss of chains", isometry.loss.slots, 4);
    check_finite(job, "gradient of the loss of chains", gradient, NUMBERS);
    lb_isometry_destroy(&isometry);
    lb_buffer_release(&z);
    lb_buffer_release(&distance);
    lb_buffer_release(&gradient);
}

static void cross_pairs(const struct job *job)
{
    const struct lb_cross_params params = {
        .weight = 1.0, .fall = 2.0, .c = 0.5, .nearest = 0.1, .farthest = 0.9};
    struct lb_cross cross = {0};
    float distances[PAIRS * PAIRS];
    for (size_t i = 0; i < (size_t)PAIRS * PAIRS; i++) {
        distances[i] = 0.5f + 0.5f * draw(3, i);
    }
    cl_mem z = random_numbers(job, 1, PAIRS * LATENT);
    cl_mem gradient = random_numbers(job, 2, PAIRS * LATENT);
    require_ok(job->fixture, lb_cross_create(&cross, job->fixture->device, PAIRS, 1, &params));
    require_ok(job->fixture, lb_buffer_write(job->fixture->device, cross.distance, 0, distances,
                                             sizeof distances));
    require_ok(job->fixture, lb_cross_run(&cross, z, PAIRS, LATENT, gradient, 0, 0));
    check_finite(job, "cross pairs", cross.loss.slots, 4);
    check_finite(job, "gradient of cross pairs", gradient, PAIRS * LATENT);
    lb_cross_destroy(&cross);
    lb_buffer_release(&z);
    lb_buffer_release(&gradient);
}

static void squared_error(const struct job *job)
{
    struct lb_reconstruction error = {0};
    cl_mem out = random_numbers(job, 1, N);
    cl_mem target = random_numbers(job, 2, N);
    cl_mem gradient = random_numbers(job, 3, N);
    require_ok(job->fixture, lb_reconstruction_create(&error, job->fixture->device, 1, 1.0));
    require_ok(job->fixture, lb_reconstruction_run(&error, out, target, N, gradient, 0));
    check_finite(job, "squared error", error.loss.slots, 4);
    check_finite(job, "gradient of the squared error", gradient, N);
    lb_reconstruction_destroy(&error);
    lb_buffer_release(&out);
    lb_buffer_release(&target);
    lb_buffer_release(&gradient);
}

/* One step that is made, and one that is skipped because of NaN in two groups. */
static void guarded_steps(const struct job *job)
{
    struct lb_device *device = job->fixture->device;
    struct lb_adam adam = {0};
    struct lb_guard guard = {0};
    int skipped = -1;
    float gradient[N];
    cl_mem parameters = random_numbers(job, 1, N);
    cl_mem terms = random_numbers(job, 2, 4);
    require_ok(job->fixture, lb_adam_create(&adam, device, N));
    require_ok(job->fixture, lb_guard_create(&guard, device));
    const struct lb_loss energy = {.kind = &lb_isometry_kind, .slots = terms};
    const struct lb_loss error = {.kind = &lb_reconstruction_kind, .slots = terms};
    const struct lb_loss *const losses[] = {&energy, &error};
    for (int step = 0; step < 2; step++) {
        for (size_t i = 0; i < N; i++) {
            gradient[i] = step == 1 && i % 50 == 9 ? NAN : draw(3, i);
        }
        require_ok(job->fixture,
                   lb_buffer_write(device, adam.gradient, 0, gradient, sizeof gradient));
        require_ok(job->fixture, lb_guard_losses(&guard, losses, 2, 0));
        require_ok(job->fixture, lb_guard_gradient(&guard, adam.gradient, N));
        require_ok(job->fixture,
                   lb_adam_step(&adam, parameters, step + 1, lb_adam_params(.skip = guard.flags)));
        require_ok(job->fixture, lb_guard_count(&guard));
    }
    require_ok(job->fixture, lb_guard_read(&guard, &skipped));
    assert_int_equal(skipped, 1);
    check_finite(job, "parameter", parameters, N);
    lb_adam_destroy(&adam);
    lb_guard_destroy(&guard);
    lb_buffer_release(&parameters);
    lb_buffer_release(&terms);
}

/* A Muon matrix between Adam parameters, a norm above the limit, and a mean. */
static void update_rule(const struct job *job)
{
    static const struct lb_muon_matrix matrix = {7, 5, 11, 11};
    struct lb_gemm *gemm = NULL;
    struct lb_update_rule rule = {0};
    struct lb_update_rule_params params = {.optimizer = LB_MUON,
                                           .muon_steps = 2,
                                           .clip = 0.1,
                                           .averages = true,
                                           .matrices = &matrix,
                                           .matrix_count = 1};
    cl_mem parameters = random_numbers(job, 1, N);
    cl_mem parts = random_numbers(job, 2, (size_t)2 * N);
    require_ok(job->fixture, lb_gemm_create(&gemm, job->fixture->device, LB_GEMM_PANEL));
    params.gemm = gemm;
    require_ok(job->fixture, lb_update_rule_create(&rule, job->fixture->device, N, &params));
    const struct lb_update update = {
        .lr = 0.1, .muon_lr = 0.1, .gradient = {parts, 2}, .averaged = true};
    require_ok(job->fixture, lb_update_rule_step(&rule, parameters, &update));
    require_ok(job->fixture, lb_update_rule_finish(&rule, parameters));
    check_finite(job, "parameter", parameters, N);
    lb_update_rule_destroy(&rule);
    lb_gemm_destroy(&gemm);
    lb_buffer_release(&parameters);
    lb_buffer_release(&parts);
}

static void every_kernel(void **state)
{
    const struct job *job = *state;
    require_ok(job->fixture, launches_start(job->fixture->device, job->width));
    column_sums(job);
    pool_normalised(job, (struct lb_shape){2, 34, 1});
    pool_normalised(job, (struct lb_shape){4, 6, 3});
    pool_normalised(job, (struct lb_shape){4, 2, 5});
    scale_by(job);
    loss(job);
    chain_loss(job);
    cross_pairs(job);
    squared_error(job);
    guarded_steps(job);
    update_rule(job);
    require_ok(job->fixture, launches_print(job->fixture->device));
}

int main(int argc, char **argv)
{
    void *fixture = NULL;
    if (argc != 2 || open_device_fixture(&fixture) != 0) {
        return EXIT_FAILURE;
    }
    struct job job = {.fixture = fixture, .width = argv[1]};
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(every_kernel, &job)};
    const int failures = cmocka_run_group_tests_name("numbers", tests, NULL, NULL);
    close_device_fixture(&fixture);
    return failures;
}
