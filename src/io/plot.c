#include "io/plot.h"

#include <math.h>

#include "io/scale.h"

#define PADDING 14
#define TITLE_GAP 18    /* below the title */
#define GAP 8           /* between an axis, its tick labels and its label */
#define MARGIN 0.05     /* of an automatic range, on either side */
#define SWATCH 22       /* width of a legend's sample */
#define LEGEND_LINE 20  /* height of a row of the legend */
#define LEGEND_SPACE 24 /* between two entries */

#define GRID_COLOR ((struct lb_color){222, 222, 222})
#define MINOR_COLOR ((struct lb_color){242, 242, 242})
#define FRAME_COLOR ((struct lb_color){140, 140, 140})

/** The area of the data and how it is filled. */
struct frame {
    struct lb_rect area;
    struct lb_scale x;
    struct lb_scale y;
};

static double pixel_x(const struct frame *frame, double at)
{
    return frame->area.x +
           frame->area.width * (at - frame->x.low) / (frame->x.high - frame->x.low);
}

static double pixel_y(const struct frame *frame, double at)
{
    return frame->area.y + frame->area.height -
           frame->area.height * (at - frame->y.low) / (frame->y.high - frame->y.low);
}

/** The pixel of point i; false if it cannot be shown. */
static bool locate(const struct frame *frame, const struct lb_series *series, size_t i, double *x,
                   double *y)
{
    const double at_x = lb_scale_coordinate(&frame->x, series->x[i]);
    const double at_y = lb_scale_coordinate(&frame->y, series->y[i]);
    if (isnan(at_x) || isnan(at_y)) {
        return false;
    }
    *x = pixel_x(frame, at_x);
    *y = pixel_y(frame, at_y);
    return true;
}

/** The range of one axis over the points that both axes can show. */
static struct lb_scale fit_scale(const struct lb_plot *plot, bool vertical)
{
    const struct lb_axis *axis = vertical ? &plot->y : &plot->x;
    const struct lb_axis *across = vertical ? &plot->x : &plot->y;
    struct lb_scale scale = lb_scale_start(axis->log);
    const struct lb_scale other = lb_scale_start(across->log);
    const bool fixed = axis->min < axis->max;
    if (fixed) {
        lb_scale_include(&scale, axis->min);
        lb_scale_include(&scale, axis->max);
    }
    for (size_t s = 0; s < plot->n_series && !fixed; s++) {
        const struct lb_series *series = &plot->series[s];
        for (size_t i = 0; i < series->n; i++) {
            const double value = vertical ? series->y[i] : series->x[i];
            if (!isnan(lb_scale_coordinate(&other, vertical ? series->x[i] : series->y[i]))) {
                lb_scale_include(&scale, value);
            }
        }
    }
    lb_scale_finish(&scale, fixed ? 0.0 : MARGIN);
    return scale;
}

static double widest_label(const struct lb_scale *scale)
{
    double widest = 0.0;
    for (int i = 0; i < scale->n_ticks; i++) {
        widest = fmax(widest, lb_text_width(scale->ticks[i].label.text, LB_TICK_SIZE));
    }
    return widest;
}

static double entry_width(const struct lb_series *series)
{
    return SWATCH + GAP + lb_text_width(series->label, LB_TICK_SIZE);
}

static void draw_sample(struct lb_canvas *canvas, double x, double y,
                        const struct lb_series *series)
{
    if (series->kind == LB_SERIES_LINE) {
        lb_canvas_line(canvas, x, y, x + SWATCH, y, 3.0, series->color);
    } else {
        lb_canvas_disc(canvas, x + 0.5 * SWATCH, y, 4.5, series->color);
    }
}

/** Draws the legend's rows from `top` on; gives the height they take. */
static int draw_legend(struct lb_canvas *canvas, const struct lb_plot *plot, int left, int right,
                       int top)
{
    double x = left;
    int row = -1;
    for (size_t i = 0; i < plot->n_series; i++) {
        const struct lb_series *series = &plot->series[i];
        if (series->label == NULL) {
            continue;
        }
        if (row < 0 || x + entry_width(series) > right) {
            row++;
            x = left;
        }
        const double y = top + LEGEND_LINE * (row + 0.5);
        draw_sample(canvas, x, y, series);
        lb_canvas_text(canvas, x + SWATCH + GAP, y, LB_ALIGN_START, LB_TICK_SIZE, LB_INK,
                       series->label);
        x += entry_width(series) + LEGEND_SPACE;
    }
    return LEGEND_LINE * (row + 1);
}

