/* PNG files, the canvas, text, scales and charts. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/context.h"
#include "base/file.h"
#include "io/color.h"
#include "io/plot.h"
#include "io/plot3.h"
#include "io/png.h"
#include "io/scale.h"
#include "io/text.h"

#define FILE_NAME "test_picture.png"
#define FAR 1e12

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
    unlink(FILE_NAME);
    lb_context_destroy(&ctx);
    return 0;
}

static struct lb_canvas *new_canvas(struct lb_context *ctx, int width, int height)
{
    struct lb_canvas *canvas = NULL;
    assert_int_equal(lb_canvas_create(&canvas, ctx, width, height), LB_OK);
    return canvas;
}

static const unsigned char *pixel(const struct lb_canvas *canvas, int x, int y)
{
    return canvas->pixels + 3 * (y * canvas->width + x);
}

/** Number of pixels that are not white. */
static int painted(const struct lb_canvas *canvas)
{
    int n = 0;
    for (int i = 0; i < canvas->width * canvas->height; i++) {
        const unsigned char *p = canvas->pixels + 3 * i;
        n += p[0] != 255 || p[1] != 255 || p[2] != 255;
    }
    return n;
}

static void assert_clean(const struct lb_canvas *canvas)
{
    for (int i = 0; i < canvas->width * canvas->height; i++) {
        assert_int_equal(canvas->coverage[i], 0);
    }
}

