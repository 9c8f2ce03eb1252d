/* Scales and charts, flat and in space. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/context.h"
#include "draw/plot.h"
#include "draw/plot3.h"
#include "draw/axis_scale.h"
#include "picture_support.h"

static const struct lb_color red = {255, 0, 0};

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

static void expect_ticks(bool log, double low, double high, int target, const char *wanted)
{
    struct lb_scale scale = lb_scale_start(log);
    lb_scale_include(&scale, low);
    lb_scale_include(&scale, high);
    lb_scale_finish(&scale, 0.0);
    lb_scale_choose_ticks(&scale, target);
    char text[512] = "";
    for (int i = 0; i < scale.n_ticks; i++) {
        const size_t length = strlen(text);
        snprintf(text + length, sizeof(text) - length, "%s%s", i > 0 ? " " : "",
                 scale.ticks[i].label.text);
        assert_true(scale.ticks[i].at > scale.low - 1e-6 * (scale.high - scale.low));
        assert_true(scale.ticks[i].at < scale.high + 1e-6 * (scale.high - scale.low));
    }
    if (strcmp(text, wanted) != 0) {
        fail_msg("ticks from %g to %g: \"%s\", wanted \"%s\"", low, high, text, wanted);
    }
}

static void test_ticks(void **state)
{
    (void)state;
    expect_ticks(false, 0.0, 1.0, 5, "0.0 0.2 0.4 0.6 0.8 1.0");
    expect_ticks(false, -0.3, 0.3, 3, "-0.2 0.0 0.2");
    expect_ticks(false, 0.0, 20000.0, 5, "0 5000 10000 15000 20000");
    expect_ticks(false, 0.0, 3e6, 3, "0 1e6 2e6 3e6");
    expect_ticks(false, 0.0, 5e-6, 2, "0 5e-6");
    expect_ticks(false, 1e-5, 2.5e-5, 3, "1e-5 1.5e-5 2e-5 2.5e-5");
    expect_ticks(false, 0.001, 0.003, 2, "0.001 0.002 0.003");
    expect_ticks(true, 1e-5, 1.0, 6, "1e-5 1e-4 1e-3 1e-2 1e-1 1e0");
    expect_ticks(true, 0.01, 100.0, 6, "0.01 0.1 1 10 100");
    expect_ticks(true, 1.0, 12.0, 5, "1 2 5 10");
    expect_ticks(true, 2.0, 4.0, 3, "2 3 4");
    expect_ticks(true, 1e-12, 1.0, 4, "1e-12 1e-8 1e-4 1e0");
}

/** For any data a chart is drawn, stays in its rectangle, and comes out the same twice. */
static void check_plot(struct lb_context *ctx, const struct lb_plot *plot)
{
    struct lb_canvas *first = new_canvas(ctx, 340, 280);
    struct lb_canvas *second = new_canvas(ctx, 340, 280);
    const struct lb_rect rect = {20, 20, 300, 240};
    lb_plot_draw(first, rect, plot);
    lb_plot_draw(second, rect, plot);
    assert_memory_equal(first->pixels, second->pixels, 3 * 340 * 280);
    assert_true(painted(first) > 500);
    lb_canvas_rect(first, rect, LB_WHITE);
    assert_int_equal(painted(first), 0);
    assert_int_equal(first->clip.width, 340);
    assert_clean(first);
    lb_canvas_destroy(&first);
    lb_canvas_destroy(&second);
}

