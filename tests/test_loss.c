/*
 * The loss and its gradient: plain C in double against the reference vectors at 1e-10, then the
 * device against plain C on the same float32 inputs, within the bounds of loss_reference.c. So the
 * rounding of the inputs, which 8/d^2 amplifies, is in neither comparison.
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lowbend/energy.h>

#include "loss/isometry.h"
#include "loss_reference.h"

#define GUARD 64
#define SLOTS 5

/* ---- plain C against the vectors ------------------------------------------------------------- */

struct vectors {
    json_t *root;
    size_t n;
    size_t l;
    double *z;
    double *d;
};

static struct vectors load_vectors(void)
{
    struct vectors v = {.root = load_reference("loss.json")};
    v.n = (size_t)number_at(v.root, "number_of_pairs");
    v.l = (size_t)number_at(v.root, "latent_dimension");
    v.d = numbers_at(v.root, "d", v.n);
    v.z = allocate(3 * v.n * v.l, sizeof *v.z);
    static const char *const keys[] = {"zx", "zy", "zm"};
    for (size_t k = 0; k < 3; k++) {
        double *part = numbers_at(v.root, keys[k], v.n * v.l);
        memcpy(v.z + k * v.n * v.l, part, v.n * v.l * sizeof *part);
        free(part);
    }
    return v;
}

static void free_vectors(struct vectors *v)
{
    free(v->z);
    free(v->d);
    json_decref(v->root);
}

/* A row may differ by 1e-10 of the largest number in its pair's gradients. Near |first| = 1, where
 * the gradient's leading part cancels, it may differ by 10 double roundings of that part. */
static void check_gradient_rows(const char *what, const struct loss_problem *p, const double *got,
                                const double *want)
{
    for (size_t i = 0; i < p->n; i++) {
        double size = 2e-5 / (p->d[i] * (double)p->n);
        for (size_t j = 0; j < 3 * p->l; j++) {
            size = fmax(size, fabs(want[(j / p->l * p->n + i) * p->l + j % p->l]));
        }
        for (size_t j = 0; j < 3 * p->l; j++) {
            const size_t at = (j / p->l * p->n + i) * p->l + j % p->l;
            check_near(what, at, got[at], want[at], 1e-10 * size);
        }
    }
}

static void plain_c_gives_the_vectors(void **state)
{
    (void)state;
    struct vectors v = load_vectors();
    const json_t *cases = json_object_get(v.root, "cases");
    assert_int_equal(json_array_size(cases), 12);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        static const char *const keys[] = {"gradient_zx", "gradient_zy", "gradient_zm"};
        const json_t *one = json_array_get(cases, i);
        const struct loss_problem p = {v.n, v.l, number_at(one, "lambda"), number_at(one, "c"),
                                       v.z, v.d};
        struct loss_result result;
        loss_reference(&p, &result);
        const double gamma = number_at(one, "mean_gamma_of_first");
        const double second = number_at(one, "mean_squared_norm_of_second");
        const double loss = number_at(one, "loss");
        check_near("distortion", i, result.distortion.value, gamma, 1e-10 * gamma);
        check_near("bending", i, result.bending.value, second, 1e-10 * second);
        check_near("loss", i, result.distortion.value + p.lambda * result.bending.value, loss,
                   1e-10 * loss);
        double *want = allocate(3 * v.n * v.l, sizeof *want);
        for (size_t k = 0; k < 3; k++) {
            double *part = numbers_at(one, keys[k], v.n * v.l);
            memcpy(want + k * v.n * v.l, part, v.n * v.l * sizeof *part);
            free(part);
        }
        check_gradient_rows("gradient", &p, result.gradient, want);
        free(want);
        loss_free(&result);
    }
    free_vectors(&v);
}

/* ---- the device against plain C -------------------------------------------------------------- */

static void check_mean(const char *what, const char *term, float got, const struct loss_mean *want)
{
    char text[192];
    snprintf(text, sizeof text, "%s: %s", what, term);
    check_near(text, 0, (double)got, want->value, want->bound);
}

/* Everything except the slot, and everything after the gradient, is unchanged. */
static void check_canaries(const char *what, const float *terms, size_t slot, const float *gradient,
                           size_t size)
{
    for (size_t i = 0; i < (size_t)SLOTS * 4; i++) {
        if (i / 4 != slot) {
            check_near(what, i, (double)terms[i], (double)CANARY, 0.0);
        }
    }
    for (size_t i = size; i < size + GUARD; i++) {
        check_near(what, i, (double)gradient[i], (double)CANARY, 0.0);
    }
}

static float *canaries(size_t n)
{
    float *values = allocate(n, sizeof *values);
    for (size_t i = 0; i < n; i++) {
        values[i] = CANARY;
    }
    return values;
}

struct device_inputs {
    const float *z;
    const float *d;
    int slot;
    bool in_place; ///< the gradient overwrites the latents
};

