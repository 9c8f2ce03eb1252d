/* PNG files, the canvas, text and colours. */
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
#include "draw/color.h"
#include "io/png.h"
#include "draw/canvas_text.h"
#include "picture_support.h"

#define FILE_NAME "test_picture.png"
#define FAR       1e12

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
    /* A line one pixel wide through the middle of a row covers exactly that row. */
    lb_canvas_line(canvas, -5.0, 4.5, 25.0, 4.5, 1.0, red);
    assert_int_equal(painted(canvas), 20);
    assert_memory_equal(pixel(canvas, 0, 4), "\xff\x00\x00", 3);
    lb_canvas_rect(canvas, (struct lb_rect){0, 0, 20, 10}, LB_WHITE);
    /* Between two rows it covers half of each. */
    lb_canvas_line(canvas, -5.0, 5.0, 25.0, 5.0, 1.0, red);
    assert_int_equal(painted(canvas), 40);
    assert_uint_in_range(pixel(canvas, 9, 4)[1], 126, 129);
    assert_uint_in_range(pixel(canvas, 9, 5)[1], 126, 129);
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
    lb_canvas_line(once, 3.3, 4.1, 25.2, 20.7, 2.0, red);
    for (int i = 0; i < 2; i++) {
        lb_canvas_add_line(twice, 3.3, 4.1, 25.2, 20.7, 2.0);
    }
    lb_canvas_paint(twice, red);
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
    /* Shapes that cross the picture from far outside are drawn in the right place. */
    lb_canvas_line(canvas, -FAR, 8.5, FAR, 8.5, 1.0, red);
    assert_int_equal(painted(canvas), 16);
    lb_canvas_rect(canvas, (struct lb_rect){INT32_MIN / 2, 2, INT32_MAX, 1}, red);
    assert_int_equal(painted(canvas), 32);
    lb_canvas_disc(canvas, 8.0, 8.0, 1e6, red);
    assert_int_equal(painted(canvas), 256);
    /* A clip rectangle limits all drawing, and is itself limited to the picture. */
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
    for (int c = '!'; c <= '~'; c++) {
        const char text[2] = {(char)c, '\0'};
        lb_canvas_rect(canvas, (struct lb_rect){0, 0, 40, 40}, LB_WHITE);
        lb_canvas_text(canvas, 20.0, 20.0, LB_ALIGN_CENTER, 16.0, LB_INK, text);
        before = painted(canvas);
        if (before < 5) {
            fail_msg("'%c' paints %d pixels", c, before);
        }
        /* Text stays within its line, including descenders and brackets. */
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

/** The axes of the ball are hue, saturation and lightness; all colours change smoothly. */
static void test_color_ball(void **state)
{
    (void)state;
    const struct lb_color low = lb_color_ball(0.0, 0.0, -1.0);
    const struct lb_color high = lb_color_ball(0.0, 0.0, 1.0);
    assert_true(abs(low.red - low.green) <= 1 && abs(low.red - low.blue) <= 1);
    assert_true(high.red > low.red + 60);
    const struct lb_color red_hue = lb_color_ball(1.0, 0.0, 0.0);
    const struct lb_color green_hue = lb_color_ball(-1.0, 0.0, 0.0);
    assert_true(red_hue.red > red_hue.green + 60 && green_hue.green > green_hue.red + 60);
    for (int i = 0; i < 720; i++) {
        const double a = i * 0.00872664625997165; // steps of half a degree
        const double b = a + 0.00872664625997165;
        const struct lb_color p = lb_color_ball(cos(a), sin(a), 0.3);
        const struct lb_color q = lb_color_ball(cos(b), sin(b), 0.3);
        if (abs(p.red - q.red) > 8 || abs(p.green - q.green) > 8 || abs(p.blue - q.blue) > 8) {
            fail_msg("colours jump at %g: %d %d %d to %d %d %d", a, p.red, p.green, p.blue, q.red,
                     q.green, q.blue);
        }
    }
    const struct lb_color nan = lb_color_ball(0.0, NAN, 0.0);
    assert_true(nan.red == nan.green && nan.green == nan.blue);
    const struct lb_color far = lb_color_ball(0.0, 0.0, 1e300);
    assert_memory_equal(&far, &high, sizeof far);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_png),        cmocka_unit_test(test_png_refusals),
        cmocka_unit_test(test_shapes),     cmocka_unit_test(test_overlap_is_painted_once),
        cmocka_unit_test(test_clipping),   cmocka_unit_test(test_image),
        cmocka_unit_test(test_text),       cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_color_ball),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