static uint32_t big_endian(const char *bytes)
{
    const unsigned char *b = (const unsigned char *)bytes;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void test_png(void **state)
{
    struct lb_context *ctx = *state;
    unsigned char pixels[7 * 5 * 4];
    for (size_t i = 0; i < sizeof(pixels); i++) {
        pixels[i] = (unsigned char)(37 * i);
    }
    static const unsigned char color_types[] = {0, 4, 2, 6}; // PNG specification, 11.2.2
    for (int channels = 1; channels <= 4; channels++) {
        char *first = NULL;
        char *second = NULL;
        size_t size = 0;
        size_t second_size = 0;
        assert_int_equal(lb_png_write(ctx, FILE_NAME, 7, 5, channels, pixels), LB_OK);
        assert_int_equal(lb_file_read(ctx, FILE_NAME, &first, &size), LB_OK);
        assert_int_equal(lb_png_write(ctx, FILE_NAME, 7, 5, channels, pixels), LB_OK);
        assert_int_equal(lb_file_read(ctx, FILE_NAME, &second, &second_size), LB_OK);
        assert_true(size > 45);
        assert_memory_equal(first, "\x89PNG\r\n\x1a\n", 8);
        assert_memory_equal(first + 12, "IHDR", 4);
        assert_int_equal(big_endian(first + 16), 7);
        assert_int_equal(big_endian(first + 20), 5);
        assert_int_equal(first[24], 8);
        assert_int_equal(first[25], color_types[channels - 1]);
        assert_memory_equal(first + size - 8, "IEND", 4);
        assert_int_equal(size, second_size);
        assert_memory_equal(first, second, size);
        free(first);
        free(second);
    }
}

static void test_png_refusals(void **state)
{
    struct lb_context *ctx = *state;
    const unsigned char pixels[4] = {0};
    assert_int_equal(lb_png_write(ctx, FILE_NAME, 0, 1, 3, pixels), LB_ERR_ARGUMENT);
    assert_int_equal(lb_png_write(ctx, FILE_NAME, 1, -1, 3, pixels), LB_ERR_ARGUMENT);
    assert_int_equal(lb_png_write(ctx, FILE_NAME, 1, 1, 5, pixels), LB_ERR_ARGUMENT);
    assert_int_equal(lb_png_write(ctx, FILE_NAME, 1 << 30, 1 << 30, 3, pixels), LB_ERR_ARGUMENT);
    assert_int_equal(lb_png_write(ctx, "absent-folder/x.png", 1, 1, 3, pixels), LB_ERR_IO);
    struct lb_canvas *canvas = NULL;
    assert_int_equal(lb_canvas_create(&canvas, ctx, 0, 5), LB_ERR_ARGUMENT);
    assert_null(canvas);
    assert_int_equal(lb_canvas_create(&canvas, ctx, 5, 1 << 20), LB_ERR_ARGUMENT);
    lb_canvas_destroy(&canvas);
    lb_canvas_destroy(NULL);
}

static void test_shapes(void **state)
{
    struct lb_context *ctx = *state;
    struct lb_canvas *canvas = new_canvas(ctx, 20, 10);
    lb_canvas_rect(canvas, (struct lb_rect){2, 3, 4, 5}, red);
    assert_int_equal(painted(canvas), 20);
    assert_memory_equal(pixel(canvas, 5, 7), "\xff\x00\x00", 3);
    assert_memory_equal(pixel(canvas, 6, 7), "\xff\xff\xff", 3);
    lb_canvas_rect(canvas, (struct lb_rect){0, 0, 20, 10}, LB_WHITE);
    /* A line one pixel wide through the middles of a row covers exactly that row. */
    lb_canvas_line(canvas, -5.0, 4.5, 25.0, 4.5, 1.0, red);
    assert_int_equal(painted(canvas), 20);
    assert_memory_equal(pixel(canvas, 0, 4), "\xff\x00\x00", 3);
    lb_canvas_rect(canvas, (struct lb_rect){0, 0, 20, 10}, LB_WHITE);
    /* Between two rows it covers both by a half. */
    lb_canvas_line(canvas, -5.0, 5.0, 25.0, 5.0, 1.0, red);
    assert_int_equal(painted(canvas), 40);
    assert_in_range(pixel(canvas, 9, 4)[1], 126, 129);
    assert_in_range(pixel(canvas, 9, 5)[1], 126, 129);
    lb_canvas_rect(canvas, (struct lb_rect){0, 0, 20, 10}, LB_WHITE);
    /* The coverage of a disc adds up to its area. */
    lb_canvas_disc(canvas, 9.7, 5.2, 3.5, red);
    double area = 0.0;
    for (int i = 0; i < 200; i++) {
        area += (255 - canvas->pixels[3 * i + 1]) / 255.0;
    }
    if (fabs(area - 38.48) > 0.6) {
        fail_msg("disc of radius 3.5: area %.3f, wanted 38.48 within 0.6", area);
    }
    assert_clean(canvas);
    lb_canvas_destroy(&canvas);
}

static void test_overlap_is_painted_once(void **state)
{
    struct lb_context *ctx = *state;
    struct lb_canvas *once = new_canvas(ctx, 30, 30);
    struct lb_canvas *twice = new_canvas(ctx, 30, 30);
    const double points[] = {3.3, 4.1, 25.2, 20.7, 3.3, 4.1, 25.2, 20.7};
    lb_canvas_polyline(once, points, 2, 2.0, red);
    lb_canvas_polyline(twice, points, 4, 2.0, red);
    assert_memory_equal(once->pixels, twice->pixels, 3 * 30 * 30);
    lb_canvas_destroy(&once);
    lb_canvas_destroy(&twice);
}

static void test_clipping(void **state)
{
    struct lb_context *ctx = *state;
    static const double places[] = {-FAR, -1e300, -INFINITY, NAN, INFINITY, 1e300, FAR};
    const float grey[4] = {0.0f, 0.5f, 1.0f, NAN};
    const struct lb_image image = {grey, 2, 2, 1};
    struct lb_canvas *canvas = new_canvas(ctx, 16, 16);
    for (size_t i = 0; i < LB_COUNT(places); i++) {
        const double p = places[i];
        lb_canvas_line(canvas, p, 1e9, p, 2e9, 3.0, red);
        lb_canvas_disc(canvas, p, p, 5.0, red);
        lb_canvas_disc(canvas, 1e6, 1e6, 5.0, red);
        lb_canvas_text(canvas, p, p, LB_ALIGN_CENTER, 10.0, red, "far away");
        lb_canvas_text_up(canvas, p, 5.0, LB_ALIGN_END, 10.0, red, "far away");
    }
    lb_canvas_rect(canvas, (struct lb_rect){INT32_MAX - 1, 3, INT32_MAX, 3}, red);
    lb_canvas_rect(canvas, (struct lb_rect){INT32_MIN, INT32_MIN, 5, 5}, red);
    lb_canvas_rect(canvas, (struct lb_rect){3, 3, -5, 5}, red);
    lb_canvas_image(canvas, 1000, -1000, image, 3);
    assert_int_equal(painted(canvas), 0);
    /* What crosses the picture from far outside is drawn where it belongs. */
    lb_canvas_line(canvas, -FAR, 8.5, FAR, 8.5, 1.0, red);
    assert_int_equal(painted(canvas), 16);
    lb_canvas_rect(canvas, (struct lb_rect){INT32_MIN / 2, 2, INT32_MAX, 1}, red);
    assert_int_equal(painted(canvas), 32);
    lb_canvas_disc(canvas, 8.0, 8.0, 1e6, red);
    assert_int_equal(painted(canvas), 256);
    /* A clip rectangle holds everything back, and itself ends at the picture. */
    lb_canvas_clip(canvas, &(struct lb_rect){14, 14, 100, 100});
    lb_canvas_disc(canvas, 8.0, 8.0, 100.0, LB_WHITE);
    assert_int_equal(painted(canvas), 256 - 4);
    lb_canvas_clip(canvas, NULL);
    assert_clean(canvas);
    lb_canvas_destroy(&canvas);
}

static void test_image(void **state)
{
    struct lb_context *ctx = *state;
    const float grey[] = {0.0f, 0.5f, 2.0f, -1.0f, NAN, 0.25f};
    const float color[] = {1.0f, 0.0f, 0.5f};
    struct lb_canvas *canvas = new_canvas(ctx, 20, 20);
    lb_canvas_image(canvas, 1, 2, (struct lb_image){grey, 2, 3, 1}, 4);
    assert_int_equal(pixel(canvas, 2, 3)[0], 0);
    assert_int_equal(pixel(canvas, 6, 3)[0], 128);
    assert_int_equal(pixel(canvas, 9, 6)[2], 128);
    assert_int_equal(pixel(canvas, 10, 3)[0], 255);
    assert_int_equal(pixel(canvas, 2, 7)[0], 0);
    assert_int_equal(pixel(canvas, 6, 10)[0], 0);
    assert_int_equal(pixel(canvas, 13, 10)[0], 64);
    assert_int_equal(pixel(canvas, 14, 10)[0], pixel(canvas, 1, 2)[0]); // the frame
    assert_int_equal(pixel(canvas, 15, 10)[0], 255);
    lb_canvas_image(canvas, 0, 14, (struct lb_image){color, 1, 1, 3}, 1);
    assert_memory_equal(pixel(canvas, 1, 15), "\xff\x00\x80", 3);
    lb_canvas_destroy(&canvas);
}

static void test_text(void **state)
{
    struct lb_context *ctx = *state;
    assert_true(lb_text_width("", 10.0) == 0.0);
    assert_true(lb_text_width("wide", 20.0) == 2.0 * lb_text_width("wide", 10.0));
    assert_true(lb_text_width("\xce\xbb", 10.0) == lb_text_width("?", 10.0));
    struct lb_canvas *canvas = new_canvas(ctx, 40, 40);
    int before = 0;
    for (char c = '!'; c <= '~'; c++) {
        const char text[2] = {c, '\0'};
        lb_canvas_rect(canvas, (struct lb_rect){0, 0, 40, 40}, LB_WHITE);
        lb_canvas_text(canvas, 20.0, 20.0, LB_ALIGN_CENTER, 16.0, LB_INK, text);
        before = painted(canvas);
        if (before < 5) {
            fail_msg("'%c' paints %d pixels", c, before);
        }
        /* Nothing sticks out of the line: descenders and brackets stay near. */
        assert_memory_equal(pixel(canvas, 0, 2), pixel(canvas, 0, 0), 3 * 40);
        assert_memory_equal(pixel(canvas, 0, 36), pixel(canvas, 0, 0), 3 * 40);
    }
    lb_canvas_destroy(&canvas);
}

static void test_numbers(void **state)
{
    (void)state;
    assert_string_equal(lb_label_number(0.125, 3).text, "0.125");
    assert_string_equal(lb_label_number(-1234.5678, 6).text, "-1234.57");
    assert_string_equal(lb_label_number(1e-7, 3).text, "1e-07");
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

/** Whatever the data, a chart is drawn, stays in its rectangle, and comes out the same twice. */
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
                 .n = (option & 8) != 0 ? 1 : 5,
                 .color = lb_color_series(0)},
                {.label = "line",
                 .x = cases[c],
                 .y = steps,
                 .n = (option & 8) != 0 ? 1 : 5,
                 .color = lb_color_series(1)},
                {.label = "empty", .color = lb_color_series(2)},
            };
            const struct lb_plot plot = {
                .title = "Odd data",
                .x = {.label = "x", .log = (option & 1) != 0},
                .y = {.label = "y", .log = (option & 2) != 0},
                .series = series,
                .n_series = LB_COUNT(series),
                .equal = (option & 4) != 0,
            };
            check_plot(ctx, &plot);
        }
    }
    const struct lb_plot empty = {.title = "Nothing"};
    check_plot(ctx, &empty);
}

