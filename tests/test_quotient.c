/*
 * SO(3) and RP^2, the unit vectors of R^4 and R^3 up to sign: reference vectors, identification,
 * and the distribution of the sampler. u = 2^-24.
 *
 * A unit vector rounded to float32 is off by about u; its angle to another by a few u, and d is
 * that angle times `turns` (2 for SO(3)). The kernels' own rounding adds as much again.
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geometry/query.h"
#include "tangent_support.h"

enum { BINS = 32, DRAWS = 4096, MAX_SIZE = 4, TANGENT = 3 };

static const double pi = 3.14159265358979323846;

struct quotient {
    const char *dataset;
    const char *pairs; ///< key in manifolds.json
    const char *exp_cases;
    size_t p;
    double turns; ///< d is this many times the angle between the lines
    double injectivity_radius;
    double (*ball)(double r); ///< volume of the ball, up to a factor
};

static double ball_of_rotations(double r)
{
    return r - sin(r);
}

static double ball_of_the_plane(double r)
{
    return 2.0 * sin(r / 2.0) * sin(r / 2.0);
}

static const struct quotient quotients[] = {
    {"so3-points", "so3_pairs", "so3", 4, 2.0, 3.14159265358979323846, ball_of_rotations},
    {"rp2-points", "rp2_pairs", "rp2", 3, 1.0, 1.57079632679489661923, ball_of_the_plane},
};

static struct lb_dataset *open_points(const struct device_fixture *fixture,
                                      const struct quotient *quotient)
{
    struct lb_dataset *dataset = NULL;
    require_ok(fixture,
               lb_dataset_open(&dataset, fixture->device,
                               &(const struct lb_dataset_params){.name = quotient->dataset}));
    return dataset;
}

static double inner(const float *x, const float *y, size_t p)
{
    double sum = 0.0;
    for (size_t k = 0; k < p; k++) {
        sum += (double)x[k] * (double)y[k];
    }
    return sum;
}

/* d in double, calculated from the rounded points. */
static double distance_of(const struct quotient *quotient, const float *x, const float *y)
{
    double apart = 0.0;
    double across = 0.0;
    for (size_t k = 0; k < quotient->p; k++) {
        apart += ((double)x[k] - (double)y[k]) * ((double)x[k] - (double)y[k]);
        across += ((double)x[k] + (double)y[k]) * ((double)x[k] + (double)y[k]);
    }
    return 2.0 * quotient->turns * atan2(sqrt(fmin(apart, across)), sqrt(fmax(apart, across)));
}

/* Compares up to sign: the better of both signs counts. */
static void check_line(const char *what, size_t i, const float *got, const double *want, size_t p,
                       double tolerance)
{
    double same = 0.0;
    double opposite = 0.0;
    for (size_t k = 0; k < p; k++) {
        same = fmax(same, fabs((double)got[k] - want[k]));
        opposite = fmax(opposite, fabs((double)got[k] + want[k]));
    }
    check_near(what, i, fmin(same, opposite), 0.0, tolerance);
}

static void pairs_give_the_vectors(void **state)
{
    const struct device_fixture *fixture = *state;
    json_t *root = load_reference("manifolds.json");
    for (size_t j = 0; j < LB_COUNT(quotients); j++) {
        const struct quotient *quotient = &quotients[j];
        struct lb_dataset *dataset = open_points(fixture, quotient);
        const json_t *pairs = json_object_get(root, quotient->pairs);
        assert_int_equal(json_array_size(pairs), 40);
        for (size_t i = 0; i < json_array_size(pairs); i++) {
            const json_t *pair = json_array_get(pairs, i);
            float *x = floats_at(pair, "x", quotient->p);
            float *y = floats_at(pair, "y", quotient->p);
            double *middle = numbers_at(pair, "midpoint", quotient->p);
            const double wanted = number_at(pair, "distance");
            float distance;
            float got[MAX_SIZE];
            require_ok(fixture, lb_dataset_distances(dataset, x, y, 1, &distance));
            require_ok(fixture, lb_dataset_midpoints(dataset, x, y, 1, got));
            /* First against the vectors with a tolerance for rounding of the points, then without
               it. */
            check_near("distance", i, (double)distance, wanted, 12.0 * UNIT);
            const double rounded = distance_of(quotient, x, y);
            check_near("distance of the rounded points", i, (double)distance, rounded,
                       2.0 * UNIT * quotient->turns + 4.0 * UNIT * rounded);
            /* On a tie within rounding, either midpoint is correct. */
            if (fabs(inner(x, y, quotient->p)) > 8.0 * UNIT) {
                check_line("midpoint", i, got, middle, quotient->p, 6.0 * UNIT);
            }
            free(x);
            free(y);
            free(middle);
        }
        lb_dataset_close(&dataset);
    }
    json_decref(root);
}

