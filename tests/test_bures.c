/*
 * SPD(2) with the Bures-Wasserstein metric: distances and midpoints against the reference vectors,
 * steps of the sampler against double, frames, and the distribution of the points. u = 2^-24.
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geometry/query.h"
#include "tangent_support.h"

static const double pi = 3.14159265358979323846;
static const double min_eigenvalue = 0.25;
static const double max_trace = 4.0;

static double determinant(const double *s)
{
    return s[0] * s[2] - s[1] * s[1];
}

/* Through the half sphere of radius root t / 2: its chords and angles, and the law of cosines. */
static double exact_distance(const float *x, const float *y)
{
    double rho[2];
    double n[2][3];
    for (int i = 0; i < 2; i++) {
        const float *s = i == 0 ? x : y;
        const double wide[3] = {(double)s[0], (double)s[1], (double)s[2]};
        const double t = wide[0] + wide[2];
        rho[i] = sqrt(t);
        n[i][0] = (wide[0] - wide[2]) / t;
        n[i][1] = 2.0 * wide[1] / t;
        n[i][2] = 2.0 * sqrt(determinant(wide)) / t;
    }
    const double chord =
        sqrt(pow(n[0][0] - n[1][0], 2) + pow(n[0][1] - n[1][1], 2) + pow(n[0][2] - n[1][2], 2));
    /* The cone over the half sphere of radius 1/2: d^2 = (difference)^2 + 4 rho rho' sin^2(a/4). */
    const double angle = 2.0 * asin(0.5 * chord);
    const double sine = sin(0.25 * angle);
    return sqrt(pow(rho[0] - rho[1], 2) + 4.0 * rho[0] * rho[1] * sine * sine);
}

static struct lb_dataset *open_bures(const struct device_fixture *fixture)
{
    struct lb_dataset *dataset = NULL;
    const struct lb_dataset_params params = {.name = "bures-points"};
    require_ok(fixture, lb_dataset_open(&dataset, fixture->device, &params));
    return dataset;
}

static void pairs_give_the_vectors(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_dataset *dataset = open_bures(fixture);
    json_t *root = load_reference("manifolds.json");
    const json_t *pairs = json_object_get(root, "bures_pairs");
    assert_int_equal(json_array_size(pairs), 40);
    for (size_t i = 0; i < json_array_size(pairs); i++) {
        const json_t *pair = json_array_get(pairs, i);
        float *x = floats_at(pair, "x", 3);
        float *y = floats_at(pair, "y", 3);
        double *m = numbers_at(pair, "midpoint", 3);
        float distance;
        float midpoint[3];
        require_ok(fixture, lb_dataset_distances(dataset, x, y, 1, &distance));
        require_ok(fixture, lb_dataset_midpoints(dataset, x, y, 1, midpoint));
        const double exact = exact_distance(x, y);
        const double size = (double)(x[0] + x[2] + y[0] + y[2]);
        const double det =
            fmin((double)(x[0] * x[2] - x[1] * x[1]), (double)(y[0] * y[2] - y[1] * y[1]));
        /* Rounding the entries moves the root of the determinant by u size^2 / root det. */
        const double moved = 4.0 * UNIT * size * (1.0 + size / sqrt(det));
        check_near("distance of rounded points", i, (double)distance, exact,
                   1e-6 * exact + 1e-10 + moved * (exact > 0.5));
        check_near("distance", i, (double)distance, number_at(pair, "distance"),
                   1e-6 * exact + moved);
        for (size_t k = 0; k < 3; k++) {
            check_near("midpoint", 3 * i + k, (double)midpoint[k], m[k], moved);
        }
        free(x);
        free(y);
        free(m);
    }
    json_decref(root);
    lb_dataset_close(&dataset);
}

static void steps_have_their_length(void **state)
{
    enum { N = 2000 };
    static const double radii[] = {1e-4, 1e-2, 0.3, 0.499};
    const struct device_fixture *fixture = *state;
    struct lb_dataset *dataset = open_bures(fixture);
    float *x = allocate(N * 3, sizeof *x);
    float *y = allocate(N * 3, sizeof *y);
    float *middle = allocate(N * 3, sizeof *middle);
    float *distance = allocate(N, sizeof *distance);
    float *found = allocate(N, sizeof *found);
    for (size_t k = 0; k < LB_COUNT(radii); k++) {
        const struct lb_pairs_params params = {
            .epsilon = radii[k], .min_distance = -1.0, .seed = k};
        const struct lb_pairs pairs = {
            .point_x = x, .point_y = y, .point_average = middle, .distance = distance};
        require_ok(fixture, lb_dataset_pairs(dataset, &params, N, &pairs));
        require_ok(fixture, lb_dataset_distances(dataset, x, y, N, found));
        for (size_t i = 0; i < N; i++) {
            const double d = (double)distance[i];
            const double exact = exact_distance(x + 3 * i, y + 3 * i);
            /* Points of size up to 4, smallest eigenvalue 1/4: 1 ulp moves them by 4 u. */
            check_near("step", i, exact, d, 24.0 * UNIT + 24.0 * UNIT * d);
            check_near("distance", i, (double)found[i], exact, 16.0 * UNIT * exact + 1e-12);
            check_near("first half", i, exact_distance(x + 3 * i, middle + 3 * i), 0.5 * d,
                       24.0 * UNIT + 24.0 * UNIT * d);
            check_near("second half", i, exact_distance(middle + 3 * i, y + 3 * i), 0.5 * d,
                       40.0 * UNIT + 24.0 * UNIT * d);
        }
    }
    free(x);
    free(y);
    free(middle);
    free(distance);
    free(found);
    lb_dataset_close(&dataset);
}

