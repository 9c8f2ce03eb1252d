/* Coordinate lines, colours and ideal chords of the manifolds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eval/pca.h"
#include "geometry/ideal.h"
#include "geometry/manifold_chart.h"
#include "geometry/query.h"
#include "support.h"

#define PER_LINE 65

enum { SAMPLE = 2000 };

/** The smallest built-in dataset of each manifold. */
static const char *const names[] = {"sphere",     "hemisphere",   "so3-points",
                                    "rp2-points", "torus-points", "klein-points",
                                    "box-points", "bures-points", "se2-points"};

static struct lb_dataset *open_dataset(struct device_fixture *fixture, const char *name, double cap)
{
    struct lb_dataset *dataset = NULL;
    const struct lb_dataset_params params = {.name = name, .cap_degrees = cap};
    require_ok(fixture, lb_dataset_open(&dataset, fixture->device, &params));
    return dataset;
}

/** Neighbours on a line are close together: no line jumps or stops. */
static void check_steps(struct device_fixture *fixture, struct lb_dataset *dataset,
                        const float *points)
{
    const size_t lines = (size_t)dataset->chart.lines;
    const size_t p = (size_t)dataset->info.point_size;
    float *distances = allocate(lines * PER_LINE, sizeof *distances);
    require_ok(fixture,
               lb_dataset_distances(dataset, points, points + p, lines * PER_LINE - 1, distances));
    for (size_t line = 0; line < lines; line++) {
        double length = 0.0;
        double longest = 0.0;
        for (size_t i = 0; i + 1 < PER_LINE; i++) {
            length += (double)distances[line * PER_LINE + i];
            longest = fmax(longest, (double)distances[line * PER_LINE + i]);
        }
        if (!(length > 0.2 && length < 10.0 && longest < 3.0 * length / (PER_LINE - 1))) {
            fail_msg("%s: line %zu is %g long, its longest of %d steps %g", dataset->info.name,
                     line, length, PER_LINE - 1, longest);
        }
    }
    free(distances);
}

/** Every point is in the manifold. */
static void check_inside(struct device_fixture *fixture, struct lb_dataset *dataset,
                         const float *points, size_t n)
{
    float *inside = allocate(n, sizeof *inside);
    require_ok(fixture, lb_dataset_contains(dataset, points, n, inside));
    for (size_t i = 0; i < n; i++) {
        if (inside[i] == 0.0f) {
            fail_msg("%s: point %zu of line %zu lies outside", dataset->info.name, i % PER_LINE,
                     i / PER_LINE);
        }
    }
    free(inside);
}

/** Points of spheres and rotations have length 1. */
static void check_unit(const struct lb_dataset *dataset, const float *points, size_t n)
{
    const size_t p = (size_t)dataset->info.point_size;
    const char *manifold = dataset->info.manifold;
    if (strcmp(manifold, "sphere") != 0 && strcmp(manifold, "hemisphere") != 0 &&
        strcmp(manifold, "rp2") != 0 && strcmp(manifold, "so3") != 0) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double square = 0.0;
        for (size_t k = 0; k < p; k++) {
            square += (double)points[i * p + k] * (double)points[i * p + k];
        }
        check_near("square of the length", i, square, 1.0, 1e-5);
    }
}

static void test_grid_lines(void **state)
{
    struct device_fixture *fixture = *state;
    for (size_t k = 0; k < LB_COUNT(names); k++) {
        struct lb_dataset *dataset = open_dataset(fixture, names[k], 0.0);
        assert_true(dataset->chart.lines > 0);
        const size_t n = (size_t)dataset->chart.lines * PER_LINE;
        float *points = allocate(n * (size_t)dataset->info.point_size, sizeof *points);
        require_ok(fixture, lb_dataset_grid(dataset, PER_LINE, points));
        check_unit(dataset, points, n);
        check_inside(fixture, dataset, points, n);
        check_steps(fixture, dataset, points);
        free(points);
        lb_dataset_close(&dataset);
    }
}

/** The rim of a cap is a line, and all meridians contain the pole. */
static void test_grid_follows_the_cap(void **state)
{
    struct device_fixture *fixture = *state;
    const double cap = 40.0;
    struct lb_dataset *dataset = open_dataset(fixture, "hemisphere", cap);
    const size_t n = (size_t)dataset->chart.lines * PER_LINE;
    float *points = allocate(3 * n, sizeof *points);
    require_ok(fixture, lb_dataset_grid(dataset, PER_LINE, points));
    check_inside(fixture, dataset, points, n);
    double lowest = 1.0;
    double highest = 0.0;
    for (size_t i = 0; i < n; i++) {
        lowest = fmin(lowest, (double)points[3 * i + 2]);
        highest = fmax(highest, (double)points[3 * i + 2]);
    }
    check_near("height of the rim", 0, lowest, cos(cap * 0.017453292519943295), 1e-3);
    check_near("height of the pole", 0, highest, 1.0, 1e-6);
    free(points);
    lb_dataset_close(&dataset);
}