static void exponentials_give_the_vectors(void **state)
{
    const struct device_fixture *fixture = *state;
    json_t *root = load_reference("manifolds.json");
    for (size_t j = 0; j < LB_COUNT(quotients); j++) {
        const struct quotient *quotient = &quotients[j];
        struct lb_dataset *dataset = open_points(fixture, quotient);
        const json_t *cases =
            json_object_get(json_object_get(root, "exp_cases"), quotient->exp_cases);
        assert_true(json_array_size(cases) >= 10);
        for (size_t i = 0; i < json_array_size(cases); i++) {
            const json_t *one = json_array_get(cases, i);
            float *x = floats_at(one, "base_point", quotient->p);
            float *v = floats_at(one, "tangent_vector", TANGENT);
            double *want = numbers_at(one, "result", quotient->p);
            float got[MAX_SIZE];
            exponentials_of(fixture, dataset, x, v, TANGENT, 1, got);
            check_line("exponential", i, got, want, quotient->p, 8.0 * UNIT);
            free(x);
            free(v);
            free(want);
        }
        lb_dataset_close(&dataset);
    }
    json_decref(root);
}

/* Distance, midpoint and image are independent of the sign of x. */
static void signs_do_not_matter(void **state)
{
    const struct device_fixture *fixture = *state;
    for (size_t j = 0; j < LB_COUNT(quotients); j++) {
        const struct quotient *quotient = &quotients[j];
        struct lb_dataset *dataset = open_points(fixture, quotient);
        const size_t size = dataset->image_size;
        float points[2 * MAX_SIZE];
        float turned[MAX_SIZE];
        float distance[2];
        float middle[2][MAX_SIZE];
        float image[2][9];
        const float *x = points;
        const float *y = points + quotient->p;
        for (uint64_t seed = 0; seed < 20; seed++) {
            require_ok(fixture, lb_dataset_points(dataset, seed, 2, points));
            for (size_t k = 0; k < quotient->p; k++) {
                turned[k] = -x[k];
            }
            for (size_t s = 0; s < 2; s++) {
                const float *from = s == 0 ? x : turned;
                require_ok(fixture, lb_dataset_distances(dataset, from, y, 1, &distance[s]));
                require_ok(fixture, lb_dataset_midpoints(dataset, from, y, 1, middle[s]));
                require_ok(fixture, lb_dataset_render(dataset, from, 1, image[s]));
            }
            double want[MAX_SIZE];
            for (size_t k = 0; k < quotient->p; k++) {
                want[k] = (double)middle[0][k];
            }
            check_near("distance", seed, (double)distance[1], (double)distance[0], 0.0);
            check_line("midpoint", seed, middle[1], want, quotient->p, 0.0);
            assert_memory_equal(image[0], image[1], size * sizeof(float));
        }
        lb_dataset_close(&dataset);
    }
}

/* The rotation matrix of q as columns q e_k q*, over sqrt 2; and x x^T / sqrt 2. */
static double pixel_of(const struct quotient *quotient, const float *x, size_t row, size_t column)
{
    if (quotient->p == 3) {
        return (double)x[row] * (double)x[column] / sqrt(2.0);
    }
    /* R = (w^2 - |v|^2) I + 2 v v^T + 2 w [v] */
    const double w = (double)x[0];
    const double v[3] = {(double)x[1], (double)x[2], (double)x[3]};
    const double square = v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
    double value = 2.0 * v[row] * v[column];
    if (row == column) {
        value += w * w - square;
    } else {
        const size_t third = 3 - row - column;
        value += ((column + 1) % 3 == row ? 2.0 : -2.0) * w * v[third];
    }
    return value / sqrt(2.0);
}

static void images_are_the_embeddings(void **state)
{
    const struct device_fixture *fixture = *state;
    for (size_t j = 0; j < LB_COUNT(quotients); j++) {
        const struct quotient *quotient = &quotients[j];
        struct lb_dataset *dataset = open_points(fixture, quotient);
        float points[50 * MAX_SIZE];
        float images[50 * 9];
        require_ok(fixture, lb_dataset_points(dataset, 3, 50, points));
        require_ok(fixture, lb_dataset_render(dataset, points, 50, images));
        for (size_t i = 0; i < 50 * 9; i++) {
            check_near("pixel", i, (double)images[i],
                       pixel_of(quotient, points + i / 9 * quotient->p, i % 9 / 3, i % 3),
                       6.0 * UNIT);
        }
        lb_dataset_close(&dataset);
    }
}