static void test_plots_of_odd_data(void **state)
{
    struct lb_context *ctx = *state;
    static const double steps[] = {0, 1, 2, 3, 4};
    static const double cases[][5] = {
        {1, 2, 3, 2, 1},
        {7, 7, 7, 7, 7},
        {0, 0, 0, 0, 0},
        {NAN, NAN, NAN, NAN, NAN},
        {INFINITY, 1, NAN, 2, -INFINITY},
        {-1, 0, 1e-3, 10, -5},
        {-1, -2, -3, -4, -5},
        {1e308, -1e308, 1, 2, 3},
        {1e-320, 2e-320, 0, 0, 1e-320},
        {1e9, 1e9 + 1e-6, 1e9, 1e9, 1e9},
        {5e-324, 1e300, 1, 2, 3},
    };
    for (size_t c = 0; c < LB_COUNT(cases); c++) {
        for (int option = 0; option < 16; option++) {
            const struct lb_series series[] = {
                {.label = "dots",
                 .kind = LB_SERIES_DOTS,
                 .x = steps,
                 .y = cases[c],
                 .error = (option & 8) != 0 ? cases[c] : cases[4],
                 .n = (option & 8) != 0 ? 1 : 5,
                 .color = lb_color_series(0)},
                {.label = "line",
                 .x = cases[c],
                 .y = steps,
                 .n = (option & 8) != 0 ? 1 : 5,
                 .color = lb_color_series(1)},
                {.label = "dashes",
                 .kind = LB_SERIES_DASHES,
                 .x = steps,
                 .y = cases[c],
                 .n = 5,
                 .color = lb_color_series(2)},
                {.label = "bars",
                 .kind = LB_SERIES_BARS,
                 .x = cases[c],
                 .y = cases[c],
                 .n = 5,
                 .size = c % 3 == 0 ? 0.0 : 1.5,
                 .color = lb_color_series(3)},
                {.label = "marks",
                 .kind = LB_SERIES_MARKS,
                 .x = cases[c],
                 .n = 5,
                 .color = lb_color_series(4)},
                {.label = "empty", .color = lb_color_series(5)},
            };
            const size_t kinds[] = {6, 2, 3, 6, 4, 6};
            const struct lb_plot plot = {
                .title = "Odd data",
                .x = {.label = "x", .log = (option & 1) != 0},
                .y = {.label = "y", .log = (option & 2) != 0},
                .series = series,
                .n_series = kinds[(c + (size_t)option) % LB_COUNT(kinds)],
                .equal = (option & 4) != 0,
            };
            check_plot(ctx, &plot);
        }
    }
    const struct lb_plot empty = {.title = "Nothing"};
    check_plot(ctx, &empty);
}

/** Points are in the right places: with a fixed range the middle value is in the middle. */
static void test_plot_places_points(void **state)
{
    struct lb_context *ctx = *state;
    const double x[] = {5.0, NAN};
    const double y[] = {1e-2, 1e-1};
    const struct lb_series series = {
        .kind = LB_SERIES_DOTS, .x = x, .y = y, .n = 2, .color = red, .size = 4.0};
    const struct lb_plot plot = {.x = {.min = 0.0, .max = 10.0},
                                 .y = {.log = true, .min = 1e-4, .max = 1.0},
                                 .series = &series,
                                 .n_series = 1};
    struct lb_canvas *canvas = new_canvas(ctx, 300, 300);
    lb_plot_draw(canvas, (struct lb_rect){0, 0, 300, 300}, &plot);
    const struct lb_rect frame = find_frame(canvas, 0);
    double sum_x = 0.0;
    double sum_y = 0.0;
    int n = 0;
    for (int j = 0; j < 300; j++) {
        for (int i = 0; i < 300; i++) {
            if (has_color(canvas, i, j, red)) {
                sum_x += i + 0.5;
                sum_y += j + 0.5;
                n++;
            }
        }
    }
    assert_uint_in_range(n, 35, 60); // one dot: NaN is not drawn
    const double middle_x = frame.x + 0.5 * frame.width;
    const double middle_y = frame.y + 0.5 * frame.height;
    if (fabs(sum_x / n - middle_x) > 0.6 || fabs(sum_y / n - middle_y) > 0.6) {
        fail_msg("dot at (%.2f, %.2f), middle of the frame (%.2f, %.2f)", sum_x / n, sum_y / n,
                 middle_x, middle_y);
    }
    lb_canvas_destroy(&canvas);
}

/** Draws one red series on a new canvas; both axes have fixed ranges. */
static struct lb_canvas *draw_series(struct lb_context *ctx, const struct lb_series *series,
                                     struct lb_axis x, struct lb_axis y)
{
    struct lb_canvas *canvas = new_canvas(ctx, 400, 300);
    const struct lb_plot plot = {.x = x, .y = y, .series = series, .n_series = 1};
    lb_plot_draw(canvas, (struct lb_rect){0, 0, 400, 300}, &plot);
    return canvas;
}

