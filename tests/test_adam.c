/*
 * Adam and AdamW against five steps of the reference vectors.
 *
 * Tolerances, u = 2^-24: each step rounds a moment at most 3 times relative to the sizes of its
 * terms, so after five steps it differs by at most 20 u of the largest it has been. The change of a
 * parameter is at most a few lr and has a relative error of 2 (moments) + 5 (quotient) + 4 (root)
 * + ... < 100 u; the parameter itself is rounded by u of its size at each step.
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "optim/adam.h"

struct subject {
    struct lb_adam adam;
    cl_mem parameters;
    size_t n;
    double *largest1; ///< of each moment so far, terms included
    double *largest2;
};

static void check_part(const struct device_fixture *fixture, const char *what, cl_mem mem,
                       const json_t *step, const char *key, size_t n, const double *bound)
{
    float *got = download(fixture, mem, n);
    double *want = numbers_at(step, key, n);
    for (size_t i = 0; i < n; i++) {
        check_near(what, i, (double)got[i], want[i], bound[i]);
    }
    free(got);
    free(want);
}

static void check_step(const struct device_fixture *fixture, const char *what,
                       const struct subject *s, const json_t *step, const double *size,
                       double change, int t)
{
    double *bound = allocate(s->n, sizeof *bound);
    for (size_t i = 0; i < s->n; i++) {
        bound[i] = 20.0 * UNIT * s->largest1[i];
    }
    check_part(fixture, what, s->adam.moment1, step, "first_moment", s->n, bound);
    for (size_t i = 0; i < s->n; i++) {
        bound[i] = 20.0 * UNIT * s->largest2[i];
    }
    check_part(fixture, what, s->adam.moment2, step, "second_moment", s->n, bound);
    for (size_t i = 0; i < s->n; i++) {
        bound[i] = UNIT * (1.0 + 2.0 * t) * size[i] + 100.0 * UNIT * change * t;
    }
    check_part(fixture, what, s->parameters, step, "parameters", s->n, bound);
    free(bound);
}

static void run_case(const struct device_fixture *fixture, const json_t *root, const json_t *one)
{
    struct subject s = {.n = (size_t)number_at(root, "number_of_parameters")};
    float *initial = floats_at(root, "initial_parameters", s.n);
    double *size = numbers_at(root, "initial_parameters", s.n);
    s.parameters = upload(fixture, initial, s.n);
    s.largest1 = allocate(s.n, sizeof(double));
    s.largest2 = allocate(s.n, sizeof(double));
    require_ok(fixture, lb_adam_create(&s.adam, fixture->device, s.n));
    const json_t *steps = json_object_get(one, "after_step");
    const double lr = number_at(one, "learning_rate");
    const size_t n_steps = json_array_size(steps);
    assert_int_equal(n_steps, 5);
    double *gradients = numbers_at(root, "gradients_per_step", n_steps * s.n);
    for (size_t t = 0; t < n_steps; t++) {
        char what[128];
        float *gradient = allocate(s.n, sizeof *gradient);
        for (size_t i = 0; i < s.n; i++) {
            const double g = gradients[t * s.n + i];
            gradient[i] = (float)g;
            s.largest1[i] = fmax(s.largest1[i], 0.1 * fabs(g));
            s.largest2[i] = fmax(s.largest2[i], 0.001 * g * g);
        }
        require_ok(fixture, lb_buffer_write(fixture->device, s.adam.gradient, 0, gradient,
                                            s.n * sizeof *gradient));
        require_ok(fixture,
                   lb_adam_step(&s.adam, s.parameters, (long)t + 1,
                                lb_adam_params(.lr = lr, .beta1 = number_at(one, "beta1"),
                                               .beta2 = number_at(one, "beta2"),
                                               .epsilon = number_at(one, "epsilon"),
                                               .weight_decay = number_at(one, "weight_decay"))));
        snprintf(what, sizeof what, "%s lr %g step %zu",
                 json_string_value(json_object_get(one, "optimizer")), lr, t + 1);
        for (size_t i = 0; i < s.n; i++) {
            size[i] = fabs(size[i]) + lr;
        }
        check_step(fixture, what, &s, json_array_get(steps, t), size, lr, (int)t + 1);
        free(gradient);
    }
    free(gradients);
    free(initial);
    free(size);
    free(s.largest1);
    free(s.largest2);
    lb_buffer_release(&s.parameters);
    lb_adam_destroy(&s.adam);
}

static void steps_give_the_vectors(void **state)
{
    const struct device_fixture *fixture = *state;
    json_t *root = load_reference("adam.json");
    const json_t *cases = json_object_get(root, "cases");
    assert_int_equal(json_array_size(cases), 4);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        run_case(fixture, root, json_array_get(cases, i));
    }
    json_decref(root);
}

/* A parameter whose gradient is always 0 does not change: 0 / (0 + epsilon), not 0 / 0. */
static void zero_gradient_changes_nothing(void **state)
{
    enum { N = 130 };
    const struct device_fixture *fixture = *state;
    struct lb_adam adam;
    float initial[N];
    for (size_t i = 0; i < N; i++) {
        initial[i] = draw(1, i);
    }
    cl_mem parameters = upload(fixture, initial, N);
    require_ok(fixture, lb_adam_create(&adam, fixture->device, N));
    for (long t = 1; t <= 3; t++) {
        require_ok(fixture, lb_adam_step(&adam, parameters, t, lb_adam_params(.lr = 0.1)));
    }
    float *got = download(fixture, parameters, N);
    assert_memory_equal(got, initial, sizeof initial);
    free(got);
    lb_buffer_release(&parameters);
    lb_adam_destroy(&adam);
}

