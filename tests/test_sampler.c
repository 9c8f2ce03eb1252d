/*
 * Distribution of the sampler on the sphere and on caps: radius, direction, uniform x, bounds, and
 * that pairs depend only on seed and index. Chi-square with fixed seeds (check_uniform() in
 * support.c).
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lowbend/energy.h>

#include "geometry/sampling.h"
#include "sphere_reference.h"

enum { MANY = 40000, BINS = 64 };

static const double pi = 3.14159265358979323846;

/* Pairs on the host. */
struct sample {
    size_t n;
    float *x;
    float *y;
    float *average;
    float *distance;
};

static struct sample make_sample(size_t n)
{
    return (struct sample){n, allocate(3 * n, sizeof(float)), allocate(3 * n, sizeof(float)),
                           allocate(3 * n, sizeof(float)), allocate(n, sizeof(float))};
}

static void free_sample(struct sample *s)
{
    free(s->x);
    free(s->y);
    free(s->average);
    free(s->distance);
}

static enum lb_status draw_pairs(struct lb_dataset *dataset, struct sample *s, double min_distance,
                                 double epsilon, uint64_t seed)
{
    const struct lb_pairs_params params = {
        .epsilon = epsilon, .min_distance = min_distance, .seed = seed};
    const struct lb_pairs arrays = {
        .point_x = s->x, .point_y = s->y, .point_average = s->average, .distance = s->distance};
    return lb_dataset_pairs(dataset, &params, s->n, &arrays);
}

static struct lb_dataset *open_cap(const struct device_fixture *fixture, const char *name,
                                   double degrees)
{
    struct lb_dataset *dataset = NULL;
    const struct lb_dataset_params params = {.name = name, .cap_degrees = degrees};
    require_ok(fixture, lb_dataset_open(&dataset, fixture->device, &params));
    return dataset;
}

/* Adds one number in [0, 1] to its bin. */
static void count(int *counts, double u)
{
    const int bin = (int)(u * BINS);
    counts[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin]++;
}

/* ---- distributions --------------------------------------------------------------------------- */

/* Distance and average are exact up to rounding: points are off by a few u, and distances are
 * 1-Lipschitz; the direction's length is off by a few u, so the step by this share of r. */
static void check_exactness(const char *what, const struct sample *s)
{
    for (size_t i = 0; i < s->n; i++) {
        double x[3];
        double y[3];
        double average[3];
        const double r = (double)s->distance[i];
        widen3(s->x + 3 * i, x);
        widen3(s->y + 3 * i, y);
        widen3(s->average + 3 * i, average);
        const double tolerance = (6.0 + 4.0 * r) * UNIT;
        check_near(what, i, distance3(x, y), r, tolerance);
        check_near(what, i, distance3(x, average), 0.5 * r, tolerance);
        check_near(what, i, distance3(average, y), 0.5 * r, tolerance);
        check_near(what, i, dot3(x, x), 1.0, 10.0 * UNIT);
        check_near(what, i, dot3(y, y), 1.0, 10.0 * UNIT);
        check_near(what, i, dot3(average, average), 1.0, 10.0 * UNIT);
    }
}

/* The radii have density sin r on [r_min, r_max]. */
static void check_radii(const char *what, const struct sample *s, double r_min, double r_max)
{
    int counts[BINS] = {0};
    const double low = sin(0.5 * r_min) * sin(0.5 * r_min);
    const double high = sin(0.5 * r_max) * sin(0.5 * r_max);
    for (size_t i = 0; i < s->n; i++) {
        const double r = (double)s->distance[i];
        const double sine = sin(0.5 * r);
        if (!(r >= (double)(float)r_min && r <= (double)(float)r_max)) {
            fail_msg("%s [%zu]: radius %.9g outside [%.9g, %.9g]", what, i, r, r_min, r_max);
        }
        count(counts, (sine * sine - low) / (high - low));
    }
    check_uniform(what, counts, BINS);
}