/** Rows of the first and the last red pixel in a column; false if there is none. */
static bool red_rows(const struct lb_canvas *canvas, int x, int *top, int *bottom)
{
    bool any = false;
    for (int y = 0; y < canvas->height; y++) {
        if (has_color(canvas, x, y, red)) {
            *top = any ? *top : y;
            *bottom = y;
            any = true;
        }
    }
    return any;
}

static void expect_near(const char *what, double found, double wanted, double tolerance)
{
    if (!(fabs(found - wanted) <= tolerance)) {
        fail_msg("%s: at %.2f, wanted %.2f within %.1f", what, found, wanted, tolerance);
    }
}

static void check_error_bar(struct lb_context *ctx, double y, double error, struct lb_axis axis,
                            double top_part, double bottom_part)
{
    const double x = 0.5;
    const struct lb_series series = {
        .kind = LB_SERIES_DOTS, .x = &x, .y = &y, .error = &error, .n = 1, .color = red};
    struct lb_canvas *canvas =
        draw_series(ctx, &series, (struct lb_axis){.min = 0.0, .max = 1.0}, axis);
    const struct lb_rect frame = find_frame(canvas, 0);
    const int middle = frame.x + frame.width / 2;
    int top = 0;
    int bottom = 0;
    assert_true(red_rows(canvas, middle, &top, &bottom) ||
                red_rows(canvas, middle - 1, &top, &bottom));
    expect_near("upper end", top, frame.y + top_part * frame.height, 1.6);
    expect_near("lower end", bottom + 1, frame.y + bottom_part * frame.height, 1.6);
    assert_clean(canvas);
    lb_canvas_destroy(&canvas);
}

static void test_error_bars(void **state)
{
    struct lb_context *ctx = *state;
    const struct lb_axis linear = {.min = 0.0, .max = 10.0};
    const struct lb_axis log = {.log = true, .min = 1e-4, .max = 1.0};
    check_error_bar(ctx, 5.0, 2.0, linear, 0.3, 0.7);
    check_error_bar(ctx, 5.0, 1e300, linear, 0.0, 1.0);
    check_error_bar(ctx, 1e-2, 9.9e-3, log, 0.25 * -log10(1.99e-2), 1.0);
    check_error_bar(ctx, 1e-2, 9e-3, log, 0.25 * -log10(1.9e-2), 0.75);
    check_error_bar(ctx, 1e-2, 1.0, log, 0.0, 1.0); // would reach 0 and below
}

/** An automatic range includes the ends of the error bars. */
static void test_error_bars_fit(void **state)
{
    struct lb_context *ctx = *state;
    const double x[] = {0.0, 1.0};
    const double y[] = {1.0, 1.0};
    const double error[] = {0.0, 3.0};
    const struct lb_series series = {
        .x = x, .y = y, .error = error, .n = 2, .color = red, .size = 1.0};
    struct lb_canvas *canvas =
        draw_series(ctx, &series, (struct lb_axis){.min = -1.0, .max = 3.0}, (struct lb_axis){0});
    const struct lb_rect frame = find_frame(canvas, 0);
    int top = 0;
    int bottom = 0;
    const int middle = frame.x + frame.width / 2;
    assert_true(red_rows(canvas, middle, &top, &bottom) ||
                red_rows(canvas, middle - 1, &top, &bottom));
    expect_near("upper end", top, frame.y + frame.height * 0.05 / 1.1, 1.6);
    expect_near("lower end", bottom + 1, frame.y + frame.height * 1.05 / 1.1, 1.6);
    lb_canvas_destroy(&canvas);
}

static void test_bars(void **state)
{
    struct lb_context *ctx = *state;
    const double x[] = {1.0, 2.0, 3.0, 4.0};
    const double y[] = {1.0, 4.0, 0.0, 2.0};
    const struct lb_series series = {
        .kind = LB_SERIES_BARS, .x = x, .y = y, .n = 4, .size = 1.0, .color = red};
    struct lb_canvas *canvas =
        draw_series(ctx, &series, (struct lb_axis){.min = 0.0, .max = 5.0}, (struct lb_axis){0});
    const struct lb_rect frame = find_frame(canvas, 0);
    for (int i = 0; i < 4; i++) {
        int top = 0;
        int bottom = 0;
        const int middle = frame.x + (i + 1) * frame.width / 5;
        const bool any = red_rows(canvas, middle, &top, &bottom);
        assert_int_equal(any, y[i] > 0.0);
        if (any) { // bars stand on the axis, with a margin above
            expect_near("foot", bottom + 1, frame.y + frame.height, 1.1);
            expect_near("height", bottom + 1 - top, y[i] / 4.0 * frame.height / 1.05, 4.0);
        }
    }
    lb_canvas_destroy(&canvas);
}

