/* Skipped steps with non-finite numbers: which are skipped, and that nothing else changes. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "loss/isometry.h"
#include "optim/adam.h"
#include "optim/guard.h"

enum { SLOTS = 3 };

struct subject {
    const struct device_fixture *fixture;
    struct lb_guard guard;
    cl_mem energy;
    cl_mem error;
};

static void open_subject(struct subject *s, const struct device_fixture *fixture)
{
    float terms[4 * SLOTS];
    for (size_t i = 0; i < LB_COUNT(terms); i++) {
        terms[i] = 1.0f + (float)i;
    }
    *s = (struct subject){.fixture = fixture};
    require_ok(fixture, lb_guard_create(&s->guard, fixture->device));
    s->energy = upload(fixture, terms, LB_COUNT(terms));
    s->error = upload(fixture, terms, LB_COUNT(terms));
}

static void close_subject(struct subject *s)
{
    lb_guard_destroy(&s->guard);
    lb_buffer_release(&s->energy);
    lb_buffer_release(&s->error);
}

static void set(const struct subject *s, cl_mem mem, size_t i, float value)
{
    require_ok(s->fixture,
               lb_buffer_write(s->fixture->device, mem, i * sizeof value, &value, sizeof value));
}

/* The number of skipped steps after a step with this gradient. */
static int step(struct subject *s, int slot, bool has_energy, bool has_error, cl_mem gradient,
                size_t n)
{
    const struct lb_loss energy = {.kind = &lb_isometry_kind, .slots = s->energy};
    const struct lb_loss error = {.kind = &lb_reconstruction_kind, .slots = s->error};
    const struct lb_loss *losses[2];
    int n_losses = 0;
    int count = -1;
    if (has_energy) {
        losses[n_losses++] = &energy;
    }
    if (has_error) {
        losses[n_losses++] = &error;
    }
    require_ok(s->fixture, lb_guard_losses(&s->guard, losses, n_losses, slot));
    if (gradient != NULL) {
        require_ok(s->fixture, lb_guard_gradient(&s->guard, gradient, n));
    }
    require_ok(s->fixture, lb_guard_count(&s->guard));
    require_ok(s->fixture, lb_guard_read(&s->guard, &count));
    return count;
}

static void losses_are_looked_at(void **state)
{
    const float bad[] = {NAN, INFINITY, -INFINITY};
    struct subject s;
    open_subject(&s, *state);
    assert_int_equal(step(&s, 1, true, true, NULL, 0), 0);
    int count = 0;
    for (size_t k = 0; k < LB_COUNT(bad); k++) {
        for (size_t i = 0; i < 4; i++) { // the last two terms are squares, which are not trained on
            set(&s, s.energy, 4 + i, bad[k]);
            count += i < 2;
            assert_int_equal(step(&s, 1, true, true, NULL, 0), count);
            assert_int_equal(step(&s, 1, false, true, NULL, 0), count);
            assert_int_equal(step(&s, 0, true, true, NULL, 0), count);
            assert_int_equal(step(&s, 2, true, true, NULL, 0), count);
            set(&s, s.energy, 4 + i, 1.0f);
        }
        set(&s, s.error, 4, bad[k]);
        assert_int_equal(step(&s, 1, true, true, NULL, 0), ++count);
        assert_int_equal(step(&s, 1, true, false, NULL, 0), count);
        set(&s, s.error, 4, 1.0f);
    }
    require_ok(s.fixture, lb_guard_write(&s.guard, 41));
    set(&s, s.error, 4, NAN);
    assert_int_equal(step(&s, 1, false, true, NULL, 0), 42);
    close_subject(&s);
}

static void gradients_are_looked_at(void **state)
{
    const size_t sizes[] = {1, 15, 16, 17, 1023, 1025, 2080};
    struct subject s;
    open_subject(&s, *state);
    int count = 0;
    for (size_t k = 0; k < LB_COUNT(sizes); k++) {
        const size_t n = sizes[k];
        float *values = allocate(n + 1, sizeof *values);
        for (size_t i = 0; i < n; i++) {
            values[i] = i % 2 == 0 ? 3e38f : -1e-40f; // large and denormal numbers are finite
        }
        values[n] = NAN; // after the end
        cl_mem gradient = upload(s.fixture, values, n + 1);
        assert_int_equal(step(&s, 0, true, false, gradient, n), count);
        const size_t places[] = {0, n / 2, n - 1};
        for (size_t i = 0; i < LB_COUNT(places); i++) {
            set(&s, gradient, places[i], i == 1 ? INFINITY : NAN);
            assert_int_equal(step(&s, 0, true, false, gradient, n), ++count);
            set(&s, gradient, places[i], 1.0f);
        }
        lb_buffer_release(&gradient);
        free(values);
    }
    close_subject(&s);
}

/* A skipped step changes no bit of parameters and moments; the next step is as if it had not
 * happened. */
static void adam_obeys(void **state)
{
    enum { N = 77 };
    const struct device_fixture *fixture = *state;
    float initial[N];
    float good[N];
    float *results[2][3];
    for (size_t i = 0; i < N; i++) {
        initial[i] = draw(1, i);
        good[i] = draw(2, i);
    }
    for (int with = 0; with < 2; with++) {
        struct subject s;
        struct lb_adam adam;
        open_subject(&s, fixture);
        require_ok(fixture, lb_adam_create(&adam, fixture->device, N));
        cl_mem parameters = upload(fixture, initial, N);
        for (int t = 1; t <= 3; t++) {
            require_ok(fixture,
                       lb_buffer_write(fixture->device, adam.gradient, 0, good, sizeof good));
            if (t == 2) {
                set(&s, adam.gradient, N - 1, NAN);
            }
            if (t == 2 && with == 0) {
                continue;
            }
            const struct lb_loss energy = {.kind = &lb_isometry_kind, .slots = s.energy};
            const struct lb_loss *const losses[] = {&energy};
            require_ok(fixture, lb_guard_losses(&s.guard, losses, 1, 0));
            require_ok(fixture, lb_guard_gradient(&s.guard, adam.gradient, N));
            require_ok(fixture, lb_adam_step(&adam, parameters, t,
                                             lb_adam_params(.lr = 0.1, .weight_decay = 0.1,
                                                            .skip = s.guard.flags)));
            require_ok(fixture, lb_guard_count(&s.guard));
        }
        results[with][0] = download(fixture, parameters, N);
        results[with][1] = download(fixture, adam.moment1, N);
        results[with][2] = download(fixture, adam.moment2, N);
        lb_buffer_release(&parameters);
        lb_adam_destroy(&adam);
        close_subject(&s);
    }
    for (size_t k = 0; k < 3; k++) {
        assert_memory_equal(results[0][k], results[1][k], N * sizeof(float));
        assert_true(isfinite(results[1][k][N - 1]));
        free(results[0][k]);
        free(results[1][k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_are_looked_at),
        cmocka_unit_test(gradients_are_looked_at),
        cmocka_unit_test(adam_obeys),
    };
    return cmocka_run_group_tests_name("guard", tests, open_device_fixture, close_device_fixture);
}