/** Makes one unit equally long on both axes by widening one range. */
static void equalise(struct frame *frame)
{
    const double unit_x = (frame->x.high - frame->x.low) / frame->area.width;
    const double unit_y = (frame->y.high - frame->y.low) / frame->area.height;
    struct lb_scale *narrow = unit_x < unit_y ? &frame->x : &frame->y;
    const double factor = unit_x < unit_y ? unit_y / unit_x : unit_x / unit_y;
    const double middle = 0.5 * (narrow->low + narrow->high);
    const double half = 0.5 * factor * (narrow->high - narrow->low);
    narrow->low = middle - half;
    narrow->high = middle + half;
}

/** As many ticks on the x axis as their labels leave room for. */
static void choose_x_ticks(struct frame *frame)
{
    for (int target = frame->area.width / 80 + 1; target > 1; target--) {
        lb_scale_choose_ticks(&frame->x, target);
        double nearest = frame->area.width;
        for (int i = 1; i < frame->x.n_ticks; i++) {
            nearest = fmin(nearest, pixel_x(frame, frame->x.ticks[i].at) -
                                        pixel_x(frame, frame->x.ticks[i - 1].at));
        }
        if (nearest > widest_label(&frame->x) + 2.0 * GAP) {
            return;
        }
    }
}

/** Places the data's area, with the title and the legend already drawn above `top`. */
static bool lay_out(struct frame *frame, struct lb_rect rect, const struct lb_plot *plot, int top)
{
    const int bottom_labels = (int)(LB_TICK_SIZE + 2.0 * GAP);
    const int x_label = plot->x.label != NULL ? (int)LB_LABEL_SIZE + GAP : 0;
    const int y_label = plot->y.label != NULL ? (int)LB_LABEL_SIZE + 3 * GAP / 2 : 0;
    frame->area.y = top;
    frame->area.height = rect.y + rect.height - PADDING - x_label - bottom_labels - top;
    frame->area.x = rect.x + PADDING + y_label;
    frame->area.width = rect.x + rect.width - 2 * PADDING - frame->area.x;
    if (frame->area.height < 16 || frame->area.width < 16) {
        return false;
    }
    const int y_target = frame->area.height / 45 + 1;
    if (plot->equal && !plot->x.log && !plot->y.log) {
        equalise(frame);
    }
    lb_scale_choose_ticks(&frame->y, y_target);
    const int labels = (int)ceil(widest_label(&frame->y)) + GAP;
    frame->area.x += labels;
    frame->area.width -= labels;
    if (frame->area.width < 16) {
        return false;
    }
    if (plot->equal && !plot->x.log && !plot->y.log) {
        equalise(frame);
        lb_scale_choose_ticks(&frame->y, y_target);
    }
    choose_x_ticks(frame);
    return true;
}

static void vertical_line(struct lb_canvas *canvas, const struct frame *frame, double at,
                          struct lb_color color)
{
    const struct lb_rect line = {(int)floor(pixel_x(frame, at)), frame->area.y, 1,
                                 frame->area.height};
    lb_canvas_rect(canvas, line, color);
}

static void horizontal_line(struct lb_canvas *canvas, const struct frame *frame, double at,
                            struct lb_color color)
{
    const struct lb_rect line = {frame->area.x, (int)floor(pixel_y(frame, at)), frame->area.width,
                                 1};
    lb_canvas_rect(canvas, line, color);
}

