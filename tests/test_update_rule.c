/* Parts around an update: gradient clipping, parameter averages, skipped steps. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "optim/update_rule.h"

enum { N = 2500, PARTS = 3, IN = 30, OUT = 41 };

static const struct lb_muon_matrix matrix = {64, IN, OUT, OUT};

struct subject {
    const struct device_fixture *fixture;
    struct lb_gemm *gemm;
    struct lb_update_rule rule;
    cl_mem parameters;
    cl_mem skip;
};

static void open_subject(struct subject *s, const struct device_fixture *fixture,
                         struct lb_update_rule_params params)
{
    float initial[N];
    *s = (struct subject){.fixture = fixture};
    for (size_t i = 0; i < N; i++) {
        initial[i] = draw(1, i);
    }
    s->parameters = upload(fixture, initial, N);
    require_ok(fixture, lb_gemm_create(&s->gemm, fixture->device, LB_GEMM_PANEL));
    params.gemm = s->gemm;
    params.muon_steps = 5;
    params.matrices = &matrix;
    params.matrix_count = 1;
    require_ok(fixture, lb_update_rule_create(&s->rule, fixture->device, N, &params));
    require_ok(fixture, lb_buffer_create(fixture->device, &s->skip, sizeof(cl_int), "test"));
    require_ok(fixture, lb_buffer_zero(fixture->device, s->skip, 0, sizeof(cl_int)));
}

static void close_subject(struct subject *s)
{
    lb_update_rule_destroy(&s->rule);
    lb_gemm_destroy(&s->gemm);
    lb_buffer_release(&s->parameters);
    lb_buffer_release(&s->skip);
}

/* Makes step `step` with a gradient in parts, with numbers up to `size`. */
static void take_step(struct subject *s, int step, float size, bool skipped)
{
    const cl_int flag = skipped;
    float *parts = allocate((size_t)PARTS * N, sizeof *parts);
    for (size_t i = 0; i < (size_t)PARTS * N; i++) {
        parts[i] = skipped ? NAN : size * draw((uint32_t)(2 + step), i);
    }
    cl_mem mem = upload(s->fixture, parts, (size_t)PARTS * N);
    require_ok(s->fixture, lb_buffer_write(s->fixture->device, s->skip, 0, &flag, sizeof flag));
    require_ok(s->fixture, lb_update_rule_step(&s->rule, s->parameters,
                                               &(const struct lb_update){.step = step,
                                                                         .lr = 0.01,
                                                                         .muon_lr = 0.02,
                                                                         .gradient = {mem, PARTS},
                                                                         .averaged = step > 0,
                                                                         .skip = s->skip}));
    lb_buffer_release(&mem);
    free(parts);
}

static double norm_of_sum(int step, float size)
{
    double squares = 0.0;
    for (size_t i = 0; i < N; i++) {
        double g = 0.0;
        for (size_t part = 0; part < PARTS; part++) {
            g += (double)(size * draw((uint32_t)(2 + step), part * N + i));
        }
        squares += g * g;
    }
    return sqrt(squares);
}

/* A gradient with a larger norm is scaled to the limit. */
static void long_gradients_are_scaled(void **state)
{
    const double limit = 3.0;
    struct subject s;
    open_subject(&s, *state, (struct lb_update_rule_params){.optimizer = LB_ADAM, .clip = limit});
    take_step(&s, 0, 0.5f, false);
    const double norm = norm_of_sum(0, 0.5f);
    assert_true(norm > 2.0 * limit);
    float *got = download(s.fixture, s.rule.adam.gradient, N);
    for (size_t i = 0; i < N; i++) {
        double g = 0.0;
        for (size_t part = 0; part < PARTS; part++) {
            g += (double)(0.5f * draw(2, part * N + i));
        }
        check_near("gradient", i, (double)got[i], g * limit / norm, 50.0 * UNIT * limit / norm);
    }
    free(got);
    close_subject(&s);
}

/* Parameters after three steps with these settings, malloc'ed. */
static float *three_steps(const struct device_fixture *fixture, enum lb_optimizer optimizer,
                          double clip)
{
    struct subject s;
    open_subject(
        &s, fixture,
        (struct lb_update_rule_params){.optimizer = optimizer, .clip = clip, .averages = true});
    for (int step = 0; step < 3; step++) {
        take_step(&s, step, 0.1f, false);
    }
    float *got = download(fixture, s.parameters, N);
    close_subject(&s);
    return got;
}

static void short_ones_stay_as_they_are(void **state)
{
    const enum lb_optimizer optimizers[] = {LB_ADAM, LB_MUON};
    for (size_t i = 0; i < LB_COUNT(optimizers); i++) {
        float *without = three_steps(*state, optimizers[i], 0.0);
        float *loose = three_steps(*state, optimizers[i], 1e6);
        float *tight = three_steps(*state, optimizers[i], 1e-3);
        assert_memory_equal(without, loose, N * sizeof *without);
        assert_memory_not_equal(without, tight, N * sizeof *without);
        free(without);
        free(loose);
        free(tight);
    }
}

/* The mean includes the parameters after each step from the second on that is not skipped; skipped
 * steps change nothing. */
static void parameters_become_their_mean(void **state)
{
    const enum lb_optimizer optimizers[] = {LB_ADAM, LB_MUON};
    for (size_t k = 0; k < LB_COUNT(optimizers); k++) {
        struct subject s;
        double mean[N] = {0};
        int averaged = 0;
        open_subject(&s, *state,
                     (struct lb_update_rule_params){
                         .optimizer = optimizers[k], .averages = true, .clip = 1.0});
        float *start = download(s.fixture, s.parameters, N);
        require_ok(s.fixture, lb_update_rule_finish(&s.rule, s.parameters)); // no steps yet
        float *before = download(s.fixture, s.parameters, N);
        assert_memory_equal(start, before, N * sizeof *before);
        float *momentum = download(s.fixture, s.rule.adam.moment1, N);
        for (int step = 0; step < 6; step++) {
            const bool skipped = step == 1 || step == 3;
            take_step(&s, step, 1.0f, skipped);
            float *now = download(s.fixture, s.parameters, N);
            float *moment = download(s.fixture, s.rule.adam.moment1, N);
            assert_int_equal(memcmp(now, before, N * sizeof *now) == 0, skipped);
            assert_int_equal(memcmp(moment, momentum, N * sizeof *now) == 0, skipped);
            for (size_t i = 0; i < N && step > 0 && !skipped; i++) {
                mean[i] += (double)now[i];
            }
            averaged += step > 0 && !skipped;
            free(before);
            free(momentum);
            before = now;
            momentum = moment;
        }
        require_ok(s.fixture, lb_update_rule_finish(&s.rule, s.parameters));
        float *got = download(s.fixture, s.parameters, N);
        for (size_t i = 0; i < N; i++) {
            check_near("mean", i, (double)got[i], mean[i] / averaged, 8.0 * UNIT);
        }
        free(got);
        free(start);
        free(before);
        free(momentum);
        close_subject(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_gradients_are_scaled),
        cmocka_unit_test(short_ones_stay_as_they_are),
        cmocka_unit_test(parameters_become_their_mean),
    };
    return cmocka_run_group_tests_name("update_rule", tests, open_device_fixture,
                                       close_device_fixture);
}
