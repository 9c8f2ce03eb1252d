/*
 * Torus, Klein bottle, box and product manifold: properties, reference vectors, identifications,
 * sides other than the default, and the images on them. Invariants of every manifold are in
 * test_invariants.c. u = 2^-24.
 *
 * A coordinate in [0, L) is rounded by up to L u / 2, and the kernels' 2 pi is off by 3 u, which
 * points across the seam tell.
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "geometry/query.h"
#include "tangent_support.h"

enum { BINS = 64 };

static const double pi = 3.14159265358979323846;

static struct lb_dataset *open_named(const struct device_fixture *fixture, const char *name,
                                     int size)
{
    struct lb_dataset *dataset = NULL;
    const struct lb_dataset_params params = {.name = name, .size = size};
    require_ok(fixture, lb_dataset_open(&dataset, fixture->device, &params));
    return dataset;
}

/* A dataset of tests/kernels/. */
static struct lb_dataset *open_own(const struct device_fixture *fixture, const char *file)
{
    struct lb_text path = {0};
    lb_text_addf(&path, "%s/../kernels/%s", getenv("LB_TEST_DATA"), file);
    struct lb_dataset *dataset = open_named(fixture, path.data, 0);
    lb_text_free(&path);
    return dataset;
}

/* ---- facts ----------------------------------------------------------------------------------- */

static void facts_are_right(void **state)
{
    static const struct {
        const char *name;
        const char *manifold;
        int sizes[5]; ///< dimension, point_size, height, width, channels
        double injectivity_radius;
        double h;
    } rows[] = {
        {"torus-points", "torus", {2, 2, 1, 1, 4}, 3.1415927, 0.75},
        {"klein-points", "klein", {2, 2, 1, 1, 7}, 0.5, (double)NAN},
        {"box-points", "box", {2, 2, 1, 1, 2}, (double)INFINITY, (double)NAN},
        {"se2-points", "se2", {3, 3, 1, 1, 4}, 1.57079635, (double)NAN},
        {"arcs", "torus", {2, 2, 64, 64, 1}, 3.1415927, 0.75},
        {"klein-patches", "klein", {2, 2, 32, 32, 1}, 0.5, (double)NAN},
        {"se2-shapes", "se2", {3, 3, 64, 64, 1}, 0.785398163, (double)NAN},
    };
    const struct device_fixture *fixture = *state;
    for (size_t i = 0; i < LB_COUNT(rows); i++) {
        struct lb_dataset *dataset = open_named(fixture, rows[i].name, 0);
        const struct lb_dataset_info *info = lb_dataset_get_info(dataset);
        const int sizes[5] = {info->dimension, info->point_size, info->height, info->width,
                              info->channels};
        assert_string_equal(info->manifold, rows[i].manifold);
        for (size_t k = 0; k < 5; k++) {
            check_near(rows[i].name, k, sizes[k], rows[i].sizes[k], 0.0);
        }
        if (isinf(rows[i].injectivity_radius)) {
            assert_true(isinf(info->injectivity_radius));
        } else {
            check_near("injectivity radius", i, info->injectivity_radius,
                       rows[i].injectivity_radius, 2e-7);
        }
        if (isnan(rows[i].h)) {
            assert_true(isnan(info->h));
        } else {
            check_near("h", i, info->h, rows[i].h, 2e-7);
        }
        lb_dataset_close(&dataset);
    }
}

/* ---- reference vectors ----------------------------------------------------------------------- */

/* Coordinates are compared up to whole turns; on the Klein bottle an odd number of turns along x
   mirrors y. */
static void check_point(const char *what, size_t i, const float *got, const double *want,
                        double side, bool mirrored, double tolerance)
{
    const double turns = rint(((double)got[0] - want[0]) / side);
    const double y = mirrored && turns != 0.0 ? -want[1] : want[1];
    check_near(what, 2 * i, (double)got[0], want[0] + turns * side, tolerance);
    check_near(what, 2 * i + 1, remainder((double)got[1] - y, side), 0.0, tolerance);
    for (size_t k = 0; k < 2; k++) {
        if (!(got[k] >= 0.0f && got[k] < (float)side)) {
            fail_msg("%s [%zu]: coordinate %.9g, not in [0, %.9g)", what, i, (double)got[k], side);
        }
    }
}

struct flat {
    const char *dataset;
    const char *pairs; ///< key in manifolds.json
    const char *exp_cases;
    double side;
    bool mirrored;
};