static void check_directions(const char *what, const struct sample *s)
{
    int counts[BINS] = {0};
    for (size_t i = 0; i < s->n; i++) {
        double x[3];
        double y[3];
        widen3(s->x + 3 * i, x);
        widen3(s->y + 3 * i, y);
        count(counts, direction3(x, y));
    }
    check_uniform(what, counts, BINS);
}

/* Points are uniform on the cap z >= cos(cap): z and the longitude are uniform and independent. */
static void check_points(const char *what, const float *points, size_t n, double cap)
{
    int heights[BINS] = {0};
    int turns[BINS] = {0};
    int both[BINS] = {0};
    const double lowest = cos(cap);
    for (size_t i = 0; i < n; i++) {
        const float *x = points + 3 * i;
        const double u = ((double)x[2] - lowest) / (1.0 - lowest);
        const double turn = atan2((double)x[1], (double)x[0]) / (2.0 * pi);
        const double v = turn < 0.0 ? turn + 1.0 : turn;
        count(heights, u);
        count(turns, v);
        count(both, (floor(fmin(fmax(u, 0.0), 0.999) * 8.0) + fmin(v, 0.999)) / 8.0);
    }
    check_uniform(what, heights, BINS);
    check_uniform(what, turns, BINS);
    check_uniform(what, both, BINS);
}

/* ---- the sphere ------------------------------------------------------------------------------ */

static void sphere_pairs_follow_the_laws(void **state)
{
    static const struct {
        const char *what;
        double r_min;
        double r_max;
    } radii[] = {
        {"tiny radii", 1e-5, 1e-4},
        {"ordinary radii", 0.03, 0.3},
        {"radii from 0", 0.0, 0.8},
        {"radii near the injectivity radius", 3.0, 3.14},
    };
    const struct device_fixture *fixture = *state;
    struct lb_dataset *sphere = open_cap(fixture, "sphere", 0.0);
    struct sample s = make_sample(MANY);
    for (size_t i = 0; i < LB_COUNT(radii); i++) {
        require_ok(fixture, draw_pairs(sphere, &s, radii[i].r_min, radii[i].r_max, 11 + i));
        check_exactness(radii[i].what, &s);
        check_radii(radii[i].what, &s, radii[i].r_min, radii[i].r_max);
        check_points(radii[i].what, s.x, s.n, pi);
        check_points(radii[i].what, s.y, s.n, pi);
        check_points(radii[i].what, s.average, s.n, pi);
        if (radii[i].r_min > 1e-4) { // rounding hides the directions of tiny steps
            check_directions(radii[i].what, &s);
        }
    }
    require_ok(fixture, lb_dataset_points(sphere, 4, MANY, s.x));
    check_points("points", s.x, MANY, pi);
    free_sample(&s);
    lb_dataset_close(&sphere);
}

static void negative_min_distance_is_a_tenth(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_dataset *sphere = open_cap(fixture, "sphere", 0.0);
    struct sample s = make_sample(MANY);
    require_ok(fixture, draw_pairs(sphere, &s, -1.0, 0.5, 3));
    check_radii("default min_distance", &s, 0.05, 0.5);
    free_sample(&s);
    lb_dataset_close(&sphere);
}

