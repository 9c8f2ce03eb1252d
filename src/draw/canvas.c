#include "draw/canvas.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "io/png.h"

#define SIZE_LIMIT  16384
#define FRAME_COLOR ((struct lb_color){190, 190, 190})

enum lb_status lb_canvas_create(struct lb_canvas **out, struct lb_context *ctx, int width,
                                int height)
{
    *out = NULL;
    if (width < 1 || height < 1 || width > SIZE_LIMIT || height > SIZE_LIMIT) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "picture: %d x %d pixels are not possible (use 1 to %d)", width, height,
                       SIZE_LIMIT);
    }
    const size_t n = (size_t)width * (size_t)height;
    struct lb_canvas *canvas = calloc(1, sizeof(*canvas));
    if (canvas != NULL) {
        canvas->pixels = malloc(3 * n);
        canvas->coverage = calloc(n, 1);
    }
    if (canvas == NULL || canvas->pixels == NULL || canvas->coverage == NULL) {
        lb_canvas_destroy(&canvas);
        return lb_fail_memory(ctx, "a picture");
    }
    memset(canvas->pixels, 255, 3 * n);
    canvas->width = width;
    canvas->height = height;
    lb_canvas_clip(canvas, NULL);
    *out = canvas;
    return LB_OK;
}

void lb_canvas_destroy(struct lb_canvas **canvas)
{
    if (canvas == NULL || *canvas == NULL) {
        return;
    }
    free((*canvas)->pixels);
    free((*canvas)->coverage);
    free(*canvas);
    *canvas = NULL;
}

enum lb_status lb_canvas_write(const struct lb_canvas *canvas, struct lb_context *ctx,
                               const char *path)
{
    return lb_png_write(ctx, path, canvas->width, canvas->height, 3, canvas->pixels);
}

/** Intersection of rectangles, computed in long long to avoid overflow. */
static struct lb_rect intersect(struct lb_rect a, struct lb_rect b)
{
    const long long left = a.x > b.x ? a.x : b.x;
    const long long top = a.y > b.y ? a.y : b.y;
    const long long right_a = (long long)a.x + a.width;
    const long long right_b = (long long)b.x + b.width;
    const long long bottom_a = (long long)a.y + a.height;
    const long long bottom_b = (long long)b.y + b.height;
    const long long right = right_a < right_b ? right_a : right_b;
    const long long bottom = bottom_a < bottom_b ? bottom_a : bottom_b;
    if (right <= left || bottom <= top) {
        return (struct lb_rect){0, 0, 0, 0};
    }
    return (struct lb_rect){(int)left, (int)top, (int)(right - left), (int)(bottom - top)};
}

void lb_canvas_clip(struct lb_canvas *canvas, const struct lb_rect *rect)
{
    const struct lb_rect all = {0, 0, canvas->width, canvas->height};
    canvas->clip = rect == NULL ? all : intersect(*rect, all);
}

static unsigned char *pixel_at(const struct lb_canvas *canvas, int x, int y)
{
    return canvas->pixels + 3 * ((size_t)y * (size_t)canvas->width + (size_t)x);
}

static void set_pixel(unsigned char *pixel, struct lb_color color)
{
    pixel[0] = color.red;
    pixel[1] = color.green;
    pixel[2] = color.blue;
}

void lb_canvas_rect(struct lb_canvas *canvas, struct lb_rect rect, struct lb_color color)
{
    const struct lb_rect part = intersect(rect, canvas->clip);
    for (int y = part.y; y < part.y + part.height; y++) {
        for (int x = part.x; x < part.x + part.width; x++) {
            set_pixel(pixel_at(canvas, x, y), color);
        }
    }
}

void lb_canvas_frame(struct lb_canvas *canvas, struct lb_rect rect, struct lb_color color)
{
    const struct lb_rect top = {rect.x, rect.y, rect.width, 1};
    const struct lb_rect bottom = {rect.x, rect.y + rect.height - 1, rect.width, 1};
    const struct lb_rect left = {rect.x, rect.y, 1, rect.height};
    const struct lb_rect right = {rect.x + rect.width - 1, rect.y, 1, rect.height};
    lb_canvas_rect(canvas, top, color);
    lb_canvas_rect(canvas, bottom, color);
    lb_canvas_rect(canvas, left, color);
    lb_canvas_rect(canvas, right, color);
}