static const struct flat flats[] = {
    {"torus-points", "torus_pairs", "torus", 6.28318530717958647692, false},
    {"klein-points", "klein_pairs", "klein", 1.0, true},
};

static void pairs_give_the_vectors(void **state)
{
    const struct device_fixture *fixture = *state;
    json_t *root = load_reference("manifolds.json");
    for (size_t j = 0; j < LB_COUNT(flats); j++) {
        const struct flat *flat = &flats[j];
        struct lb_dataset *dataset = open_named(fixture, flat->dataset, 0);
        const json_t *pairs = json_object_get(root, flat->pairs);
        const double tolerance = 2.0 * flat->side * UNIT;
        assert_int_equal(json_array_size(pairs), 40);
        for (size_t i = 0; i < json_array_size(pairs); i++) {
            const json_t *pair = json_array_get(pairs, i);
            float *x = floats_at(pair, "x", 2);
            float *y = floats_at(pair, "y", 2);
            double *midpoint = numbers_at(pair, "midpoint", 2);
            float distance;
            float middle[2];
            require_ok(fixture, lb_dataset_distances(dataset, x, y, 1, &distance));
            require_ok(fixture, lb_dataset_midpoints(dataset, x, y, 1, middle));
            check_near("distance", i, (double)distance, number_at(pair, "distance"), tolerance);
            check_point("midpoint", i, middle, midpoint, flat->side, flat->mirrored, tolerance);
            free(x);
            free(y);
            free(midpoint);
        }
        lb_dataset_close(&dataset);
    }
    json_decref(root);
}

static void exponentials_give_the_vectors(void **state)
{
    const struct device_fixture *fixture = *state;
    json_t *root = load_reference("manifolds.json");
    for (size_t j = 0; j < LB_COUNT(flats); j++) {
        const struct flat *flat = &flats[j];
        struct lb_dataset *dataset = open_named(fixture, flat->dataset, 0);
        const json_t *cases = json_object_get(json_object_get(root, "exp_cases"), flat->exp_cases);
        assert_int_equal(json_array_size(cases), 10);
        for (size_t i = 0; i < json_array_size(cases); i++) {
            const json_t *one = json_array_get(cases, i);
            float *x = floats_at(one, "base_point", 2);
            float *v = floats_at(one, "tangent_vector", 2);
            double *want = numbers_at(one, "result", 2);
            float y[2];
            exponentials_of(fixture, dataset, x, v, 2, 1, y);
            check_point("exponential", i, y, want, flat->side, flat->mirrored,
                        2.0 * flat->side * UNIT);
            free(x);
            free(v);
            free(want);
        }
        lb_dataset_close(&dataset);
    }
    json_decref(root);
}

/* ---- the Klein bottle's seam ----------------------------------------------------------------- */

static void klein_steps_over_the_seam_are_mirrored(void **state)
{
    static const struct {
        float x[2];
        float v[2];
        double y[2];
    } cases[] = {
        {{0.9f, 0.2f}, {0.2f, 0.1f}, {0.1, 0.7}},
        {{0.1f, 0.2f}, {-0.2f, 0.1f}, {0.9, 0.7}},
        {{0.9f, 0.95f}, {0.2f, 0.1f}, {0.1, 0.95}},
        {{0.1f, 0.05f}, {-0.2f, -0.1f}, {0.9, 0.05}},
        {{0.5f, 0.2f}, {0.0f, -0.4f}, {0.5, 0.8}},
        {{0.5f, 0.9f}, {0.1f, 0.4f}, {0.6, 0.3}},
        {{0.25f, 0.125f}, {1.0f, 0.0f}, {0.25, 0.875}},
        {{0.25f, 0.125f}, {0.0f, 1.0f}, {0.25, 0.125}},
        {{0.25f, 0.125f}, {2.0f, 0.0f}, {0.25, 0.125}},
        {{0.25f, 0.125f}, {-3.0f, 0.0f}, {0.25, 0.875}},
        {{0.75f, 0.125f}, {0.25f, 0.0f}, {0.0, 0.875}},
        {{0.25f, 0.125f}, {-0.25f, 0.0f}, {0.0, 0.125}},
        /* The sum rounds to 1; or, just below 0, it rounds to 1 after the reduction. */
        {{0.99999994f, 0.25f}, {1e-8f, 0.0f}, {0.99999994, 0.25}},
        {{0.0f, 0.25f}, {-1e-9f, 0.0f}, {0.0, 0.25}},
        {{0.5f, 0.0f}, {0.0f, -1e-9f}, {0.5, 0.0}},
    };
    const struct device_fixture *fixture = *state;
    struct lb_dataset *klein = open_named(fixture, "klein-points", 0);
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        float y[2];
        exponentials_of(fixture, klein, cases[i].x, cases[i].v, 2, 1, y);
        check_point("step", i, y, cases[i].y, 1.0, true, 4.0 * UNIT);
    }
    lb_dataset_close(&klein);
}