/** The points are where they should be: a fixed range puts the middle in the middle. */
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
    double sum_x = 0.0;
    double sum_y = 0.0;
    int n = 0;
    double middle_x = 0.0;
    double middle_y = 0.0;
    int edges = 0;
    for (int j = 0; j < 300; j++) {
        double sum_frame = 0.0;
        int frame = 0;
        for (int i = 0; i < 300; i++) {
            const unsigned char *p = pixel(canvas, i, j);
            if (p[0] == 255 && p[1] == 0) {
                sum_x += i + 0.5;
                sum_y += j + 0.5;
                n++;
            }
            if (p[0] == 140 && p[1] == 140) {
                sum_frame += i + 0.5;
                frame++;
            }
        }
        if (frame > 100) { // the upper or the lower edge of the frame around the data
            middle_x = sum_frame / frame;
            middle_y += 0.5 * (j + 0.5);
            edges++;
        }
    }
    assert_int_equal(edges, 2);
    assert_in_range(n, 35, 60); // one dot: the NaN is not drawn
    if (fabs(sum_x / n - middle_x) > 1.0 || fabs(sum_y / n - middle_y) > 1.0) {
        fail_msg("dot at (%.2f, %.2f), middle of the frame (%.2f, %.2f)", sum_x / n, sum_y / n,
                 middle_x, middle_y);
    }
    lb_canvas_destroy(&canvas);
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
    const struct lb_curve3 curves[] = {
        {points, 6, LB_INK, 1.0}, {flat, 1, LB_INK, 1.0}, {NULL, 0, LB_INK, 1.0}};
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