/* Mean quotients of the identity over the ball, within 4 standard errors. */
static void sphere_pairs_have_the_known_expectations(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_dataset *sphere = open_cap(fixture, "sphere", 0.0);
    struct sample s = make_sample(MANY);
    json_t *root = load_reference("closed_forms.json");
    const json_t *rows = json_object_get(root, "finite_epsilon_expectations");
    int rows_used = 0;
    double drawn = 0.0;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (strcmp(json_string_value(json_object_get(row, "manifold")), "sphere") != 0) {
            continue;
        }
        const double epsilon = number_at(row, "epsilon");
        const double c = number_at(row, "c");
        if (epsilon != drawn) {
            require_ok(fixture, draw_pairs(sphere, &s, 0.0, epsilon, 70));
            drawn = epsilon;
        }
        double sums[2] = {0.0, 0.0};
        double squares[2] = {0.0, 0.0};
        for (size_t j = 0; j < s.n; j++) {
            /* From the drawn radius: float32 points would add noise of u / r^2. */
            const double r = (double)s.distance[j];
            const double first = 2.0 * sin(0.5 * r) / r;
            const double half = sin(0.25 * r);
            const double second = 16.0 * half * half / (r * r);
            const double terms[2] = {lb_gamma(first * first, c), second * second};
            for (size_t k = 0; k < 2; k++) {
                sums[k] += terms[k];
                squares[k] += terms[k] * terms[k];
            }
        }
        static const char *const keys[] = {"mean_gamma_of_first", "mean_squared_norm_of_second"};
        for (size_t k = 0; k < 2; k++) {
            const double n = (double)s.n;
            const double mean = sums[k] / n;
            const double error = sqrt((squares[k] / n - mean * mean) / n);
            check_near(keys[k], i, mean, number_at(row, keys[k]), 4.0 * error);
        }
        rows_used++;
    }
    check_near("rows of the sphere", 0, rows_used, 28.0, 0.0);
    json_decref(root);
    free_sample(&s);
    lb_dataset_close(&sphere);
}

/* ---- caps ------------------------------------------------------------------------------------ */

static void check_inside(const char *what, const float *points, size_t n, double cap)
{
    for (size_t i = 0; i < n; i++) {
        const double z = (double)points[3 * i + 2];
        if (!(z >= cos(cap) - 4.0 * UNIT)) {
            fail_msg("%s [%zu]: z %.9g, rim at %.9g", what, i, z, cos(cap));
        }
    }
}

/* Small cap, large radius: most y are redrawn, but x must stay uniform. */
static void cap_keeps_x_uniform_and_y_inside(void **state)
{
    static const struct {
        double degrees;
        double r_min;
        double r_max;
    } caps[] = {{90.0, 0.05, 1.0}, {10.0, 0.02, 0.5}};
    const struct device_fixture *fixture = *state;
    struct sample s = make_sample(MANY);
    for (size_t i = 0; i < LB_COUNT(caps); i++) {
        char what[64];
        const double cap = caps[i].degrees * pi / 180.0;
        struct lb_dataset *dataset = open_cap(fixture, "hemisphere", caps[i].degrees);
        check_near("cap", i, lb_dataset_get_info(dataset)->cap_degrees, caps[i].degrees, 0.0);
        assert_true(isnan(lb_dataset_get_info(dataset)->h));
        snprintf(what, sizeof what, "cap of %g degrees", caps[i].degrees);
        require_ok(fixture, draw_pairs(dataset, &s, caps[i].r_min, caps[i].r_max, 21 + i));
        check_exactness(what, &s);
        check_points(what, s.x, s.n, cap);
        check_inside(what, s.x, s.n, cap);
        check_inside(what, s.y, s.n, cap);
        check_inside(what, s.average, s.n, cap);
        require_ok(fixture, lb_dataset_points(dataset, 8, MANY, s.x));
        check_points(what, s.x, MANY, cap);
        if (caps[i].degrees == 10.0) {
            /* No two points of the cap are more than 20 degrees = 0.349 apart. */
            s.n = 10;
            require_error(fixture, draw_pairs(dataset, &s, 0.4, 0.5, 1), LB_ERR_NUMERIC,
                          "1000 tries");
        }
        lb_dataset_close(&dataset);
    }
    free_sample(&s);
}

/*
 * y given x: for x on the rim of the hemisphere, half of the ball is cut off along the rim, which
 * is a great circle through x. So for x near the rim the direction to y is uniform over the half
 * turn that points inside.
 */
