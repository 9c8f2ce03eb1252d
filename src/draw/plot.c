#include "draw/plot.h"

#include <math.h>

#define PADDING      14
#define TITLE_GAP    18   /* below the title */
#define GAP          8    /* between an axis, its tick labels and its label */
#define MARGIN       0.05 /* margin of an automatic range on each side */
#define SWATCH       22   /* width of a legend's sample */
#define LEGEND_LINE  20   /* height of a row of the legend */
#define LEGEND_SPACE 24   /* between two entries */

#define GRID_COLOR  ((struct lb_color){222, 222, 222})
#define MINOR_COLOR ((struct lb_color){242, 242, 242})
#define FRAME_COLOR ((struct lb_color){140, 140, 140})

/** Includes the y extent of a point: for bars the base, with error bars their ends. */
static void include_y(struct lb_scale *scale, const struct lb_series *series, size_t i)
{
    const double y = series->y[i];
    lb_scale_include(scale, y);
    if (series->kind == LB_SERIES_BARS) {
        lb_scale_include(scale, 0.0);
    } else if (series->error != NULL && series->error[i] > 0.0) {
        const double low = y - series->error[i];
        lb_scale_include(scale, y + series->error[i]);
        /* An error as large as the value would extend a logarithmic axis without limit. */
        lb_scale_include(scale, scale->log ? fmax(low, 0.1 * y) : low);
    }
}

static void include_x(struct lb_scale *scale, const struct lb_series *series, size_t i)
{
    double left = series->x[i];
    double right = series->x[i];
    if (series->kind == LB_SERIES_BARS) {
        lb_bar_sides(series, i, scale->log, &left, &right);
    }
    lb_scale_include(scale, left);
    lb_scale_include(scale, right);
}

struct lb_scale lb_plot_scale(const struct lb_plot *plot, bool vertical)
{
    const struct lb_axis *axis = vertical ? &plot->y : &plot->x;
    const struct lb_scale x = lb_scale_start(plot->x.log);
    const struct lb_scale y = lb_scale_start(plot->y.log);
    struct lb_scale scale = vertical ? y : x;
    const bool fixed = axis->min < axis->max;
    bool bars = false;
    if (fixed) {
        lb_scale_include(&scale, axis->min);
        lb_scale_include(&scale, axis->max);
    }
    for (size_t s = 0; s < plot->n_series && !fixed; s++) {
        const struct lb_series *series = &plot->series[s];
        const bool marks = series->kind == LB_SERIES_MARKS;
        bars = bars || series->kind == LB_SERIES_BARS;
        for (size_t i = 0; i < series->n; i++) {
            if (isnan(lb_scale_coordinate(&x, series->x[i])) ||
                (!marks && isnan(lb_scale_coordinate(&y, series->y[i])))) {
                continue;
            }
            if (!vertical) {
                include_x(&scale, series, i);
            } else if (!marks) {
                include_y(&scale, series, i);
            }
        }
    }
    const bool grounded = vertical && bars && !axis->log && scale.low == 0.0;
    lb_scale_finish(&scale, fixed ? 0.0 : MARGIN);
    if (grounded) { // bars stand on the axis
        scale.low = 0.0;
    }
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

/** Draws the legend's rows from `top` on; returns their height. */
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
        lb_frame_draw_sample(canvas, x, y, SWATCH, series);
        lb_canvas_text(canvas, x + SWATCH + GAP, y, LB_ALIGN_START, LB_TICK_SIZE, LB_INK,
                       series->label);
        x += entry_width(series) + LEGEND_SPACE;
    }
    return LEGEND_LINE * (row + 1);
}

/** Gives both axes the same unit length by widening one range. */
static void equalise(struct lb_frame *frame)
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

/** Chooses as many x ticks as their labels leave space for. */
static void choose_x_ticks(struct lb_frame *frame)
{
    for (int target = frame->area.width / 80 + 1; target > 1; target--) {
        lb_scale_choose_ticks(&frame->x, target);
        double nearest = frame->area.width;
        for (int i = 1; i < frame->x.n_ticks; i++) {
            nearest = fmin(nearest, lb_frame_x(frame, frame->x.ticks[i].at) -
                                        lb_frame_x(frame, frame->x.ticks[i - 1].at));
        }
        if (nearest > widest_label(&frame->x) + 2.0 * GAP) {
            return;
        }
    }
}

/** Places the data area; the title and legend are already drawn above `top`. */
static bool lay_out(struct lb_frame *frame, struct lb_rect rect, const struct lb_plot *plot,
                    int top)
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

static void vertical_line(struct lb_canvas *canvas, const struct lb_frame *frame, double at,
                          struct lb_color color)
{
    const struct lb_rect line = {(int)floor(lb_frame_x(frame, at)), frame->area.y, 1,
                                 frame->area.height};
    lb_canvas_rect(canvas, line, color);
}

static void horizontal_line(struct lb_canvas *canvas, const struct lb_frame *frame, double at,
                            struct lb_color color)
{
    const struct lb_rect line = {frame->area.x, (int)floor(lb_frame_y(frame, at)),
                                 frame->area.width, 1};
    lb_canvas_rect(canvas, line, color);
}

static void draw_axes(struct lb_canvas *canvas, const struct lb_frame *frame, struct lb_rect rect,
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
        lb_canvas_text(canvas, lb_frame_x(frame, tick->at), bottom + GAP + 0.5 * LB_TICK_SIZE,
                       LB_ALIGN_CENTER, LB_TICK_SIZE, LB_INK, tick->label.text);
    }
    for (int i = 0; i < frame->y.n_ticks; i++) {
        const struct lb_tick *tick = &frame->y.ticks[i];
        horizontal_line(canvas, frame, tick->at, GRID_COLOR);
        lb_canvas_text(canvas, area->x - GAP, lb_frame_y(frame, tick->at), LB_ALIGN_END,
                       LB_TICK_SIZE, LB_INK, tick->label.text);
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

void lb_plot_draw(struct lb_canvas *canvas, struct lb_rect rect, const struct lb_plot *plot)
{
    struct lb_frame frame = {.x = lb_plot_scale(plot, false), .y = lb_plot_scale(plot, true)};
    int top = rect.y + PADDING;
    if (plot->title != NULL) {
        lb_canvas_text(canvas, rect.x + PADDING, top + 0.5 * LB_TITLE_SIZE, LB_ALIGN_START,
                       LB_TITLE_SIZE, LB_INK, plot->title);
        top += (int)LB_TITLE_SIZE + TITLE_GAP;
    }
    const int legend =
        draw_legend(canvas, plot, rect.x + PADDING, rect.x + rect.width - PADDING, top);
    top += legend > 0 ? legend + GAP : 0;
    if (!lay_out(&frame, rect, plot, top)) {
        return;
    }
    draw_axes(canvas, &frame, rect, plot);
    const struct lb_rect whole = canvas->clip;
    lb_canvas_clip(canvas, &frame.area);
    for (size_t i = 0; i < plot->n_series; i++) {
        lb_frame_draw(canvas, &frame, &plot->series[i]);
    }
    lb_canvas_clip(canvas, &whole);
}