/* Late steps: the corrections are 1, and nothing overflows in t. */
static void late_steps_are_uncorrected(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_adam adam;
    const float start[1] = {0.5f};
    const float gradient[1] = {2.0f};
    cl_mem parameters = upload(fixture, start, 1);
    require_ok(fixture, lb_adam_create(&adam, fixture->device, 1));
    require_ok(fixture,
               lb_buffer_write(fixture->device, adam.gradient, 0, gradient, sizeof gradient));
    require_ok(fixture, lb_adam_step(&adam, parameters, 1000000000L, lb_adam_params(.lr = 0.01)));
    float *got = download(fixture, parameters, 1);
    /* m = 0.1 g, v = 0.001 g^2: the change is lr 0.1 / sqrt(0.001). */
    check_near("parameter", 0, (double)got[0], 0.5 - 0.01 * 0.1 / sqrt(0.001), 4.0 * UNIT);
    free(got);
    lb_buffer_release(&parameters);
    lb_adam_destroy(&adam);
}

/* If a gradient comes in parts, their sum is used. */
static void parts_are_added(void **state)
{
    enum { N = 67, PARTS = 3 };
    const struct device_fixture *fixture = *state;
    struct lb_adam adams[2];
    cl_mem parameters[2];
    float parts[PARTS * N];
    float sum[N] = {0};
    float initial[N];
    for (size_t i = 0; i < N; i++) {
        initial[i] = draw(2, i);
    }
    for (size_t i = 0; i < PARTS * N; i++) {
        parts[i] = draw(3, i);
        sum[i % N] += parts[i];
    }
    cl_mem gradients = upload(fixture, parts, PARTS * N);
    float *got[2];
    for (int i = 0; i < 2; i++) {
        parameters[i] = upload(fixture, initial, N);
        require_ok(fixture, lb_adam_create(&adams[i], fixture->device, N));
        require_ok(fixture,
                   lb_buffer_write(fixture->device, adams[i].gradient, 0, sum, sizeof sum));
        for (long t = 1; t <= 2; t++) {
            require_ok(fixture, lb_adam_step(&adams[i], parameters[i], t,
                                             lb_adam_params(.lr = 0.1,
                                                            .gradient = {i == 0 ? gradients : NULL,
                                                                         PARTS})));
        }
        got[i] = download(fixture, parameters[i], N);
        lb_buffer_release(&parameters[i]);
        lb_adam_destroy(&adams[i]);
    }
    assert_memory_equal(got[0], got[1], sizeof sum);
    assert_memory_not_equal(got[0], initial, sizeof initial);
    free(got[0]);
    free(got[1]);
    lb_buffer_release(&gradients);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_give_the_vectors),
        cmocka_unit_test(zero_gradient_changes_nothing),
        cmocka_unit_test(late_steps_are_uncorrected),
        cmocka_unit_test(parts_are_added),
    };
    return cmocka_run_group_tests_name("adam", tests, open_device_fixture, close_device_fixture);
}