/** On a logarithmic axis a bar of size 100 around 1 extends from 0.1 to 10. */
static void test_bar_on_log_axis(void **state)
{
    struct lb_context *ctx = *state;
    const double x = 1.0;
    const double y = 1.0;
    const struct lb_series series = {
        .kind = LB_SERIES_BARS, .x = &x, .y = &y, .n = 1, .size = 100.0, .color = red};
    struct lb_canvas *canvas =
        draw_series(ctx, &series, (struct lb_axis){.log = true, .min = 1e-2, .max = 1e2},
                    (struct lb_axis){.min = 0.0, .max = 2.0});
    const struct lb_rect frame = find_frame(canvas, 0);
    int left = 0;
    int right = 0;
    for (int i = canvas->width - 1; i >= 0; i--) {
        const bool inside = has_color(canvas, i, frame.y + frame.height * 3 / 4, red);
        right = inside && right == 0 ? i + 1 : right;
        left = inside ? i : left;
    }
    expect_near("left side", left, frame.x + 0.25 * frame.width, 1.6);
    expect_near("right side", right, frame.x + 0.75 * frame.width, 2.1);
    lb_canvas_destroy(&canvas);
}

/** Dashes cover half of the line. */
static void test_dashes_and_marks(void **state)
{
    struct lb_context *ctx = *state;
    const double x[] = {0.0, 0.3, 1.0};
    const double y[] = {0.0, 0.3, 1.0};
    const struct lb_axis unit = {.min = 0.0, .max = 1.0};
    int reds[3];
    const enum lb_series_kind kinds[] = {LB_SERIES_LINE, LB_SERIES_DASHES, LB_SERIES_MARKS};
    struct lb_rect frame = {0};
    for (int k = 0; k < 3; k++) {
        const struct lb_series series = {.kind = kinds[k],
                                         .x = k < 2 ? x : x + 1,
                                         .y = k < 2 ? y : NULL,
                                         .n = k < 2 ? 3 : 1,
                                         .size = 3.0,
                                         .color = red};
        struct lb_canvas *canvas = draw_series(ctx, &series, unit, unit);
        reds[k] = count_color(canvas, red);
        frame = find_frame(canvas, 0);
        int top = 0;
        int bottom = 0;
        const int mark = (int)(frame.x + 0.3 * frame.width);
        assert_true(k < 2 || red_rows(canvas, mark, &top, &bottom));
        assert_true(k < 2 || (top - frame.y < 2 && bottom > frame.y + frame.height - 16));
        lb_canvas_destroy(&canvas);
    }
    expect_near("part drawn of a broken line", 1.0 * reds[1] / reds[0], 0.5, 0.1);
    expect_near("part drawn of a mark", reds[2] / (2.0 * frame.height), 0.5, 0.15);
}

static void test_tiny_panels(void **state)
{
    struct lb_context *ctx = *state;
    const struct lb_plot plot = {.title = "Title", .x = {.label = "x"}, .y = {.label = "y"}};
    const struct lb_plot3 plot3 = lb_plot3(.title = "Title", .labels = {"x", "y", "z"});
    struct lb_canvas *canvas = new_canvas(ctx, 200, 200);
    for (int size = -10; size < 200; size += 7) {
        lb_plot_draw(canvas, (struct lb_rect){3, 3, size, 200 - size}, &plot);
        assert_int_equal(
            lb_plot3_draw(canvas, ctx, (struct lb_rect){3, 3, 200 - size, size}, &plot3), LB_OK);
    }
    assert_clean(canvas);
    lb_canvas_destroy(&canvas);
}

