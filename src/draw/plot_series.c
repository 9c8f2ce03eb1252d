#include "draw/plot_series.h"

#include <math.h>

#define DASH        7.0 /* pixels, also of the gap */
#define CAP         3.5 /* half the width of an error bar's ends */
#define ERROR_WIDTH 1.2
#define OUTSIDE     1e6 /* a pixel outside any canvas */

double lb_frame_x(const struct lb_frame *frame, double at)
{
    return frame->area.x + frame->area.width * (at - frame->x.low) / (frame->x.high - frame->x.low);
}

double lb_frame_y(const struct lb_frame *frame, double at)
{
    return frame->area.y + frame->area.height -
           frame->area.height * (at - frame->y.low) / (frame->y.high - frame->y.low);
}

/** The pixel of point i; false if it cannot be shown. */
static bool locate(const struct lb_frame *frame, const struct lb_series *series, size_t i,
                   double *x, double *y)
{
    const double at_x = lb_scale_coordinate(&frame->x, series->x[i]);
    const double at_y = lb_scale_coordinate(&frame->y, series->y[i]);
    if (isnan(at_x) || isnan(at_y)) {
        return false;
    }
    *x = lb_frame_x(frame, at_x);
    *y = lb_frame_y(frame, at_y);
    return true;
}

/** The row of a value of y, or an edge of the area if the scale cannot show it. */
static double row_of(const struct lb_frame *frame, double value)
{
    const double at = lb_scale_coordinate(&frame->y, value);
    const double top = frame->area.y;
    const double bottom = top + frame->area.height;
    if (isnan(at)) {
        return value > 0.0 ? top : bottom;
    }
    return fmin(fmax(lb_frame_y(frame, at), top - OUTSIDE), bottom + OUTSIDE);
}

/** Adds the dashes of a segment that starts `start` pixels into the pattern. */
static void add_dashes(struct lb_canvas *canvas, double x0, double y0, double x1, double y1,
                       double start, double width)
{
    const double length = hypot(x1 - x0, y1 - y0);
    if (!(length > 0.0 && length < OUTSIDE)) {
        return;
    }
    const double phase = fmod(start, 2.0 * DASH);
    const int dashes = (int)ceil((length + phase) / (2.0 * DASH));
    for (int i = 0; i < dashes; i++) {
        const double from = 2.0 * DASH * i - phase;
        const double a = fmax(from, 0.0) / length;
        const double b = fmin(from + fmax(DASH - width, 1.0), length) / length; // round ends
        if (b > a) {
            lb_canvas_add_line(canvas, x0 + a * (x1 - x0), y0 + a * (y1 - y0), x0 + b * (x1 - x0),
                               y0 + b * (y1 - y0), width);
        }
    }
}

static void draw_line(struct lb_canvas *canvas, const struct lb_frame *frame,
                      const struct lb_series *series)
{
    const double width = series->size > 0.0 ? series->size : 2.0;
    const bool dashed = series->kind == LB_SERIES_DASHES;
    size_t run = 0; // points since the last gap
    double length = 0.0;
    double last_x = 0.0;
    double last_y = 0.0;
    for (size_t i = 0; i <= series->n; i++) {
        double x = 0.0;
        double y = 0.0;
        if (i < series->n && locate(frame, series, i, &x, &y)) {
            if (run > 0 && dashed) {
                add_dashes(canvas, last_x, last_y, x, y, length, width);
                length = fmod(length + fmin(hypot(x - last_x, y - last_y), OUTSIDE), 2.0 * DASH);
            } else if (run > 0) {
                lb_canvas_add_line(canvas, last_x, last_y, x, y, width);
            }
            if (run > 0 && series->colors != NULL) {
                lb_canvas_paint(canvas, series->colors[i]);
            }
            run++;
            last_x = x;
            last_y = y;
        } else {
            if (run == 1) { // a single point would be invisible
                lb_canvas_add_disc(canvas, last_x, last_y, 1.5 * width);
            }
            run = 0;
        }
    }
    lb_canvas_paint(canvas, series->color);
}

static void draw_dots(struct lb_canvas *canvas, const struct lb_frame *frame,
                      const struct lb_series *series)
{
    const double radius = series->size > 0.0 ? series->size : 3.0;
    for (size_t i = 0; i < series->n; i++) {
        double x;
        double y;
        if (locate(frame, series, i, &x, &y)) {
            lb_canvas_disc(canvas, x, y, radius,
                           series->colors != NULL ? series->colors[i] : series->color);
        }
    }
}