static void y_is_uniform_in_the_part_of_the_ball_inside(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_dataset *dataset = open_cap(fixture, "hemisphere", 90.0);
    struct sample s = make_sample(10 * MANY);
    int counts[BINS] = {0};
    int used = 0;
    require_ok(fixture, draw_pairs(dataset, &s, 0.5, 1.0, 5));
    for (size_t i = 0; i < s.n; i++) {
        double x[3];
        double y[3];
        widen3(s.x + 3 * i, x);
        widen3(s.y + 3 * i, y);
        if (x[2] < 0.002) { // directions are off by 0.002, a tenth of a bin
            /* Components of y along the rim, and up, at x. */
            const double along = x[0] * y[1] - x[1] * y[0];
            count(counts, atan2(y[2], along) / pi);
            used++;
        }
    }
    check_near("pairs near the rim", 0, used, 0.002 * (double)s.n, 200.0);
    /* About 800 pairs: 8 bins. */
    int wide[8] = {0};
    for (size_t i = 0; i < BINS; i++) {
        wide[i / 8] += counts[i];
    }
    check_uniform("directions inside", wide, 8);
    free_sample(&s);
    lb_dataset_close(&dataset);
}

/* ---- reproducibility ------------------------------------------------------------------------- */

static void pairs_depend_on_seed_and_index_alone(void **state)
{
    enum { FEW = 100, MORE = 1000 };
    const struct device_fixture *fixture = *state;
    struct lb_dataset *dataset = open_cap(fixture, "hemisphere", 10.0);
    struct sample few = make_sample(FEW);
    struct sample more = make_sample(MORE);
    struct sample other = make_sample(FEW);
    require_ok(fixture, draw_pairs(dataset, &few, 0.02, 0.3, 9));
    require_ok(fixture, draw_pairs(dataset, &more, 0.02, 0.3, 9));
    require_ok(fixture, draw_pairs(dataset, &other, 0.02, 0.3, 9 + (1ull << 32)));
    assert_memory_equal(few.x, more.x, 3 * FEW * sizeof(float));
    assert_memory_equal(few.y, more.y, 3 * FEW * sizeof(float));
    assert_memory_equal(few.average, more.average, 3 * FEW * sizeof(float));
    assert_memory_equal(few.distance, more.distance, FEW * sizeof(float));
    int shared = 0;
    for (size_t i = 0; i < FEW; i++) {
        shared += few.x[3 * i] == other.x[3 * i];
        for (size_t j = 0; j < i; j++) {
            shared += few.x[3 * i] == few.x[3 * j];
        }
    }
    check_near("equal coordinates", 0, shared, 0.0, 2.0);
    free_sample(&few);
    free_sample(&more);
    free_sample(&other);
    lb_dataset_close(&dataset);
}

static void steps_and_streams_differ(void **state)
{
    enum { N = 70 };
    const struct device_fixture *fixture = *state;
    struct lb_dataset *sphere = open_cap(fixture, "sphere", 0.0);
    const struct lb_random_counter draws[] = {
        {1, LB_STREAM_PAIRS, 0, 0}, {1, LB_STREAM_PAIRS, 1, 0}, {1, LB_STREAM_IMAGES, 0, 0},
        {2, LB_STREAM_PAIRS, 0, 0}, {1, LB_STREAM_PAIRS, 0, 1}, {1, LB_STREAM_PAIRS, 0, 0}};
    float *first = NULL;
    struct lb_pair_buffers pairs = {0};
    require_ok(fixture, lb_pair_buffers_create(&pairs, sphere, N, LB_PAIR_IMAGES * N));
    for (size_t i = 0; i < LB_COUNT(draws); i++) {
        require_ok(fixture, lb_dataset_enqueue_pairs(sphere, draws[i], N, 0.1, 0.3, &pairs));
        float *points = download(fixture, pairs.points, 9 * N);
        if (i == 0) {
            first = points;
            continue;
        }
        if (draws[i].first == 1) { // shifted by one
            assert_memory_equal(points, first + 3, 3 * (N - 1) * sizeof(float));
        } else {
            const bool same = memcmp(points, first, 9 * N * sizeof(float)) == 0;
            check_near("same draw", i, same, i + 1 == LB_COUNT(draws), 0.0);
        }
        free(points);
    }
    free(first);
    lb_pair_buffers_release(&pairs);
    lb_dataset_close(&sphere);
}

