/*
 * The sphere on the device: distance, midpoint, exponential map, frames and geodesics against the
 * reference vectors and double. u = 2^-24.
 *
 * A unit vector in float32 is off by up to 0.5 ulp a coordinate, that is up to sqrt(3) u; computed
 * ones by a few u more. A distance from exact points has a relative error of a few u, from rounded
 * ones an absolute error of up to twice their own. A midpoint divides by |x + y| = 2 cos(d/2),
 * which magnifies the errors of x and y by 1 / cos(d/2).
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geometry/query.h"
#include "sphere_reference.h"
#include "tangent_support.h"

struct fixture {
    struct device_fixture *base;
    struct lb_dataset *sphere;
};

static int set_up(void **state)
{
    static struct fixture f;
    void *base = NULL;
    if (open_device_fixture(&base) != 0) {
        return -1;
    }
    f.base = base;
    *state = &f;
    const struct lb_dataset_params params = {.name = "sphere"};
    if (lb_dataset_open(&f.sphere, f.base->device, &params) != LB_OK) {
        print_error("%s\n", lb_context_error(f.base->ctx));
        return -1;
    }
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    void *base = f->base;
    lb_dataset_close(&f->sphere);
    return close_device_fixture(&base);
}

/* ---- reference vectors ----------------------------------------------------------------------- */

static void facts_are_those_of_the_sphere(void **state)
{
    const struct fixture *f = *state;
    const struct lb_dataset_info *info = lb_dataset_get_info(f->sphere);
    assert_string_equal(info->name, "sphere");
    assert_string_equal(info->manifold, "sphere");
    assert_int_equal(info->dimension, 2);
    assert_int_equal(info->point_size, 3);
    assert_int_equal(info->height * info->width * info->channels, 3);
    check_near("injectivity radius", 0, info->injectivity_radius, acos(-1.0), 2e-7);
    check_near("h", 0, info->h, 1.0, 0.0);
    check_near("cap", 0, info->cap_degrees, 0.0, 0.0);
}

static void pairs_give_the_vectors(void **state)
{
    enum { N = 40 };
    const struct fixture *f = *state;
    json_t *root = load_reference("manifolds.json");
    const json_t *pairs = json_object_get(root, "sphere_pairs");
    assert_int_equal(json_array_size(pairs), N);
    float x[N][3];
    float y[N][3];
    float distance[N];
    float midpoint[N][3];
    for (size_t i = 0; i < N; i++) {
        float *xi = floats_at(json_array_get(pairs, i), "x", 3);
        float *yi = floats_at(json_array_get(pairs, i), "y", 3);
        memcpy(x[i], xi, sizeof x[i]);
        memcpy(y[i], yi, sizeof y[i]);
        free(xi);
        free(yi);
    }
    require_ok(f->base, lb_dataset_distances(f->sphere, x[0], y[0], N, distance));
    require_ok(f->base, lb_dataset_midpoints(f->sphere, x[0], y[0], N, midpoint[0]));
    for (size_t i = 0; i < N; i++) {
        const json_t *pair = json_array_get(pairs, i);
        const double d = number_at(pair, "distance");
        double *m = numbers_at(pair, "midpoint", 3);
        check_near("distance", i, (double)distance[i], d, 6.0 * UNIT + 12.0 * UNIT * d);
        for (size_t k = 0; k < 3; k++) {
            check_near("midpoint", 3 * i + k, (double)midpoint[i][k], m[k],
                       4.0 * UNIT / cos(d / 2.0));
        }
        /* With tight bounds, from the same rounded points. */
        double wide_x[3];
        double wide_y[3];
        widen3(x[i], wide_x);
        widen3(y[i], wide_y);
        const double exact = distance3(wide_x, wide_y);
        check_near("distance of rounded points", i, (double)distance[i], exact,
                   16.0 * UNIT * exact);
        free(m);
    }
    json_decref(root);
}