/** Keeps the maximum: coverages of parts of one shape do not add up. */
static void cover(struct lb_canvas *canvas, int x, int y, double amount)
{
    unsigned char *place = canvas->coverage + (size_t)y * (size_t)canvas->width + (size_t)x;
    const double clamped = amount > 1.0 ? 1.0 : amount;
    // NOLINTNEXTLINE(bugprone-incorrect-roundings): never negative
    const unsigned char value = clamped > 0.0 ? (unsigned char)(clamped * 255.0 + 0.5) : 0;
    if (value > *place) {
        *place = value;
    }
}

static void grow_dirty(struct lb_canvas *canvas, struct lb_rect part)
{
    struct lb_rect *dirty = &canvas->dirty;
    if (part.width == 0) {
        return;
    }
    if (dirty->width == 0) {
        *dirty = part;
        return;
    }
    const int left = part.x < dirty->x ? part.x : dirty->x;
    const int top = part.y < dirty->y ? part.y : dirty->y;
    const int right_dirty = dirty->x + dirty->width;
    const int right_part = part.x + part.width;
    const int bottom_dirty = dirty->y + dirty->height;
    const int bottom_part = part.y + part.height;
    dirty->width = (right_part > right_dirty ? right_part : right_dirty) - left;
    dirty->height = (bottom_part > bottom_dirty ? bottom_part : bottom_dirty) - top;
    dirty->x = left;
    dirty->y = top;
}

/** Pixels of the clip rectangle that intersect [x0,x1] x [y0,y1]; all finite. */
static struct lb_rect pixels_around(const struct lb_canvas *canvas, double x0, double y0, double x1,
                                    double y1)
{
    const double limit = 2.0 * SIZE_LIMIT;
    const int left = (int)floor(fmin(fmax(x0, -limit), limit));
    const int top = (int)floor(fmin(fmax(y0, -limit), limit));
    const int right = (int)ceil(fmin(fmax(x1, -limit), limit));
    const int bottom = (int)ceil(fmin(fmax(y1, -limit), limit));
    const struct lb_rect box = {left, top, right - left, bottom - top};
    return intersect(box, canvas->clip);
}

/**
 * Clips the segment p + t (q - p), t in [from,to], to lo <= coordinate <= hi of one axis
 * (Liang and Barsky 1984); false if nothing is left.
 */
static bool clip_segment(double p, double q, double lo, double hi, double *from, double *to)
{
    const double step = q - p;
    if (fabs(step) < 1e-12) {
        return p >= lo && p <= hi;
    }
    const double a = (lo - p) / step;
    const double b = (hi - p) / step;
    *from = fmax(*from, fmin(a, b));
    *to = fmin(*to, fmax(a, b));
    return *from <= *to;
}

void lb_canvas_add_line(struct lb_canvas *canvas, double x0, double y0, double x1, double y1,
                        double width)
{
    const double limit = 1e15; // beyond it the differences below would lose all precision
    if (!(fabs(x0) < limit && fabs(y0) < limit && fabs(x1) < limit && fabs(y1) < limit &&
          width > 0.0 && width < limit)) {
        return;
    }
    const double reach = 0.5 * width + 0.5;
    const struct lb_rect *clip = &canvas->clip;
    double from = 0.0;
    double to = 1.0;
    if (!clip_segment(x0, x1, clip->x - reach - 1.0, clip->x + clip->width + reach + 1.0, &from,
                      &to) ||
        !clip_segment(y0, y1, clip->y - reach - 1.0, clip->y + clip->height + reach + 1.0, &from,
                      &to)) {
        return;
    }
    const double ax = x0 + from * (x1 - x0);
    const double ay = y0 + from * (y1 - y0);
    const double dx = (to - from) * (x1 - x0);
    const double dy = (to - from) * (y1 - y0);
    const double length2 = dx * dx + dy * dy;
    const struct lb_rect box =
        pixels_around(canvas, fmin(ax, ax + dx) - reach, fmin(ay, ay + dy) - reach,
                      fmax(ax, ax + dx) + reach, fmax(ay, ay + dy) + reach);
    grow_dirty(canvas, box);
    for (int y = box.y; y < box.y + box.height; y++) {
        /* Only the part of the segment near this row matters */
        const double cy = y + 0.5;
        double near = 0.0;
        double far = 1.0;
        if (!clip_segment(ay, ay + dy, cy - reach, cy + reach, &near, &far)) {
            continue;
        }
        const double xa = ax + near * dx;
        const double xb = ax + far * dx;
        const struct lb_rect row =
            pixels_around(canvas, fmin(xa, xb) - reach, cy, fmax(xa, xb) + reach, cy + 0.5);
        for (int x = row.x; x < row.x + row.width; x++) {
            const double px = x + 0.5 - ax;
            const double py = cy - ay;
            const double t =
                length2 > 0.0 ? fmin(fmax((px * dx + py * dy) / length2, 0.0), 1.0) : 0.0;
            cover(canvas, x, y, reach - hypot(px - t * dx, py - t * dy));
        }
    }
}