/* One-pixel images have a separate kernel, launched in groups that divide n. */
static void images_are_those_of_the_pairs(void **state)
{
    static const int sizes[] = {192, 100, 7};
    const struct device_fixture *fixture = *state;
    struct lb_dataset *sphere = open_cap(fixture, "sphere", 0.0);
    for (size_t i = 0; i < LB_COUNT(sizes); i++) {
        const int n = sizes[i];
        const size_t numbers = 9 * (size_t)n;
        const struct lb_random_counter draw = {4, LB_STREAM_PAIRS, 2, 0};
        struct lb_pair_buffers pairs = {0};
        cl_mem images = NULL;
        require_ok(fixture,
                   lb_pair_buffers_create(&pairs, sphere, (size_t)n, LB_PAIR_IMAGES * (size_t)n));
        require_ok(fixture,
                   lb_buffer_create(fixture->device, &images, numbers * sizeof(float), "images"));
        require_ok(fixture, lb_dataset_enqueue_pairs(sphere, draw, n, 0.1, 0.3, &pairs));
        float *points = download(fixture, pairs.points, numbers);
        float *distance = download(fixture, pairs.distance, (size_t)n);
        require_ok(fixture,
                   lb_dataset_enqueue_pair_images(sphere, draw, n, 0.1, 0.3, &pairs, images));
        float *pixels = download(fixture, images, numbers);
        float *again = download(fixture, pairs.points, numbers);
        float *distance_again = download(fixture, pairs.distance, (size_t)n);
        for (size_t k = 0; k < numbers; k++) { // the image is the point on the sphere
            check_near("pixel", k, (double)pixels[k], (double)points[k], 4.0 * UNIT);
            check_near("point", k, (double)again[k], (double)points[k], 4.0 * UNIT);
        }
        for (size_t k = 0; k < (size_t)n; k++) {
            check_near("distance", k, (double)distance_again[k], (double)distance[k], UNIT);
        }
        free(points);
        free(distance);
        free(pixels);
        free(again);
        free(distance_again);
        lb_buffer_release(&images);
        lb_pair_buffers_release(&pairs);
    }
    lb_dataset_close(&sphere);
}

static void bad_radii_are_refused(void **state)
{
    static const struct {
        double min_distance;
        double epsilon;
        const char *text;
    } cases[] = {
        {0.0, 0.0, "epsilon 0"},        {0.0, -1.0, "epsilon -1"},
        {0.0, (double)NAN, "epsilon"},  {0.0, (double)INFINITY, "epsilon"},
        {0.0, 3.2, "injectivity"},      {0.3, 0.3, "minimal distance"},
        {0.4, 0.3, "minimal distance"}, {(double)NAN, 0.3, "minimal distance"},
    };
    const struct device_fixture *fixture = *state;
    struct lb_dataset *sphere = open_cap(fixture, "sphere", 0.0);
    struct sample s = make_sample(1);
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        require_error(fixture, draw_pairs(sphere, &s, cases[i].min_distance, cases[i].epsilon, 1),
                      LB_ERR_ARGUMENT, cases[i].text);
    }
    free_sample(&s);
    lb_dataset_close(&sphere);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sphere_pairs_follow_the_laws),
        cmocka_unit_test(negative_min_distance_is_a_tenth),
        cmocka_unit_test(sphere_pairs_have_the_known_expectations),
        cmocka_unit_test(cap_keeps_x_uniform_and_y_inside),
        cmocka_unit_test(y_is_uniform_in_the_part_of_the_ball_inside),
        cmocka_unit_test(pairs_depend_on_seed_and_index_alone),
        cmocka_unit_test(steps_and_streams_differ),
        cmocka_unit_test(images_are_those_of_the_pairs),
        cmocka_unit_test(bad_radii_are_refused),
    };
    return cmocka_run_group_tests_name("sampler", tests, open_device_fixture, close_device_fixture);
}