static void count_bin(int *counts, double value)
{
    const double bin = floor(value * BINS);
    counts[(int)fmin(fmax(bin, 0.0), BINS - 1.0)]++;
}

/* The drawn radius is the distance, the average is half way, and radii follow the volume of
   balls. */
static void steps_keep_their_laws(void **state)
{
    const struct device_fixture *fixture = *state;
    for (size_t j = 0; j < LB_COUNT(quotients); j++) {
        const struct quotient *quotient = &quotients[j];
        struct lb_dataset *dataset = open_points(fixture, quotient);
        const size_t p = quotient->p;
        float *x = allocate(DRAWS * p, sizeof *x);
        float *y = allocate(DRAWS * p, sizeof *y);
        float *average = allocate(DRAWS * p, sizeof *average);
        float *distance = allocate(DRAWS, sizeof *distance);
        const double radii[] = {1e-4, 0.3, 0.999 * quotient->injectivity_radius};
        for (size_t e = 0; e < LB_COUNT(radii); e++) {
            const double low = quotient->ball(radii[e] / 10.0);
            const double high = quotient->ball(radii[e]);
            int counts[BINS] = {0};
            require_ok(fixture,
                       lb_dataset_pairs(dataset,
                                        &(const struct lb_pairs_params){
                                            .epsilon = radii[e], .min_distance = -1.0, .seed = 11},
                                        DRAWS,
                                        &(const struct lb_pairs){.point_x = x,
                                                                 .point_y = y,
                                                                 .point_average = average,
                                                                 .distance = distance}));
            for (size_t i = 0; i < DRAWS; i++) {
                const double r = (double)distance[i];
                const double tolerance = 6.0 * UNIT * quotient->turns + 4.0 * UNIT * r;
                check_near("d(x,y)", i, distance_of(quotient, x + i * p, y + i * p), r, tolerance);
                check_near("d(x,average)", i, distance_of(quotient, x + i * p, average + i * p),
                           r / 2.0, tolerance);
                check_near("d(average,y)", i, distance_of(quotient, average + i * p, y + i * p),
                           r / 2.0, tolerance);
                count_bin(counts, (quotient->ball(r) - low) / (high - low));
            }
            /* At 1e-4 the volume of the ball in double has only ten digits: r - sin r = r^3 / 6. */
            if (radii[e] > 1e-3) {
                check_uniform("radius", counts, BINS);
            }
        }
        free(x);
        free(y);
        free(average);
        free(distance);
        lb_dataset_close(&dataset);
    }
}

/* Rotation angles of uniform rotations have density (1 - cos t) / pi; |z| of lines is uniform. */
static void points_are_uniform(void **state)
{
    const struct device_fixture *fixture = *state;
    for (size_t j = 0; j < LB_COUNT(quotients); j++) {
        const struct quotient *quotient = &quotients[j];
        struct lb_dataset *dataset = open_points(fixture, quotient);
        const size_t p = quotient->p;
        float *points = allocate(DRAWS * p, sizeof *points);
        int first[BINS] = {0};
        int second[BINS] = {0};
        require_ok(fixture, lb_dataset_points(dataset, 5, DRAWS, points));
        for (size_t i = 0; i < DRAWS; i++) {
            const float *x = points + i * p;
            check_near("length", i, inner(x, x, p), 1.0, 6.0 * UNIT);
            if (p == 4) {
                const double t = 2.0 * acos(fmin(1.0, fabs((double)x[0])));
                count_bin(first, (t - sin(t)) / pi);
            } else {
                count_bin(first, fabs((double)x[2]));
            }
            count_bin(second, atan2((double)x[1], (double)x[p == 4 ? 2 : 0]) / (2.0 * pi) + 0.5);
        }
        check_uniform("angle or height", first, BINS);
        check_uniform("direction", second, BINS);
        free(points);
        lb_dataset_close(&dataset);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_give_the_vectors), cmocka_unit_test(exponentials_give_the_vectors),
        cmocka_unit_test(signs_do_not_matter),    cmocka_unit_test(images_are_the_embeddings),
        cmocka_unit_test(steps_keep_their_laws),  cmocka_unit_test(points_are_uniform),
    };
    return cmocka_run_group_tests_name("quotient", tests, open_device_fixture,
                                       close_device_fixture);
}