/* Midpoint and distance of pairs across the seam, in both directions. */
static void klein_midpoints_over_the_seam_are_mirrored(void **state)
{
    static const struct {
        float x[2];
        float y[2];
        double middle[2];
        double distance;
    } cases[] = {
        {{0.95f, 0.2f}, {0.15f, 0.8f}, {0.05, 0.8}, 0.2},
        {{0.85f, 0.2f}, {0.05f, 0.8f}, {0.95, 0.2}, 0.2},
        {{0.9f, 0.2f}, {0.2f, 0.7f}, {0.05, 0.75}, 0.3162277660168379},
        {{0.9f, 0.95f}, {0.2f, 0.95f}, {0.05, 0.0}, 0.3162277660168379},
        {{0.5f, 0.95f}, {0.5f, 0.15f}, {0.5, 0.05}, 0.2},
    };
    const struct device_fixture *fixture = *state;
    struct lb_dataset *klein = open_named(fixture, "klein-points", 0);
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        for (int swapped = 0; swapped < 2; swapped++) {
            const float *x = swapped ? cases[i].y : cases[i].x;
            const float *y = swapped ? cases[i].x : cases[i].y;
            float middle[2];
            float distance;
            require_ok(fixture, lb_dataset_distances(klein, x, y, 1, &distance));
            require_ok(fixture, lb_dataset_midpoints(klein, x, y, 1, middle));
            check_near("distance", i, (double)distance, cases[i].distance, 4.0 * UNIT);
            check_point("middle", i, middle, cases[i].middle, 1.0, true, 4.0 * UNIT);
        }
    }
    lb_dataset_close(&klein);
}

/* Short ways across the seam lose no digits: compared with double and the kernels' 2 pi. */
static void torus_differences_across_the_seam_are_accurate(void **state)
{
    static const float ends[][2] = {{6.2831850f, 1e-5f},
                                    {6.2831850f, 3.3333333e-7f},
                                    {6.2831726f, 1.2345678e-4f},
                                    {6.1f, 0.0123456789f},
                                    {4.0f, 0.7654321f}};
    const double turn = (double)(float)(2.0 * pi);
    const struct device_fixture *fixture = *state;
    struct lb_dataset *torus = open_named(fixture, "torus-points", 0);
    for (size_t i = 0; i < LB_COUNT(ends); i++) {
        const float x[2] = {ends[i][0], 1.0f};
        const float y[2] = {ends[i][1], 1.0f};
        const double want = (double)y[0] + (turn - (double)x[0]);
        float distance;
        require_ok(fixture, lb_dataset_distances(torus, x, y, 1, &distance));
        check_near("across", i, (double)distance, want, 4.0 * UNIT * want);
        require_ok(fixture, lb_dataset_distances(torus, y, x, 1, &distance));
        check_near("back", i, (double)distance, want, 4.0 * UNIT * want);
    }
    lb_dataset_close(&torus);
}

/* ---- sides other than the default ------------------------------------------------------------ */

static void count(int *counts, double u)
{
    const int bin = (int)(u * BINS);
    counts[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin]++;
}