static void check_device(const struct device_fixture *fixture, const char *what,
                         const struct loss_problem *problem, const struct device_inputs *inputs)
{
    const size_t size = 3 * problem->n * problem->l;
    struct lb_isometry isometry = {0};
    struct loss_result want;
    float *initial = canaries(size + GUARD);
    float *empty = canaries(SLOTS * 4);
    cl_mem d = upload(fixture, inputs->d, problem->n);
    if (inputs->in_place) {
        memcpy(initial, inputs->z, size * sizeof *initial);
    }
    cl_mem gradient_mem = upload(fixture, initial, size + GUARD);
    cl_mem z = inputs->in_place ? gradient_mem : upload(fixture, inputs->z, size);

    require_ok(fixture, lb_isometry_create(&isometry, fixture->device, (int)problem->n, SLOTS,
                                           problem->lambda, problem->c));
    require_ok(fixture, lb_buffer_write(fixture->device, isometry.loss.slots, 0, empty,
                                        SLOTS * 4 * sizeof *empty));
    require_ok(fixture, lb_isometry_run(&isometry, z, d, (int)problem->n, (int)problem->l,
                                        gradient_mem, inputs->slot));
    float *gradient = download(fixture, gradient_mem, size + GUARD);
    float *terms = download(fixture, isometry.loss.slots, SLOTS * 4);
    struct lb_isometry_terms got;
    memcpy(&got, terms + 4 * inputs->slot, sizeof got);
    loss_reference(problem, &want);
    check_mean(what, "distortion", got.distortion, &want.distortion);
    check_mean(what, "bending", got.bending, &want.bending);
    check_mean(what, "distortion squared", got.distortion_squared, &want.distortion_squared);
    check_mean(what, "bending squared", got.bending_squared, &want.bending_squared);
    for (size_t i = 0; i < size; i++) {
        check_near(what, i, (double)gradient[i], want.gradient[i], want.bound[i]);
    }
    check_canaries(what, terms, (size_t)inputs->slot, gradient, size);

    loss_free(&want);
    free(gradient);
    free(terms);
    free(initial);
    free(empty);
    lb_isometry_destroy(&isometry);
    if (!inputs->in_place) {
        lb_buffer_release(&z);
    }
    lb_buffer_release(&gradient_mem);
    lb_buffer_release(&d);
}

static double *widen(const float *values, size_t n)
{
    double *out = allocate(n, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        out[i] = (double)values[i];
    }
    return out;
}

/* Checks with these float32 inputs, which are also given to plain C. */
static void check_inputs(const struct device_fixture *fixture, const float *z, const float *d,
                         size_t n, size_t l, double lambda, double c, int slot, bool in_place)
{
    char what[160];
    snprintf(what, sizeof what, "n %zu l %zu lambda %g c %g slot %d%s", n, l, lambda, c, slot,
             in_place ? " in place" : "");
    double *wide_z = widen(z, 3 * n * l);
    double *wide_d = widen(d, n);
    /* lambda as passed to the kernel; rounding of c^2 is covered by the bounds. */
    const struct loss_problem problem = {n, l, (double)(float)lambda, c, wide_z, wide_d};
    const struct device_inputs inputs = {z, d, slot, in_place};
    check_device(fixture, what, &problem, &inputs);
    free(wide_z);
    free(wide_d);
}

static void device_gives_the_vectors(void **state)
{
    const struct device_fixture *fixture = *state;
    struct vectors v = load_vectors();
    float *z = allocate(3 * v.n * v.l, sizeof *z);
    float *d = allocate(v.n, sizeof *d);
    for (size_t i = 0; i < 3 * v.n * v.l; i++) {
        z[i] = (float)v.z[i];
    }
    for (size_t i = 0; i < v.n; i++) {
        d[i] = (float)v.d[i];
    }
    const json_t *cases = json_object_get(v.root, "cases");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        check_inputs(fixture, z, d, v.n, v.l, number_at(one, "lambda"), number_at(one, "c"),
                     (int)(i % SLOTS), i % 2 == 1);
    }
    free(z);
    free(d);
    free_vectors(&v);
}

/* Latents of a nearly isometric, slightly bent map, distances from 1e-3 to 1. */
static void make_pairs(size_t n, size_t l, float *z, float *d)
{
    for (size_t i = 0; i < n; i++) {
        d[i] = (float)pow(10.0, -1.5 + 1.5 * (double)draw(1, i));
        for (size_t k = 0; k < l; k++) {
            const size_t at = i * l + k;
            const double step =
                (0.7 + 0.3 * (double)draw(2, i)) * (double)d[i] * (double)draw(3, at);
            const double bend = (double)draw(4, at) * (double)d[i] * (double)d[i] / 8.0;
            z[at] = draw(5, at);
            z[n * l + at] = (float)((double)z[at] + step);
            z[2 * n * l + at] = (float)((double)z[at] + 0.5 * step + bend);
        }
    }
}