void lb_canvas_add_disc(struct lb_canvas *canvas, double x, double y, double radius)
{
    if (!isfinite(x) || !isfinite(y) || !isfinite(radius) || radius <= 0.0) {
        return;
    }
    const double reach = radius + 0.5;
    const struct lb_rect box = pixels_around(canvas, x - reach, y - reach, x + reach, y + reach);
    grow_dirty(canvas, box);
    for (int j = box.y; j < box.y + box.height; j++) {
        for (int i = box.x; i < box.x + box.width; i++) {
            cover(canvas, i, j, reach - hypot(i + 0.5 - x, j + 0.5 - y));
        }
    }
}

static unsigned char mix(unsigned char below, unsigned char above, unsigned coverage)
{
    return (unsigned char)((below * (255 - coverage) + above * coverage + 127) / 255);
}

void lb_canvas_paint(struct lb_canvas *canvas, struct lb_color color)
{
    const struct lb_rect dirty = canvas->dirty;
    for (int y = dirty.y; y < dirty.y + dirty.height; y++) {
        for (int x = dirty.x; x < dirty.x + dirty.width; x++) {
            unsigned char *place = canvas->coverage + (size_t)y * (size_t)canvas->width + (size_t)x;
            unsigned char *pixel = pixel_at(canvas, x, y);
            if (*place != 0) {
                pixel[0] = mix(pixel[0], color.red, *place);
                pixel[1] = mix(pixel[1], color.green, *place);
                pixel[2] = mix(pixel[2], color.blue, *place);
                *place = 0;
            }
        }
    }
    canvas->dirty = (struct lb_rect){0, 0, 0, 0};
}

void lb_canvas_line(struct lb_canvas *canvas, double x0, double y0, double x1, double y1,
                    double width, struct lb_color color)
{
    lb_canvas_add_line(canvas, x0, y0, x1, y1, width);
    lb_canvas_paint(canvas, color);
}

void lb_canvas_disc(struct lb_canvas *canvas, double x, double y, double radius,
                    struct lb_color color)
{
    lb_canvas_add_disc(canvas, x, y, radius);
    lb_canvas_paint(canvas, color);
}

static unsigned char level(float value)
{
    // NOLINTNEXTLINE(bugprone-incorrect-roundings): never negative
    return value > 0.0f ? (unsigned char)(fminf(value, 1.0f) * 255.0f + 0.5f) : 0;
}

void lb_canvas_image(struct lb_canvas *canvas, int x, int y, struct lb_image image, int zoom)
{
    const struct lb_rect inside = {x + 1, y + 1, zoom * image.width, zoom * image.height};
    const struct lb_rect outside = {x, y, inside.width + 2, inside.height + 2};
    lb_canvas_frame(canvas, outside, FRAME_COLOR);
    const struct lb_rect part = intersect(inside, canvas->clip);
    for (int j = part.y; j < part.y + part.height; j++) {
        for (int i = part.x; i < part.x + part.width; i++) {
            const int row = (j - inside.y) / zoom;
            const int column = (i - inside.x) / zoom;
            const float *source =
                image.pixels +
                ((size_t)row * (size_t)image.width + (size_t)column) * (size_t)image.channels;
            unsigned char *pixel = pixel_at(canvas, i, j);
            for (int c = 0; c < 3; c++) {
                pixel[c] = level(source[image.channels == 3 ? c : 0]);
            }
        }
    }
}