static void other_sides_are_honoured(void **state)
{
    enum { N = 20000, MAX_SIZE = 3 };
    static const struct {
        const char *file;
        size_t size;
        double low[MAX_SIZE];
        double side[MAX_SIZE];
        bool closed;
        double epsilon;
    } rows[] = {
        {"long_torus.cl", 2, {0.0, 0.0}, {3.0, 1.0}, true, 0.49},
        {"segment.cl", 1, {-1.0}, {2.0}, false, 1.5},
        {"brick.cl", 3, {-2.0, -0.5, -0.25}, {4.0, 1.0, 0.5}, false, 1.5},
    };
    const struct device_fixture *fixture = *state;
    float *points = allocate(3 * N * MAX_SIZE, sizeof *points);
    float *distance = allocate(N, sizeof *distance);
    for (size_t i = 0; i < LB_COUNT(rows); i++) {
        const size_t p = rows[i].size;
        struct lb_dataset *dataset = open_own(fixture, rows[i].file);
        const struct lb_dataset_info *info = lb_dataset_get_info(dataset);
        float *const x = points;
        float *const y = points + N * MAX_SIZE;
        float *const average = points + 2 * N * MAX_SIZE;
        const struct lb_pairs_params params = {
            .epsilon = rows[i].epsilon, .min_distance = 0.0, .seed = 5};
        const struct lb_pairs arrays = {
            .point_x = x, .point_y = y, .point_average = average, .distance = distance};
        assert_int_equal((size_t)info->dimension, p);
        assert_true(isnan(info->h));
        assert_true(rows[i].closed ? info->injectivity_radius == 0.5
                                   : isinf(info->injectivity_radius));
        require_ok(fixture, lb_dataset_pairs(dataset, &params, N, &arrays));
        for (size_t k = 0; k < p; k++) {
            int counts[BINS] = {0};
            for (size_t j = 0; j < N; j++) {
                count(counts, ((double)x[j * p + k] - rows[i].low[k]) / rows[i].side[k]);
            }
            check_uniform(rows[i].file, counts, BINS);
        }
        for (size_t j = 0; j < N; j++) {
            double whole = 0.0;
            double half = 0.0;
            for (size_t k = 0; k < p; k++) {
                double way = (double)y[j * p + k] - (double)x[j * p + k];
                double half_way = (double)average[j * p + k] - (double)x[j * p + k];
                if (rows[i].closed) {
                    way = remainder(way, rows[i].side[k]);
                    half_way = remainder(half_way, rows[i].side[k]);
                }
                const double place = ((double)y[j * p + k] - rows[i].low[k]) / rows[i].side[k];
                assert_true(place >= 0.0 && place <= 1.0);
                whole += way * way;
                half += half_way * half_way;
            }
            check_near("distance", j, sqrt(whole), (double)distance[j], 12.0 * UNIT);
            check_near("half", j, sqrt(half), 0.5 * (double)distance[j], 12.0 * UNIT);
        }
        lb_dataset_close(&dataset);
    }
    free(points);
    free(distance);
}

/* ---- images ---------------------------------------------------------------------------------- */

enum { SMALL = 24, MAX_IMAGE = 32 * 32 };

/* All representatives of a point have the same image: images of (sign point + shift) equal those of
   points. */
static void images_do_not_tell_representatives_apart(void **state)
{
    enum { N = 50, MAX_POINT = 3 };
    static const struct {
        const char *name;
        int size;
        float shift[MAX_POINT]; ///< in turns of 2 pi, or in sides of the unit square
        float sign[MAX_POINT];
    } rows[] = {
        {"torus-points", 0, {1.0f, 0.0f}, {1.0f, 1.0f}},
        {"torus-points", 0, {0.0f, -1.0f}, {1.0f, 1.0f}},
        {"arcs", SMALL, {1.0f, 0.0f}, {1.0f, 1.0f}},
        {"arcs", SMALL, {0.0f, -1.0f}, {1.0f, 1.0f}},
        {"klein-points", 0, {1.0f, 0.0f}, {1.0f, -1.0f}},
        {"klein-points", 0, {0.0f, 1.0f}, {1.0f, 1.0f}},
        {"klein-patches", SMALL, {1.0f, 0.0f}, {1.0f, -1.0f}},
        {"klein-patches", SMALL, {-1.0f, 1.0f}, {1.0f, -1.0f}},
        {"klein-patches", SMALL, {0.0f, 1.0f}, {1.0f, 1.0f}},
        {"se2-points", 0, {0.0f, 0.0f, 1.0f}, {1.0f, 1.0f, 1.0f}},
        {"se2-shapes", SMALL, {0.0f, 0.0f, 1.0f}, {1.0f, 1.0f, 1.0f}},
    };
    const struct device_fixture *fixture = *state;
    float *images = allocate(2 * N * MAX_IMAGE, sizeof *images);
    for (size_t i = 0; i < LB_COUNT(rows); i++) {
        struct lb_dataset *dataset = open_named(fixture, rows[i].name, rows[i].size);
        const struct lb_dataset_info *info = lb_dataset_get_info(dataset);
        const size_t p = (size_t)info->point_size;
        const size_t image_size = (size_t)(info->height * info->width * info->channels);
        const double turn = strcmp(info->manifold, "klein") == 0 ? 1.0 : 2.0 * pi;
        float points[2 * N * MAX_POINT];
        double change = 0.0;
        assert_true(image_size <= MAX_IMAGE);
        require_ok(fixture, lb_dataset_points(dataset, 3, N, points));
        for (size_t j = 0; j < N * p; j++) {
            points[N * p + j] = (float)((double)(rows[i].sign[j % p] * points[j]) +
                                        turn * (double)rows[i].shift[j % p]);
        }
        require_ok(fixture, lb_dataset_render(dataset, points, 2 * N, images));
        for (size_t j = 0; j < N * image_size; j++) {
            /* Rounding moves a shifted point by 4 u; pixels change by up to 12 per radian. */
            check_near(rows[i].name, j, (double)images[N * image_size + j], (double)images[j],
                       100.0 * UNIT);
            change = fmax(change, fabs((double)images[j] - (double)images[j % image_size]));
        }
        assert_true(change > 0.1);
        lb_dataset_close(&dataset);
    }
    free(images);
}