static void device_gives_all_sizes(void **state)
{
    static const size_t sizes[] = {1, 63, 64, 65, 257};
    static const size_t dimensions[] = {1, 17};
    const struct device_fixture *fixture = *state;
    for (size_t i = 0; i < LB_COUNT(sizes); i++) {
        for (size_t j = 0; j < LB_COUNT(dimensions); j++) {
            const size_t n = sizes[i];
            const size_t l = dimensions[j];
            float *z = allocate(3 * n * l, sizeof *z);
            float *d = allocate(n, sizeof *d);
            make_pairs(n, l, z, d);
            check_inputs(fixture, z, d, n, l, 0.3, 0.0, (int)(i % SLOTS), false);
            check_inputs(fixture, z, d, n, l, 0.3, 0.7, (int)(j + 3), true);
            free(z);
            free(d);
        }
    }
}

/* Collapsed pairs: s^2 = 0, below, near and above the floor. Everything is finite, even for c =
   0. */
static void floor_keeps_collapsed_pairs_finite(void **state)
{
    static const double lengths[] = {0.0, 1e-9, 0.9e-6, 1.1e-6, 1e-5, 1e-3};
    static const double c[] = {0.0, 1e-3, 0.7};
    enum { N = 6 };
    const struct device_fixture *fixture = *state;
    float z[3 * N * 2] = {0.0f};
    float d[N];
    for (size_t i = 0; i < N; i++) {
        d[i] = 0.0625f; // a power of 2, so d, 1/d and the lengths are exact
        z[(N + i) * 2] = (float)(lengths[i] * 0.6 * 0.0625);
        z[(N + i) * 2 + 1] = (float)(lengths[i] * 0.8 * 0.0625);
    }
    for (size_t k = 0; k < LB_COUNT(c); k++) {
        check_inputs(fixture, z, d, N, 2, 0.1, c[k], 1, false);
    }
    /* A single collapsed pair: gamma is 1e12, the gradient 0. */
    check_inputs(fixture, z, d, 1, 2, 0.1, 0.0, 0, false);
}

/* ---- closed forms ---------------------------------------------------------------------------- */

static void minimum_is_the_closed_form(void **state)
{
    (void)state;
    json_t *root = load_reference("closed_forms.json");
    const json_t *rows = json_object_get(root, "global_minima");
    assert_true(json_array_size(rows) > 100);
    int collapsed = 0;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const double h = number_at(row, "h");
        const double lambda = number_at(row, "lambda");
        const double c = number_at(row, "c");
        const double energy = number_at(row, "minimum_energy");
        const double t = number_at(row, "optimal_T");
        const bool collapses = json_is_true(json_object_get(row, "collapsed"));
        const struct lb_minimum got = lb_energy_minimum(h, lambda, c);
        check_near("energy", i, got.energy, energy, 1e-12 * fmax(energy, 1e-3));
        check_near("scale", i, got.scale, sqrt(t), 1e-12);
        check_near("collapsed", i, got.collapsed, collapses, 0.0);
        check_near("gamma at the minimum", i, lb_gamma(t, c) + lambda * h * t, energy,
                   1e-12 * fmax(energy, 1e-3));
        collapsed += collapses;
    }
    assert_true(collapsed > 0);
    json_decref(root);
}

static void gamma_is_its_formula(void **state)
{
    (void)state;
    assert_true(isinf(lb_gamma(0.0, 0.0)));
    check_near("gamma of 1", 0, lb_gamma(1.0, 0.3), 0.0, 0.0);
    check_near("gamma of 0", 0, lb_gamma(0.0, 0.5), 4.0, 0.0);
    for (size_t i = 0; i < 100; i++) {
        /* Near s^2 = 1 the textbook form cancels, so the tolerance includes an absolute part. */
        const double s2 = pow(10.0, 2.0 * (double)draw(1, i));
        const double c = 1.0 + (double)draw(2, i);
        const double want = s2 + (1.0 + c * c) * (1.0 + c * c) / (s2 + c * c) - 2.0 - c * c;
        check_near("gamma", i, lb_gamma(s2, c), want, 1e-11 * (want + 1.0));
    }
    assert_true(isnan(lb_energy_minimum((double)NAN, 0.1, 0.0).energy));
}

/* Near lambda = 0: E* ~ lambda h, but the textbook form loses all digits. */
static void minimum_does_not_cancel(void **state)
{
    (void)state;
    const double lambda = 1e-13;
    const struct lb_minimum got = lb_energy_minimum(1.0, lambda, 0.5);
    check_near("energy", 0, got.energy, lambda, 1e-9 * lambda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_c_gives_the_vectors),
        cmocka_unit_test(device_gives_the_vectors),
        cmocka_unit_test(device_gives_all_sizes),
        cmocka_unit_test(floor_keeps_collapsed_pairs_finite),
        cmocka_unit_test(minimum_is_the_closed_form),
        cmocka_unit_test(gamma_is_its_formula),
        cmocka_unit_test(minimum_does_not_cancel),
    };
    return cmocka_run_group_tests_name("loss", tests, open_device_fixture, close_device_fixture);
}