static void draw_errors(struct lb_canvas *canvas, const struct lb_frame *frame,
                        const struct lb_series *series)
{
    for (size_t i = 0; i < series->n; i++) {
        double x;
        double y;
        const double error = series->error[i];
        if (!locate(frame, series, i, &x, &y) || !isfinite(error) || error <= 0.0) {
            continue;
        }
        const double top = row_of(frame, series->y[i] + error);
        const double bottom = row_of(frame, series->y[i] - error);
        x = floor(x) + 0.5; // a column of pixels
        lb_canvas_add_line(canvas, x, top, x, bottom, ERROR_WIDTH);
        lb_canvas_add_line(canvas, x - CAP, top, x + CAP, top, ERROR_WIDTH);
        if (bottom < frame->area.y + frame->area.height) { // otherwise it extends beyond
            lb_canvas_add_line(canvas, x - CAP, bottom, x + CAP, bottom, ERROR_WIDTH);
        }
    }
    lb_canvas_paint(canvas, series->color);
}

static int pixel(double at)
{
    return (int)floor(fmin(fmax(at, -OUTSIDE), OUTSIDE) + 0.5);
}

void lb_bar_sides(const struct lb_series *series, size_t i, bool log, double *left, double *right)
{
    const double half = log ? sqrt(series->size) : 0.5 * series->size;
    *left = log ? series->x[i] / half : series->x[i] - half;
    *right = log ? series->x[i] * half : series->x[i] + half;
}

static void draw_bars(struct lb_canvas *canvas, const struct lb_frame *frame,
                      const struct lb_series *series)
{
    const int base = pixel(row_of(frame, 0.0));
    for (size_t i = 0; i < series->n; i++) {
        double left;
        double right;
        lb_bar_sides(series, i, frame->x.log, &left, &right);
        left = lb_scale_coordinate(&frame->x, left);
        right = lb_scale_coordinate(&frame->x, right);
        const double at = lb_scale_coordinate(&frame->y, series->y[i]);
        if (isnan(left) || isnan(right) || isnan(at)) {
            continue;
        }
        const int x0 = pixel(lb_frame_x(frame, left));
        const int x1 = pixel(lb_frame_x(frame, right));
        const int y = pixel(lb_frame_y(frame, at));
        const int gap = x1 - x0 > 4; // between neighbours, if there is space
        const struct lb_rect bar = {x0, y < base ? y : base, x1 - x0 > 0 ? x1 - x0 - gap : 1,
                                    y < base ? base - y : y - base};
        lb_canvas_rect(canvas, bar, series->color);
    }
}

static void draw_marks(struct lb_canvas *canvas, const struct lb_frame *frame,
                       const struct lb_series *series)
{
    const double width = series->size > 0.0 ? series->size : 1.5;
    const double top = frame->area.y;
    for (size_t i = 0; i < series->n; i++) {
        const double at = lb_scale_coordinate(&frame->x, series->x[i]);
        if (!isnan(at)) {
            const double x = lb_frame_x(frame, at);
            add_dashes(canvas, x, top, x, top + frame->area.height, 0.0, width);
        }
    }
    lb_canvas_paint(canvas, series->color);
}

void lb_frame_draw(struct lb_canvas *canvas, const struct lb_frame *frame,
                   const struct lb_series *series)
{
    switch (series->kind) {
    case LB_SERIES_LINE:
    case LB_SERIES_DASHES:
        draw_line(canvas, frame, series);
        break;
    case LB_SERIES_DOTS:
        draw_dots(canvas, frame, series);
        break;
    case LB_SERIES_BARS:
        draw_bars(canvas, frame, series);
        break;
    case LB_SERIES_MARKS:
        draw_marks(canvas, frame, series);
        break;
    }
    if (series->error != NULL &&
        (series->kind == LB_SERIES_LINE || series->kind == LB_SERIES_DOTS)) {
        draw_errors(canvas, frame, series);
    }
}

void lb_frame_draw_sample(struct lb_canvas *canvas, double x, double y, double width,
                          const struct lb_series *series)
{
    const struct lb_rect bar = {(int)x + 4, (int)y - 5, (int)width - 8, 11};
    const double thickness = series->size > 0.0 ? fmin(series->size, 3.0) : 3.0;
    switch (series->kind) {
    case LB_SERIES_LINE:
        lb_canvas_line(canvas, x, y, x + width, y, thickness, series->color);
        break;
    case LB_SERIES_DASHES:
        add_dashes(canvas, x, y, x + width, y, 0.0, 2.0);
        lb_canvas_paint(canvas, series->color);
        break;
    case LB_SERIES_DOTS:
        lb_canvas_disc(canvas, x + 0.5 * width, y, 4.5, series->color);
        break;
    case LB_SERIES_BARS:
        lb_canvas_rect(canvas, bar, series->color);
        break;
    case LB_SERIES_MARKS:
        add_dashes(canvas, x + 0.5 * width, y - 8.0, x + 0.5 * width, y + 8.0, 2.5, 2.0);
        lb_canvas_paint(canvas, series->color);
        break;
    }
}