static void test_plot3(void **state)
{
    struct lb_context *ctx = *state;
    static const double points[] = {0, 0, 0, 1, 1, 1, 0, 1, NAN, 1, 0, 1e-3, 0, 0, 1, 1e308, 0, 0};
    static const double flat[] = {2, 2, 2, 2, 2, 2};
    const struct lb_color colors[] = {red, red, red, red, red, red};
    const struct lb_points3 sets[] = {
        {.points = points, .n = 6, .colors = colors, .radius = 3.0},
        {.points = flat, .n = 2, .color = LB_INK, .radius = 2.0},
        {.points = NULL, .n = 0},
    };
    const struct lb_curve3 curves[] = {{points, 6, LB_INK, colors, 1.0},
                                       {flat, 1, LB_INK, NULL, 1.0},
                                       {NULL, 0, LB_INK, NULL, 1.0}};
    const double angles[] = {-180.0, -135.0, -90.0, 0.0, 35.0, 90.0, 200.0};
    for (size_t a = 0; a < LB_COUNT(angles); a++) {
        for (int option = 0; option < 4; option++) {
            struct lb_plot3 plot = lb_plot3(.title = "Odd points", .labels = {"x", "y", "z"});
            plot.points = sets + (option & 1);
            plot.n_points = (option & 1) != 0 ? 1 : 3;
            plot.curves = curves;
            plot.n_curves = (option & 1) != 0 ? 0 : 3;
            plot.equal = (option & 2) != 0;
            plot.azimuth = angles[a];
            plot.elevation = 0.5 * angles[LB_COUNT(angles) - 1 - a];
            struct lb_canvas *first = new_canvas(ctx, 320, 260);
            struct lb_canvas *second = new_canvas(ctx, 320, 260);
            const struct lb_rect rect = {0, 0, 320, 260};
            assert_int_equal(lb_plot3_draw(first, ctx, rect, &plot), LB_OK);
            assert_int_equal(lb_plot3_draw(second, ctx, rect, &plot), LB_OK);
            assert_memory_equal(first->pixels, second->pixels, 3 * 320 * 260);
            assert_true(painted(first) > 300);
            assert_clean(first);
            lb_canvas_destroy(&first);
            lb_canvas_destroy(&second);
        }
    }
}

/** If two points are on one line of sight, the nearer one is visible in either order. */
static void test_plot3_sorts_by_depth(void **state)
{
    struct lb_context *ctx = *state;
    const struct lb_color blue = {0, 0, 255};
    const double points[2][6] = {{-1, 0, 0, 1, 0, 0}, {1, 0, 0, -1, 0, 0}};
    const struct lb_color colors[2][2] = {{blue, red}, {red, blue}};
    for (int order = 0; order < 2; order++) {
        const struct lb_points3 set = {
            .points = points[order], .n = 2, .colors = colors[order], .radius = 8.0};
        const struct lb_plot3 plot =
            lb_plot3(.points = &set, .n_points = 1, .azimuth = 0.0, .elevation = 0.0);
        struct lb_canvas *canvas = new_canvas(ctx, 300, 260);
        const struct lb_rect rect = {0, 0, 300, 260};
        assert_int_equal(lb_plot3_draw(canvas, ctx, rect, &plot), LB_OK);
        int reds = 0;
        int blues = 0;
        for (int i = 0; i < 300 * 260; i++) {
            const unsigned char *p = canvas->pixels + 3 * i;
            reds += p[0] > 200 && p[1] < 100;
            blues += p[2] > 200 && p[1] < 100;
        }
        if (reds < 100 || blues > 0) {
            fail_msg("order %d: %d red pixels of the near point, %d blue of the far one", order,
                     reds, blues);
        }
        lb_canvas_destroy(&canvas);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ticks),
        cmocka_unit_test(test_plots_of_odd_data),
        cmocka_unit_test(test_plot_places_points),
        cmocka_unit_test(test_error_bars),
        cmocka_unit_test(test_error_bars_fit),
        cmocka_unit_test(test_bars),
        cmocka_unit_test(test_bar_on_log_axis),
        cmocka_unit_test(test_dashes_and_marks),
        cmocka_unit_test(test_tiny_panels),
        cmocka_unit_test(test_plot3),
        cmocka_unit_test(test_plot3_sorts_by_depth),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
