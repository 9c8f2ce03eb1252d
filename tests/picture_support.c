#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "picture_support.h"

static const struct lb_color frame_color = {140, 140, 140};

struct lb_canvas *new_canvas(struct lb_context *ctx, int width, int height)
{
    struct lb_canvas *canvas = NULL;
    assert_int_equal(lb_canvas_create(&canvas, ctx, width, height), LB_OK);
    return canvas;
}

const unsigned char *pixel(const struct lb_canvas *canvas, int x, int y)
{
    return canvas->pixels + 3 * (y * canvas->width + x);
}

/** Number of pixels that are not white. */
int painted(const struct lb_canvas *canvas)
{
    int n = 0;
    for (int i = 0; i < canvas->width * canvas->height; i++) {
        const unsigned char *p = canvas->pixels + 3 * i;
        n += p[0] != 255 || p[1] != 255 || p[2] != 255;
    }
    return n;
}

void assert_clean(const struct lb_canvas *canvas)
{
    for (int i = 0; i < canvas->width * canvas->height; i++) {
        assert_int_equal(canvas->coverage[i], 0);
    }
}

bool has_color(const struct lb_canvas *canvas, int x, int y, struct lb_color color)
{
    const unsigned char *p = pixel(canvas, x, y);
    return p[0] == color.red && p[1] == color.green && p[2] == color.blue;
}

int count_color(const struct lb_canvas *canvas, struct lb_color color)
{
    int n = 0;
    for (int y = 0; y < canvas->height; y++) {
        for (int x = 0; x < canvas->width; x++) {
            n += has_color(canvas, x, y, color);
        }
    }
    return n;
}

/** The number of pixels in the frame's colour from (x,y) downwards. */
static int run_down(const struct lb_canvas *canvas, int x, int y)
{
    int n = 0;
    while (y + n < canvas->height && has_color(canvas, x, y + n, frame_color)) {
        n++;
    }
    return n;
}

struct lb_rect find_frame(const struct lb_canvas *canvas, int index)
{
    enum { LEAST = 100 }; // of the sides; grid lines have another colour
    int sides = 0;
    struct lb_rect frame = {0, 0, 0, 0};
    for (int x = 0; x < canvas->width; x++) {
        for (int y = 0; y < canvas->height; y++) {
            const int length = run_down(canvas, x, y);
            if (length < LEAST) {
                continue;
            }
            if (sides == 2 * index) {
                frame = (struct lb_rect){x, y, 0, length - 1};
            } else if (sides == 2 * index + 1) {
                frame.width = x - frame.x + 1;
                return frame;
            }
            sides++;
            break;
        }
    }
    fail_msg("no frame number %d", index);
    return frame;
}