static void draw_axes(struct lb_canvas *canvas, const struct frame *frame, struct lb_rect rect,
                      const struct lb_plot *plot)
{
    const struct lb_rect *area = &frame->area;
    const int bottom = area->y + area->height;
    for (int i = 0; i < frame->x.n_minor; i++) {
        vertical_line(canvas, frame, frame->x.minor[i], MINOR_COLOR);
    }
    for (int i = 0; i < frame->y.n_minor; i++) {
        horizontal_line(canvas, frame, frame->y.minor[i], MINOR_COLOR);
    }
    for (int i = 0; i < frame->x.n_ticks; i++) {
        const struct lb_tick *tick = &frame->x.ticks[i];
        vertical_line(canvas, frame, tick->at, GRID_COLOR);
        lb_canvas_text(canvas, pixel_x(frame, tick->at), bottom + GAP + 0.5 * LB_TICK_SIZE,
                       LB_ALIGN_CENTER, LB_TICK_SIZE, LB_INK, tick->label.text);
    }
    for (int i = 0; i < frame->y.n_ticks; i++) {
        const struct lb_tick *tick = &frame->y.ticks[i];
        horizontal_line(canvas, frame, tick->at, GRID_COLOR);
        lb_canvas_text(canvas, area->x - GAP, pixel_y(frame, tick->at), LB_ALIGN_END, LB_TICK_SIZE,
                       LB_INK, tick->label.text);
    }
    lb_canvas_frame(canvas, (struct lb_rect){area->x, area->y, area->width, area->height + 1},
                    FRAME_COLOR);
    if (plot->x.label != NULL) {
        lb_canvas_text(canvas, area->x + 0.5 * area->width,
                       rect.y + rect.height - PADDING - 0.5 * LB_LABEL_SIZE, LB_ALIGN_CENTER,
                       LB_LABEL_SIZE, LB_INK, plot->x.label);
    }
    if (plot->y.label != NULL) {
        lb_canvas_text_up(canvas, rect.x + PADDING + 0.5 * LB_LABEL_SIZE,
                          area->y + 0.5 * area->height, LB_ALIGN_CENTER, LB_LABEL_SIZE, LB_INK,
                          plot->y.label);
    }
}

static void draw_dots(struct lb_canvas *canvas, const struct frame *frame,
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

static void draw_line(struct lb_canvas *canvas, const struct frame *frame,
                      const struct lb_series *series)
{
    const double width = series->size > 0.0 ? series->size : 2.0;
    size_t run = 0; // points since the last gap
    double last_x = 0.0;
    double last_y = 0.0;
    for (size_t i = 0; i <= series->n; i++) {
        double x = 0.0;
        double y = 0.0;
        if (i < series->n && locate(frame, series, i, &x, &y)) {
            if (run > 0) {
                lb_canvas_add_line(canvas, last_x, last_y, x, y, width);
            }
            run++;
            last_x = x;
            last_y = y;
        } else {
            if (run == 1) { // a lone point would not be seen
                lb_canvas_add_disc(canvas, last_x, last_y, 1.5 * width);
            }
            run = 0;
        }
    }
    lb_canvas_paint(canvas, series->color);
}

void lb_plot_draw(struct lb_canvas *canvas, struct lb_rect rect, const struct lb_plot *plot)
{
    struct frame frame = {.x = fit_scale(plot, false), .y = fit_scale(plot, true)};
    int top = rect.y + PADDING;
    if (plot->title != NULL) {
        lb_canvas_text(canvas, rect.x + PADDING, top + 0.5 * LB_TITLE_SIZE, LB_ALIGN_START,
                       LB_TITLE_SIZE, LB_INK, plot->title);
        top += (int)LB_TITLE_SIZE + TITLE_GAP;
    }
    const int legend = draw_legend(canvas, plot, rect.x + PADDING, rect.x + rect.width - PADDING,
                                   top);
    top += legend > 0 ? legend + GAP : 0;
    if (!lay_out(&frame, rect, plot, top)) {
        return;
    }
    draw_axes(canvas, &frame, rect, plot);
    const struct lb_rect whole = canvas->clip;
    lb_canvas_clip(canvas, &frame.area);
    for (size_t i = 0; i < plot->n_series; i++) {
        if (plot->series[i].kind == LB_SERIES_LINE) {
            draw_line(canvas, &frame, &plot->series[i]);
        } else {
            draw_dots(canvas, &frame, &plot->series[i]);
        }
    }
    lb_canvas_clip(canvas, &whole);
}
