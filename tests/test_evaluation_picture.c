/* Pictures of an evaluation and of latent codes, from synthetic numbers: positions of their
 * elements. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "draw/color.h"
#include "picture_support.h"
#include "report/distance_picture.h"
#include "report/interpolation_error.h"
#include "report/latent_draw.h"
#include "report/singular_values.h"

#define MARGIN 0.05 /* of an automatic axis, on both sides of the data */

static int setup(void **state)
{
    struct lb_context *ctx = NULL;
    const enum lb_status status = lb_context_create(&ctx, NULL);
    *state = ctx;
    return status;
}

static int teardown(void **state)
{
    struct lb_context *ctx = *state;
    lb_context_destroy(&ctx);
    return 0;
}

static struct lb_dataset_info dataset_info(const char *manifold)
{
    struct lb_dataset_info info = {.h = (double)NAN};
    memcpy(info.manifold, manifold, strlen(manifold) + 1);
    return info;
}

/** The column of a value on an axis that shows [low, high] with its margin. */
static double column_of(struct lb_rect frame, double value, double low, double high)
{
    const double part = (value - low) / (high - low);
    return frame.x + frame.width * (part + MARGIN) / (1.0 + 2.0 * MARGIN);
}

static double row_of(struct lb_rect frame, double value, double low, double high)
{
    const double part = (value - low) / (high - low);
    return frame.y + frame.height * (1.0 - (part + MARGIN) / (1.0 + 2.0 * MARGIN));
}

/** Mean column of the pixels of a colour inside a frame; NaN if there are none. */
static double mean_column(const struct lb_canvas *canvas, struct lb_rect frame,
                          struct lb_color color)
{
    double sum = 0.0;
    int n = 0;
    for (int y = frame.y; y < frame.y + frame.height; y++) {
        for (int x = frame.x; x < frame.x + frame.width; x++) {
            if (has_color(canvas, x, y, color)) {
                sum += x + 0.5;
                n++;
            }
        }
    }
    return n > 0 ? sum / n : (double)NAN;
}

/** Whether there is a pixel of the colour within `reach` of (x,y). */
static bool is_near(const struct lb_canvas *canvas, double x, double y, int reach,
                    struct lb_color color)
{
    for (int j = (int)y - reach; j <= (int)y + reach; j++) {
        for (int i = (int)x - reach; i <= (int)x + reach; i++) {
            if (i >= 0 && j >= 0 && i < canvas->width && j < canvas->height &&
                has_color(canvas, i, j, color)) {
                return true;
            }
        }
    }
    return false;
}

static void expect_near(const char *what, double found, double wanted, double tolerance)
{
    if (!(fabs(found - wanted) <= tolerance)) {
        fail_msg("%s: at %.2f, wanted %.2f within %.1f", what, found, wanted, tolerance);
    }
}

static struct lb_color bar_color(void)
{
    return lb_color_mix(lb_color_series(0), LB_WHITE, 0.35);
}

/** Height in pixels of the bar at a column. */
static int bar_height(const struct lb_canvas *canvas, struct lb_rect frame, int x)
{
    int n = 0;
    for (int y = frame.y; y <= frame.y + frame.height; y++) {
        n += has_color(canvas, x, y, bar_color());
    }
    return n;
}

/** 300 values at 0.8 and 100 at 1.2: the two outer bins contain them in this proportion. */
static void test_singular_values(void **state)
{
    struct lb_context *ctx = *state;
    double sigmas[400];
    for (int i = 0; i < 400; i++) {
        sigmas[i] = i % 4 == 0 ? 1.2 : 0.8;
    }
    const struct lb_evaluation evaluation = {
        .sigmas = sigmas, .sigma_count = 400, .scale = 0.9, .sigma_median = 0.85};
    struct lb_canvas *canvas = NULL;
    assert_int_equal(lb_draw_singular_values(&canvas, ctx, &evaluation), LB_OK);
    const struct lb_rect frame = find_frame(canvas, 0);
    const int first = (int)column_of(frame, 0.805, 0.8, 1.2);
    const int last = (int)column_of(frame, 1.195, 0.8, 1.2);
    const double tall = bar_height(canvas, frame, first);
    const double low = bar_height(canvas, frame, last);
    expect_near("tall bar", tall, frame.height / (1.0 + MARGIN), 2.1);
    expect_near("low bar against it", low / tall, 1.0 / 3.0, 0.01);
    assert_int_equal(bar_height(canvas, frame, (first + last) / 2), 0);
    expect_near("scale", mean_column(canvas, frame, lb_color_series(1)),
                column_of(frame, 0.9, 0.8, 1.2), 1.0);
    expect_near("median", mean_column(canvas, frame, lb_color_series(2)),
                column_of(frame, 0.85, 0.8, 1.2), 1.0);
    lb_canvas_destroy(&canvas);
}