/** Pairs of neighbours, also across seams, have similar colours, all in the unit ball. */
static void test_colors_are_continuous(void **state)
{
    enum { PAIRS = 4000 };
    const double distance = 1e-3;
    const double steepest =
        8.0; // of the colours; the shortest circle, whose length is 1, has 2 pi 0.75
    struct device_fixture *fixture = *state;
    for (size_t k = 0; k < LB_COUNT(names); k++) {
        struct lb_dataset *dataset = open_dataset(fixture, names[k], 0.0);
        assert_true(dataset->chart.hue[0] != '\0');
        const size_t p = (size_t)dataset->info.point_size;
        float *x = allocate(PAIRS * p, sizeof *x);
        float *y = allocate(PAIRS * p, sizeof *y);
        float *color_x = allocate(3 * PAIRS, sizeof *color_x);
        float *color_y = allocate(3 * PAIRS, sizeof *color_y);
        const struct lb_pairs pairs = {.point_x = x, .point_y = y};
        const struct lb_pairs_params params = {.epsilon = distance, .min_distance = 0.0};
        require_ok(fixture, lb_dataset_pairs(dataset, &params, PAIRS, &pairs));
        require_ok(fixture, lb_dataset_colors(dataset, x, PAIRS, color_x));
        require_ok(fixture, lb_dataset_colors(dataset, y, PAIRS, color_y));
        double sums[3] = {0};
        for (size_t i = 0; i < PAIRS; i++) {
            const float *a = color_x + 3 * i;
            const float *b = color_y + 3 * i;
            double square = 0.0;
            double size = 0.0;
            for (size_t c = 0; c < 3; c++) {
                square += ((double)a[c] - (double)b[c]) * ((double)a[c] - (double)b[c]);
                size += (double)a[c] * (double)a[c];
                sums[c] += fabs((double)a[c]);
            }
            if (!(sqrt(square) < steepest * distance && size < 1.0 + 1e-5)) {
                fail_msg("%s: colours (%g %g %g) and (%g %g %g) of points within %g, length %g",
                         names[k], (double)a[0], (double)a[1], (double)a[2], (double)b[0],
                         (double)b[1], (double)b[2], distance, sqrt(size));
            }
        }
        assert_true(sums[0] > 0.1 * PAIRS && sums[1] > 0.1 * PAIRS && sums[2] > 0.1 * PAIRS);
        free(x);
        free(y);
        free(color_x);
        free(color_y);
        lb_dataset_close(&dataset);
    }
}

/** The other representative of a rotation or a line has the same colour. */
static void test_colors_of_representatives(void **state)
{
    static const char *const quotients[] = {"so3-points", "rp2-points"};
    struct device_fixture *fixture = *state;
    for (size_t k = 0; k < LB_COUNT(quotients); k++) {
        struct lb_dataset *dataset = open_dataset(fixture, quotients[k], 0.0);
        const size_t size = 100 * (size_t)dataset->info.point_size;
        float *points = allocate(size, sizeof *points);
        float colors[300];
        float others[300];
        require_ok(fixture, lb_dataset_points(dataset, 1, 100, points));
        require_ok(fixture, lb_dataset_colors(dataset, points, 100, colors));
        for (size_t i = 0; i < size; i++) {
            points[i] = -points[i];
        }
        require_ok(fixture, lb_dataset_colors(dataset, points, 100, others));
        for (size_t i = 0; i < LB_COUNT(colors); i++) {
            check_near("colour", i, (double)others[i], (double)colors[i], 1e-6);
        }
        free(points);
        lb_dataset_close(&dataset);
    }
}

/** tools/pendulum.cl, whose manifold defines neither lines nor colours. */
static char *pendulum_path(void)
{
    static const char name[] = "/../../tools/pendulum.cl";
    const char *data = getenv("LB_TEST_DATA");
    char *path = allocate(strlen(data) + sizeof name, 1);
    strcpy(path, data);
    return strcat(path, name);
}

static void test_without_chart(void **state)
{
    struct device_fixture *fixture = *state;
    char *path = pendulum_path();
    struct lb_dataset *dataset = open_dataset(fixture, path, 0.0);
    assert_int_equal(dataset->chart.lines, 0);
    assert_string_equal(dataset->chart.hue, "");
    require_ok(fixture, lb_dataset_grid(dataset, PER_LINE, NULL));
    lb_dataset_close(&dataset);
    free(path);
}

/** A chart with a macro needs its function, and a reasonable size. */
static void test_broken_charts(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"#define GRID_LINES 3\n", "function missing: manifold_grid"},
        {"#define COLOR_HUE \"angle\"\n", "function missing: manifold_color"},
        {"#define GRID_LINES 2000000000\n", "GRID_LINES is 2000000000"},
        {"#define GRID_LINES -1\n", "GRID_LINES is -1"},
    };
    struct device_fixture *fixture = *state;
    char *path = pendulum_path();
    char *folder = make_folder();
    char own[512];
    snprintf(own, sizeof own, "%s/own.cl", folder);
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        struct lb_dataset *dataset = NULL;
        const struct lb_dataset_params params = {.name = own};
        FILE *file = fopen(own, "w");
        assert_non_null(file);
        fprintf(file, "%s#include \"%s\"\n", cases[i].text, path);
        assert_int_equal(fclose(file), 0);
        require_error(fixture, lb_dataset_open(&dataset, fixture->device, &params), LB_ERR_BUILD,
                      cases[i].message);
        assert_null(dataset);
    }
    remove_folder(folder);
    free(path);
}