/** Of two points on one line of sight the nearer is seen, whatever the order given. */
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

static double lightness(struct lb_color color)
{
    return 0.2126 * pow(color.red / 255.0, 2.2) + 0.7152 * pow(color.green / 255.0, 2.2) +
           0.0722 * pow(color.blue / 255.0, 2.2);
}

static void test_colors(void **state)
{
    (void)state;
    double before = 0.0;
    for (int i = 0; i <= 50; i++) {
        const double now = lightness(lb_color_sequential(i / 50.0));
        if (now <= before) {
            fail_msg("lightness %.4f at %d/50 is not above %.4f", now, i, before);
        }
        before = now;
    }
    const struct lb_color start = lb_color_cyclic(0.0);
    const struct lb_color end = lb_color_cyclic(1.0);
    assert_memory_equal(&start, &end, sizeof(start));
    const struct lb_color below = lb_color_sequential(-3.0);
    const struct lb_color zero = lb_color_sequential(0.0);
    assert_memory_equal(&below, &zero, sizeof(zero));
    const struct lb_color nan = lb_color_sequential(NAN);
    assert_true(nan.red == nan.green && nan.green == nan.blue);
    const struct lb_color infinite = lb_color_cyclic(INFINITY);
    assert_true(infinite.red == infinite.green);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_png),
        cmocka_unit_test(test_png_refusals),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_overlap_is_painted_once),
        cmocka_unit_test(test_clipping),
        cmocka_unit_test(test_image),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_ticks),
        cmocka_unit_test(test_plots_of_odd_data),
        cmocka_unit_test(test_plot_places_points),
        cmocka_unit_test(test_tiny_panels),
        cmocka_unit_test(test_plot3),
        cmocka_unit_test(test_plot3_sorts_by_depth),
        cmocka_unit_test(test_colors),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