static void exponentials_give_the_vectors(void **state)
{
    const struct fixture *f = *state;
    json_t *root = load_reference("manifolds.json");
    const json_t *cases = json_object_get(json_object_get(root, "exp_cases"), "sphere");
    assert_int_equal(json_array_size(cases), 10);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        float *x = floats_at(one, "base_point", 3);
        float *tangent = floats_at(one, "tangent_vector", 3);
        double *want = numbers_at(one, "result", 3);
        float got[3];
        exponentials_of(f->base, f->sphere, x, tangent, 3, 1, got);
        for (size_t k = 0; k < 3; k++) {
            check_near("exponential", 3 * i + k, (double)got[k], want[k], 8.0 * UNIT);
        }
        free(x);
        free(tangent);
        free(want);
    }
    json_decref(root);
}

/* Lengths from 0 to pi, on both sides of the switch from the series to sin(r)/r. */
static void exponential_is_right_at_every_length(void **state)
{
    static const double lengths[] = {0.0,  1e-30, 1e-20, 1e-8, 1e-4, 0.9999e-3, 1.0001e-3,
                                     2e-3, 0.1,   1.0,   2.0,  3.0,  3.14};
    enum { N = sizeof lengths / sizeof lengths[0] };
    const struct fixture *f = *state;
    float x[N][3];
    float tangent[N][3];
    float got[N][3];
    double want[N][3];
    for (size_t i = 0; i < N; i++) {
        const double base[3] = {0.48, 0.6, -0.64};
        double first[3];
        double second[3];
        frame3(base, first, second);
        for (size_t k = 0; k < 3; k++) {
            x[i][k] = (float)base[k];
            tangent[i][k] = (float)(lengths[i] * (0.6 * first[k] + 0.8 * second[k]));
        }
        exponential3(base, atan2(0.8, 0.6), lengths[i], want[i]);
    }
    exponentials_of(f->base, f->sphere, x[0], tangent[0], 3, N, got[0]);
    for (size_t i = 0; i < 3 * N; i++) {
        /* Rounding the tangent moves the result by u times its length. */
        check_near("exponential", i, (double)got[i / 3][i % 3], want[i / 3][i % 3],
                   (8.0 + 2.0 * lengths[i / 3]) * UNIT);
    }
}

/* ---- frames ---------------------------------------------------------------------------------- */

static void frames_are_orthonormal(void **state)
{
    enum { N = 500 };
    static const float special[][3] = {
        {0.0f, 0.0f, 1.0f},     {0.0f, 0.0f, -1.0f},  {1.0f, 0.0f, 0.0f},   {1.0f, 0.0f, -0.0f},
        {0.0f, 1.0f, 0.0f},     {0.6f, -0.8f, -0.0f}, {0.6f, -0.8f, 1e-8f}, {0.6f, -0.8f, -1e-8f},
        {1e-20f, 1e-20f, 1.0f}, {1e-4f, 0.0f, -1.0f}};
    const struct fixture *f = *state;
    float x[N][3];
    require_ok(f->base, lb_dataset_points(f->sphere, 3, N, x[0]));
    memcpy(x, special, sizeof special);
    float *frames = frames_of(f->base, f->sphere, x[0], 3, N);
    for (size_t i = 0; i < N; i++) {
        double point[3];
        double first[3];
        double second[3];
        widen3(x[i], point);
        widen3(frames + 6 * i, first);
        widen3(frames + 6 * i + 3, second);
        check_near("|first|^2", i, dot3(first, first), 1.0, 16.0 * UNIT);
        check_near("|second|^2", i, dot3(second, second), 1.0, 16.0 * UNIT);
        check_near("first second", i, dot3(first, second), 0.0, 16.0 * UNIT);
        check_near("x first", i, dot3(point, first), 0.0, 16.0 * UNIT);
        check_near("x second", i, dot3(point, second), 0.0, 16.0 * UNIT);
    }
    free(frames);
}

/* ---- geodesics ------------------------------------------------------------------------------- */