/* Mean |first|^2 and |second|^2 of the pixel map over pairs at distance d. */
static void mean_quotients(const struct device_fixture *fixture, struct lb_dataset *dataset,
                           double d, double *quotients)
{
    enum { N = 400, SIZE = SMALL * SMALL };
    float *images = allocate(3 * N * SIZE, sizeof *images);
    float *distance = allocate(N, sizeof *distance);
    const struct lb_pairs_params params = {.epsilon = d, .min_distance = 0.999 * d, .seed = 8};
    const struct lb_pairs arrays = {.x = images,
                                    .y = images + N * SIZE,
                                    .average = images + 2 * N * SIZE,
                                    .distance = distance};
    require_ok(fixture, lb_dataset_pairs(dataset, &params, N, &arrays));
    quotients[0] = 0.0;
    quotients[1] = 0.0;
    for (size_t i = 0; i < N * SIZE; i++) {
        const double r = (double)distance[i / SIZE];
        const double x = (double)images[i];
        const double y = (double)images[N * SIZE + i];
        const double average = (double)images[2 * N * SIZE + i];
        const double first = (y - x) / r;
        const double second = 4.0 * ((x - average) + (y - average)) / (r * r);
        assert_true(x >= 0.0 && x <= 1.0);
        quotients[0] += first * first / N;
        quotients[1] += second * second / N;
    }
    free(images);
    free(distance);
}

/*
 * The quotients of a C^2 map converge as d shrinks; with a hard edge the second mean square would
 * at least double with each halving.
 */
static void images_are_smooth_in_the_pose(void **state)
{
    static const char *const names[] = {"arcs", "klein-patches", "se2-shapes"};
    const struct device_fixture *fixture = *state;
    for (size_t i = 0; i < LB_COUNT(names); i++) {
        struct lb_dataset *dataset = open_named(fixture, names[i], SMALL);
        double d = 0.03 * lb_dataset_get_info(dataset)->injectivity_radius;
        double last[2];
        mean_quotients(fixture, dataset, d, last);
        for (int halving = 0; halving < 2; halving++) {
            double now[2];
            d *= 0.5;
            mean_quotients(fixture, dataset, d, now);
            assert_true(now[0] > 0.0 && now[1] > 0.0);
            for (size_t k = 0; k < 2; k++) {
                check_near(names[i], k, now[k] / last[k], 1.0, 0.1);
            }
            memcpy(last, now, sizeof last);
        }
        lb_dataset_close(&dataset);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_right),
        cmocka_unit_test(pairs_give_the_vectors),
        cmocka_unit_test(exponentials_give_the_vectors),
        cmocka_unit_test(klein_steps_over_the_seam_are_mirrored),
        cmocka_unit_test(klein_midpoints_over_the_seam_are_mirrored),
        cmocka_unit_test(torus_differences_across_the_seam_are_accurate),
        cmocka_unit_test(other_sides_are_honoured),
        cmocka_unit_test(images_do_not_tell_representatives_apart),
        cmocka_unit_test(images_are_smooth_in_the_pose),
    };
    return cmocka_run_group_tests_name("flat", tests, open_device_fixture, close_device_fixture);
}