/* tr(L A M) for the L, M that belong to V, W, from the coordinates of dS in the embedding's cone:
 * drho drho' + (rho / 2)^2 dn dn'. */
static double product(const double *s, const double *v, const double *w)
{
    const double *const tangents[2] = {v, w};
    const double t = s[0] + s[2];
    const double root = sqrt(determinant(s));
    const double n[3] = {(s[0] - s[2]) / t, 2.0 * s[1] / t, 2.0 * root / t};
    double way[2][4];
    for (int i = 0; i < 2; i++) {
        const double *d = tangents[i];
        const double dt = d[0] + d[2];
        const double det = d[0] * s[2] + s[0] * d[2] - 2.0 * s[1] * d[1];
        way[i][0] = 0.5 * dt / sqrt(t);
        way[i][1] = 0.5 * sqrt(t) * ((d[0] - d[2]) - n[0] * dt) / t;
        way[i][2] = 0.5 * sqrt(t) * (2.0 * d[1] - n[1] * dt) / t;
        way[i][3] = 0.5 * sqrt(t) * (det / root - n[2] * dt) / t;
    }
    return way[0][0] * way[1][0] + way[0][1] * way[1][1] + way[0][2] * way[1][2] +
           way[0][3] * way[1][3];
}

static void frames_are_orthonormal(void **state)
{
    enum { N = 300 };
    const struct device_fixture *fixture = *state;
    struct lb_dataset *dataset = open_bures(fixture);
    float x[N][3];
    require_ok(fixture, lb_dataset_points(dataset, 7, N, x[0]));
    memcpy(x[0], (const float[]){1.0f, 0.0f, 1.0f}, sizeof x[0]); // any eigenbasis is valid
    memcpy(x[1], (const float[]){1.0f, 1e-7f, 1.0f}, sizeof x[1]);
    float *frames = frames_of(fixture, dataset, x[0], 3, N);
    for (size_t i = 0; i < N; i++) {
        double s[3];
        double v[9];
        for (int k = 0; k < 9; k++) {
            v[k] = (double)frames[9 * i + (size_t)k];
            s[k % 3] = (double)x[i][k % 3];
        }
        for (int a = 0; a < 3; a++) {
            for (int b = 0; b <= a; b++) {
                check_near("frame", i, product(s, v + 3 * a, v + 3 * b), a == b, 100.0 * UNIT);
            }
        }
    }
    free(frames);
    lb_dataset_close(&dataset);
}

/*
 * In the eigenbasis |V|^2 = V11^2 / 4a + V22^2 / 4b + V12^2 / t (a > b, t = a + b), so the volume
 * is dS11 dS12 dS22 / sqrt(a b t), and that is (a - b) da db dangle / sqrt(a b t). For a given t
 * sqrt(ab) is uniform; t has the density below.
 */
static double trace_share(double trace)
{
    enum { STEPS = 200 };
    double sum = 0.0;
    const double step = (trace - 2.0 * min_eigenvalue) / STEPS;
    for (int i = 0; i < STEPS; i++) {
        const double t = 2.0 * min_eigenvalue + (i + 0.5) * step;
        sum += (0.5 * t - sqrt(min_eigenvalue * (t - min_eigenvalue))) / sqrt(t) * step;
    }
    return sum;
}

static void points_follow_the_volume(void **state)
{
    enum { N = 20000, BINS = 32, STATISTICS = 3 };
    static const char *const names[STATISTICS] = {"trace", "determinant", "angle"};
    const struct device_fixture *fixture = *state;
    struct lb_dataset *dataset = open_bures(fixture);
    float *x = allocate(N * 3, sizeof *x);
    int counts[STATISTICS][BINS] = {{0}};
    const double whole = trace_share(max_trace);
    require_ok(fixture, lb_dataset_points(dataset, 5, N, x));
    for (size_t i = 0; i < N; i++) {
        const double s[3] = {(double)x[3 * i], (double)x[3 * i + 1], (double)x[3 * i + 2]};
        const double t = s[0] + s[2];
        const double least = sqrt(min_eigenvalue * (t - min_eigenvalue));
        const double share[STATISTICS] = {
            trace_share(t) / whole,
            (sqrt(determinant(s)) - least) / (0.5 * t - least),
            0.5 + atan2(2.0 * s[1], s[0] - s[2]) / (2.0 * pi),
        };
        for (int k = 0; k < STATISTICS; k++) {
            const int bin = (int)(share[k] * BINS);
            counts[k][bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin]++;
        }
    }
    for (int k = 0; k < STATISTICS; k++) {
        check_uniform(names[k], counts[k], BINS);
    }
    free(x);
    lb_dataset_close(&dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_give_the_vectors),
        cmocka_unit_test(steps_have_their_length),
        cmocka_unit_test(frames_are_orthonormal),
        cmocka_unit_test(points_follow_the_volume),
    };
    return cmocka_run_group_tests_name("bures", tests, open_device_fixture, close_device_fixture);
}