/** Chords between the images of datasets that are ideal embeddings. */
static void test_ideal_chords(void **state)
{
    static const char *const ideals[] = {"sphere",     "hemisphere",   "so3-points",
                                         "rp2-points", "torus-points", "box-points"};
    struct device_fixture *fixture = *state;
    for (size_t k = 0; k < LB_COUNT(ideals); k++) {
        struct lb_dataset *dataset = open_dataset(fixture, ideals[k], 0.0);
        const size_t p = (size_t)dataset->info.point_size;
        const size_t size = dataset->image_size;
        float *points = allocate(2 * SAMPLE * p, sizeof *points);
        float *images = allocate(2 * SAMPLE * size, sizeof *images);
        float *distances = allocate(SAMPLE, sizeof *distances);
        require_ok(fixture, lb_dataset_points(dataset, 3, 2 * SAMPLE, points));
        require_ok(fixture, lb_dataset_render(dataset, points, 2 * SAMPLE, images));
        require_ok(fixture,
                   lb_dataset_distances(dataset, points, points + SAMPLE * p, SAMPLE, distances));
        double near_low = INFINITY;
        double near_high = INFINITY;
        for (size_t i = 0; i < SAMPLE; i++) {
            const double d = (double)distances[i];
            struct lb_ideal_chord ideal;
            double square = 0.0;
            for (size_t j = 0; j < size; j++) {
                const double way =
                    (double)images[i * size + j] - (double)images[(i + SAMPLE) * size + j];
                square += way * way;
            }
            const double chord = sqrt(square);
            assert_true(lb_ideal_chord(&dataset->info, d, &ideal));
            if (!(chord > ideal.low - 1e-4 && chord < ideal.high + 1e-4)) {
                fail_msg("%s: chord %g at distance %g, wanted %g to %g", ideals[k], chord, d,
                         ideal.low, ideal.high);
            }
            if (d > 2.0) { // where the range is wide for the torus
                near_low = fmin(near_low, chord - ideal.low);
                near_high = fmin(near_high, ideal.high - chord);
            }
        }
        /* Both ends are attained, so the range is not too wide. */
        if (strcmp(ideals[k], "torus-points") == 0 && !(near_low < 0.01 && near_high < 0.01)) {
            fail_msg("torus: ends of the range missed by %g and %g", near_low, near_high);
        }
        free(points);
        free(images);
        free(distances);
        lb_dataset_close(&dataset);
    }
    const struct lb_dataset_info klein = {.manifold = "klein"};
    const struct lb_dataset_info uneven = {.manifold = "torus", .h = (double)NAN};
    struct lb_ideal_chord ideal;
    assert_false(lb_ideal_chord(&klein, 0.3, &ideal));
    assert_false(lb_ideal_chord(&uneven, 0.3, &ideal));
}

/** Components fitted to one set can be applied to another: coordinates in an orthonormal basis. */
static void test_pca_applies_to_others(void **state)
{
    enum { N = 200, L = 5, C = 5 };
    struct device_fixture *fixture = *state;
    float vectors[N * L];
    double mean[L];
    double axes[C * L];
    double share[C];
    double projected[2 * C];
    for (size_t i = 0; i < N * L; i++) {
        vectors[i] = draw(9, i) * (float)(1 + i % L);
    }
    require_ok(fixture, lb_pca_fit(fixture->ctx, vectors, N, L, C, mean, axes, share));
    for (size_t a = 0; a < C; a++) {
        for (size_t b = 0; b < C; b++) {
            double product = 0.0;
            for (size_t j = 0; j < L; j++) {
                product += axes[a * L + j] * axes[b * L + j];
            }
            check_near("product of axes", a * C + b, product, a == b ? 1.0 : 0.0, 1e-12);
        }
        assert_true(a == 0 || share[a] <= share[a - 1]);
    }
    const float other[2 * L] = {1, 2, 3, 4, 5, -2, 0, 7, 1, 0.5f};
    lb_pca_apply(other, 2, L, C, mean, axes, projected);
    double square = 0.0;
    double wanted = 0.0;
    for (size_t c = 0; c < C; c++) { // all components: distances are preserved
        square += pow(projected[c] - projected[C + c], 2.0);
        wanted += pow((double)other[c] - (double)other[L + c], 2.0);
    }
    check_near("squared distance", 0, square, wanted, 1e-10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grid_lines),
        cmocka_unit_test(test_grid_follows_the_cap),
        cmocka_unit_test(test_colors_are_continuous),
        cmocka_unit_test(test_colors_of_representatives),
        cmocka_unit_test(test_without_chart),
        cmocka_unit_test(test_broken_charts),
        cmocka_unit_test(test_ideal_chords),
        cmocka_unit_test(test_pca_applies_to_others),
    };
    return cmocka_run_group_tests(tests, open_device_fixture, close_device_fixture);
}