/** Values over two decades: a logarithmic axis, on which equal ratios are equally far apart. */
static void test_wide_singular_values(void **state)
{
    struct lb_context *ctx = *state;
    double sigmas[201];
    for (int i = 0; i < 201; i++) {
        sigmas[i] = pow(10.0, -1.0 + 0.01 * i);
    }
    const struct lb_evaluation evaluation = {.sigmas = sigmas,
                                             .sigma_count = 201,
                                             .scale = 0.1,
                                             .sigma_median = 10.0,
                                             .sigma_min = 0.1,
                                             .sigma_max = 10.0};
    struct lb_canvas *canvas = NULL;
    assert_int_equal(lb_draw_singular_values(&canvas, ctx, &evaluation), LB_OK);
    const struct lb_rect frame = find_frame(canvas, 0);
    expect_near("0.1", mean_column(canvas, frame, lb_color_series(1)),
                column_of(frame, -1.0, -1.0, 1.0), 1.0);
    expect_near("1", mean_column(canvas, frame, LB_INK), column_of(frame, 0.0, -1.0, 1.0), 1.0);
    expect_near("10", mean_column(canvas, frame, lb_color_series(2)),
                column_of(frame, 1.0, -1.0, 1.0), 1.0);
    lb_canvas_destroy(&canvas);
}

/** Chords 2 sin(d/2) times a scale: the median follows the dashes for the sphere. */
static void test_distances_of_a_sphere(void **state)
{
    enum { N = 4000 };
    struct lb_context *ctx = *state;
    const struct lb_dataset_info info = dataset_info("sphere");
    const double scale = 0.9;
    const double largest = 3.0;
    double *distances = malloc(N * sizeof *distances);
    double *chords = malloc(N * sizeof *chords);
    for (int i = 0; i < N; i++) {
        distances[i] = largest * (i + 1) / N;
        chords[i] = scale * 2.0 * sin(0.5 * distances[i]);
    }
    const struct lb_evaluation evaluation = {
        .distances = distances, .chords = chords, .pair_count = N, .scale = scale};
    struct lb_canvas *canvas = NULL;
    assert_int_equal(lb_draw_distances(&canvas, ctx, &evaluation, &info, 0.5), LB_OK);
    const struct lb_rect left = find_frame(canvas, 0);
    const struct lb_rect right = find_frame(canvas, 1);
    const double low_ratio = scale * 2.0 * sin(0.5 * largest) / largest;
    for (int i = 1; i < 10; i++) {
        const double d = 0.3 * i;
        const double chord = scale * 2.0 * sin(0.5 * d);
        /* The dashes are drawn over the median line: both colours are close by. */
        const double x[] = {column_of(left, d, 0.0, largest), column_of(right, d, 0.0, largest)};
        const double y[] = {row_of(left, chord, 0.0, scale * largest),
                            row_of(right, chord / d, low_ratio, scale)};
        for (int k = 0; k < 2; k++) {
            assert_true(is_near(canvas, x[k], y[k], 8, lb_color_series(0)));
            assert_true(is_near(canvas, x[k], y[k], 8, lb_color_series(1)));
        }
    }
    expect_near("epsilon", mean_column(canvas, left, lb_color_series(2)),
                column_of(left, 0.5, 0.0, largest), 1.0);
    lb_canvas_destroy(&canvas);
    free(distances);
    free(chords);
}