static void geodesics_are_slerp(void **state)
{
    enum { N = 300, LEVELS = 4, LENGTH = (1 << LEVELS) + 1 };
    const struct fixture *f = *state;
    float *x = allocate(N * 3, sizeof *x);
    float *y = allocate(N * 3, sizeof *y);
    float *path = allocate(N * LENGTH * 3, sizeof *path);
    require_ok(f->base, lb_dataset_points(f->sphere, 1, N, x));
    require_ok(f->base, lb_dataset_points(f->sphere, 2, N, y));
    require_ok(f->base, lb_dataset_geodesics(f->sphere, x, y, N, LEVELS, path));
    for (size_t i = 0; i < N; i++) {
        double from[3];
        double to[3];
        widen3(x + 3 * i, from);
        widen3(y + 3 * i, to);
        const double d = distance3(from, to);
        for (size_t j = 0; j < LENGTH; j++) {
            double want[3];
            slerp3(from, to, (double)j / (LENGTH - 1), want);
            for (size_t k = 0; k < 3; k++) {
                /* Only the first halving is badly conditioned; each level adds one rounding. */
                check_near("geodesic", (i * LENGTH + j) * 3 + k,
                           (double)path[(i * LENGTH + j) * 3 + k], want[k],
                           (4.0 / cos(d / 2.0) + 4.0 * LEVELS) * UNIT);
            }
        }
    }
    require_ok(f->base, lb_dataset_geodesics(f->sphere, x, y, 1, 0, path));
    assert_memory_equal(path, x, 3 * sizeof *x);
    assert_memory_equal(path + 3, y, 3 * sizeof *y);
    require_error(f->base, lb_dataset_geodesics(f->sphere, x, y, 1, 11, path), LB_ERR_ARGUMENT,
                  "11 levels");
    require_error(f->base, lb_dataset_geodesics(f->sphere, x, y, 1, -1, path), LB_ERR_ARGUMENT,
                  "-1 levels");
    require_ok(f->base, lb_dataset_geodesics(f->sphere, x, y, 0, 3, path));
    free(x);
    free(y);
    free(path);
}

/* ---- closed forms ---------------------------------------------------------------------------- */

static double length_of(const double *v)
{
    return sqrt(dot3(v, v));
}

/* The quotients of the identity embedding for one pair, from the device's results. */
static void identity_has_the_known_quotients(void **state)
{
    const struct fixture *f = *state;
    json_t *root = load_reference("closed_forms.json");
    const json_t *pairs = json_object_get(json_object_get(root, "embedded_pairs"), "sphere");
    assert_true(json_array_size(pairs) > 0);
    for (size_t i = 0; i < json_array_size(pairs); i++) {
        const json_t *pair = json_array_get(pairs, i);
        float *x = floats_at(pair, "x", 3);
        float *y = floats_at(pair, "y", 3);
        float d;
        float m[3];
        double first[3];
        double second[3];
        require_ok(f->base, lb_dataset_distances(f->sphere, x, y, 1, &d));
        require_ok(f->base, lb_dataset_midpoints(f->sphere, x, y, 1, m));
        const double distance = (double)d;
        for (size_t k = 0; k < 3; k++) {
            first[k] = ((double)y[k] - (double)x[k]) / distance;
            second[k] =
                8.0 * (0.5 * ((double)x[k] + (double)y[k]) - (double)m[k]) / (distance * distance);
        }
        /* Three points with errors of 4 u, divided by d and by d^2 / 8. */
        check_near("first", i, length_of(first), number_at(pair, "first_quotient_norm"),
                   8.0 * UNIT / distance);
        check_near("second", i, length_of(second), number_at(pair, "second_quotient_norm"),
                   64.0 * UNIT / (distance * distance));
        free(x);
        free(y);
    }
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_those_of_the_sphere),
        cmocka_unit_test(pairs_give_the_vectors),
        cmocka_unit_test(exponentials_give_the_vectors),
        cmocka_unit_test(exponential_is_right_at_every_length),
        cmocka_unit_test(frames_are_orthonormal),
        cmocka_unit_test(geodesics_are_slerp),
        cmocka_unit_test(identity_has_the_known_quotients),
    };
    return cmocka_run_group_tests_name("manifold", tests, set_up, tear_down);
}