/** The curves match the numbers, on a logarithmic axis; without a decoder there is one panel. */
static void test_interpolation_error(void **state)
{
    struct lb_context *ctx = *state;
    const double nan = (double)NAN;
    struct lb_interpolation_errors errors[3];
    for (int i = 0; i < 3; i++) {
        errors[i] = (struct lb_interpolation_errors){.distance = 1.0 + i,
                                                     .latent_gap = {pow(10.0, i - 3), 0.0},
                                                     .off_manifold = {5e-2, 0.0},
                                                     .image_mse = {pow(10.0, i - 4), 0.0},
                                                     .blend_mse = {1.0, 0.0}};
    }
    const struct lb_evaluation evaluation = {.interpolation = errors, .interpolation_count = 3};
    struct lb_canvas *canvas = NULL;
    assert_int_equal(lb_draw_interpolation_error(&canvas, ctx, &evaluation, 1.5), LB_OK);
    const struct lb_rect left = find_frame(canvas, 0);
    const struct lb_rect right = find_frame(canvas, 1);
    for (int i = 0; i < 3; i++) {
        assert_true(is_near(canvas, column_of(left, 1.0 + i, 1.0, 3.0),
                            row_of(left, i - 4.0, -4.0, 0.0), 1, lb_color_series(0)));
        assert_true(is_near(canvas, column_of(left, 1.0 + i, 1.0, 3.0),
                            row_of(left, 0.0, -4.0, 0.0), 1, lb_color_series(1)));
        assert_true(is_near(canvas, column_of(right, 1.0 + i, 1.0, 3.0),
                            row_of(right, i - 3.0, -3.0, -1.0), 1, lb_color_series(0)));
    }
    /* Halfway between the points, the line is straight in the logarithms. */
    assert_true(is_near(canvas, column_of(left, 2.75, 1.0, 3.0), row_of(left, -2.25, -4.0, 0.0), 1,
                        lb_color_series(0)));
    expect_near("epsilon", mean_column(canvas, right, lb_color_series(2)),
                column_of(right, 1.5, 1.0, 3.0), 1.0);
    const int both = canvas->width;
    lb_canvas_destroy(&canvas);
    for (int i = 0; i < 3; i++) {
        errors[i].image_mse.mean = nan;
    }
    assert_int_equal(lb_draw_interpolation_error(&canvas, ctx, &evaluation, 1.5), LB_OK);
    assert_int_equal(canvas->width, both / 2);
    lb_canvas_destroy(&canvas);
}

/** The pictures are drawn for any content of an evaluation. */
static void test_degenerate_evaluations(void **state)
{
    struct lb_context *ctx = *state;
    static double cases[][3] = {
        {1, 1, 1}, {0, 0, 0}, {1e-320, 1, 2}, {-1, 0, 1}, {1e308, 1e-308, 5}, {1, 2, 3},
    };
    static const char *const manifolds[] = {"sphere", "torus", "rp2", "box", "unheard of"};
    cases[3][0] = (double)NAN;
    cases[3][2] = (double)INFINITY;
    for (size_t c = 0; c < LB_COUNT(cases); c++) {
        for (size_t n = 0; n <= 3; n++) {
            struct lb_interpolation_errors errors[3];
            for (size_t i = 0; i < 3; i++) {
                const struct lb_estimate estimate = {cases[c][i], cases[c][2 - i]};
                errors[i] = (struct lb_interpolation_errors){.distance = cases[c][i],
                                                             .latent_gap = estimate,
                                                             .off_manifold = estimate,
                                                             .image_mse = estimate,
                                                             .blend_mse = estimate};
            }
            const struct lb_evaluation evaluation = {
                .sigmas = n > 0 ? cases[c] : NULL,
                .sigma_count = n,
                .scale = cases[c][0],
                .sigma_median = cases[c][1],
                .distances = n > 0 ? cases[c] : NULL,
                .chords = n > 0 ? cases[(c + 1) % LB_COUNT(cases)] : NULL,
                .pair_count = n,
                .interpolation = errors,
                .interpolation_count = n,
            };
            const struct lb_dataset_info info = dataset_info(manifolds[(c + n) % 5]);
            struct lb_canvas *canvas = NULL;
            assert_int_equal(lb_draw_singular_values(&canvas, ctx, &evaluation), LB_OK);
            assert_true(painted(canvas) > 1000);
            lb_canvas_destroy(&canvas);
            assert_int_equal(lb_draw_distances(&canvas, ctx, &evaluation, &info, cases[c][1]),
                             LB_OK);
            assert_true(painted(canvas) > 1000);
            lb_canvas_destroy(&canvas);
            assert_int_equal(lb_draw_interpolation_error(&canvas, ctx, &evaluation, cases[c][1]),
                             LB_OK);
            assert_true(painted(canvas) > 1000);
            assert_clean(canvas);
            lb_canvas_destroy(&canvas);
        }
    }
}

/** A view of two points and one line (n = 0: without points) whose first components are known. */
static struct lb_latent_view latent_view(double *points, double *grid, struct lb_color *colors,
                                         struct lb_color *grid_colors)
{
    return (struct lb_latent_view){
        .title = "Codes",
        .share = {0.5, 0.5, 0.0, 0.0},
        .n = 2,
        .points = points,
        .colors = colors,
        .lines = 1,
        .frames = 2,
        .grid = grid,
        .grid_colors = grid_colors,
        .hue = "hue's word",
        .lightness = "",
    };
}

/** The line has its colour and place; more significant components give more panels. */
static void test_latent_view(void **state)
{
    struct lb_context *ctx = *state;
    const struct lb_color green = {0, 150, 60};
    const struct lb_color red = {255, 0, 0};
    double points[2 * LB_COMPONENTS] = {-1, -1, 0, 0, 1, 1, 0, 0};
    double grid[2 * LB_COMPONENTS] = {-0.5, 0.5, 0, 0, 0.5, 0.5, 0, 0};
    struct lb_color colors[2] = {green, green};
    struct lb_color grid_colors[2] = {red, red};
    struct lb_latent_view view = latent_view(points, grid, colors, grid_colors);
    struct lb_canvas *canvas = NULL;
    assert_int_equal(lb_latent_view_draw(&view, ctx, &canvas), LB_OK);
    const int side = canvas->width;
    const struct lb_rect frame = find_frame(canvas, 0);
    /* The points, in a paler colour, show the places of (-1,-1) and (1,1). */
    const struct lb_color pale = lb_color_mix(green, LB_WHITE, 0.45);
    const struct lb_rect lower = {frame.x, frame.y, frame.width / 2, frame.height};
    const struct lb_rect upper = {frame.x + frame.width / 2, frame.y, frame.width / 2,
                                  frame.height};
    const double left = mean_column(canvas, lower, pale);
    const double right = mean_column(canvas, upper, pale);
    const double unit = 0.5 * (right - left);
    const double middle_x = 0.5 * (left + right);
    const double row = frame.y + 0.5 * frame.height - 0.5 * unit; // equal units on both axes
    assert_true(unit > 0.35 * frame.height);
    for (int i = -3; i <= 3; i++) {
        assert_true(is_near(canvas, middle_x + 0.15 * i * unit, row, 1, red));
    }
    assert_false(is_near(canvas, middle_x - 0.6 * unit, row, 2, red));
    assert_false(is_near(canvas, middle_x, row + 6.0, 2, red));
    lb_canvas_destroy(&canvas);
    view.share[2] = 0.1;
    assert_int_equal(lb_latent_view_draw(&view, ctx, &canvas), LB_OK);
    assert_int_equal(canvas->width, 2 * side);
    lb_canvas_destroy(&canvas);
    memcpy(view.share, (const double[]){0.25, 0.25, 0.25, 0.25}, sizeof view.share);
    assert_int_equal(lb_latent_view_draw(&view, ctx, &canvas), LB_OK);
    assert_int_equal(canvas->width, 3 * side);
    lb_canvas_destroy(&canvas);
}

static void test_degenerate_latent_views(void **state)
{
    struct lb_context *ctx = *state;
    double points[2 * LB_COMPONENTS] = {0};
    double grid[2 * LB_COMPONENTS] = {(double)NAN, 1, 1, 1, 1e300, (double)INFINITY, 0, 0};
    struct lb_color colors[2] = {LB_INK, LB_INK};
    struct lb_latent_view view = latent_view(points, grid, colors, colors);
    struct lb_canvas *canvas = NULL;
    memcpy(view.share, (const double[]){0.25, 0.25, 0.25, 0.25}, sizeof view.share);
    assert_int_equal(lb_latent_view_draw(&view, ctx, &canvas), LB_OK);
    const int height = canvas->height;
    lb_canvas_destroy(&canvas);
    view.lines = 0; // the manifold defines neither lines nor names for colours
    view.hue = NULL;
    view.n = 1;
    points[0] = (double)NAN;
    assert_int_equal(lb_latent_view_draw(&view, ctx, &canvas), LB_OK);
    assert_true(canvas->height < height);
    assert_clean(canvas);
    lb_canvas_destroy(&canvas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_singular_values),         cmocka_unit_test(test_wide_singular_values),
        cmocka_unit_test(test_distances_of_a_sphere),   cmocka_unit_test(test_interpolation_error),
        cmocka_unit_test(test_degenerate_evaluations),  cmocka_unit_test(test_latent_view),
        cmocka_unit_test(test_degenerate_latent_views),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
