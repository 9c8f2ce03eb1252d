#include "report/html/svg_series.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_DOTS = 1500 };

/* ---- colours --------------------------------------------------------------------------------- */

/* Whether `color` is `base`, possibly mixed with white. */
static bool is_tint(struct lb_color color, struct lb_color base, bool *pale)
{
    const int from[] = {base.red, base.green, base.blue};
    const int to[] = {color.red, color.green, color.blue};
    double share = 0.0;
    int distance = 0;
    for (int k = 0; k < 3; k++) {
        if (255 - from[k] > distance) {
            distance = 255 - from[k];
            share = (double)(to[k] - from[k]) / distance;
        }
    }
    for (int k = 0; k < 3; k++) {
        if (fabs(from[k] + share * (255 - from[k]) - to[k]) > 2.0) {
            return false;
        }
    }
    *pale = share > 0.0;
    return share >= 0.0;
}

void lb_chart_add_color(struct lb_text *page, struct lb_color color)
{
    enum { SERIES = 7 }; // the eighth is black, like the text
    for (size_t i = 0; i < SERIES; i++) {
        bool pale;
        if (is_tint(color, lb_color_series(i), &pale)) {
            lb_text_addf(page, "c%zu%s", i, pale ? " pale" : "");
            return;
        }
    }
    lb_text_add(page, "ink");
}

const char *lb_chart_kind(const struct lb_series *series)
{
    switch (series->kind) {
    case LB_SERIES_DASHES:
        return "dashes";
    case LB_SERIES_DOTS:
        return "dots";
    case LB_SERIES_BARS:
        return "bars";
    case LB_SERIES_MARKS:
        return "marks";
    default:
        return series->size > 0.0 && series->size < 2.0 ? "line thin" : "line";
    }
}

/* ---- series ---------------------------------------------------------------------------------- */

static double to_x(const struct lb_frame *frame, double value)
{
    return lb_frame_x(frame, lb_scale_coordinate(&frame->x, value)) - frame->area.x;
}

static double to_y(const struct lb_frame *frame, double value)
{
    return lb_frame_y(frame, lb_scale_coordinate(&frame->y, value)) - frame->area.y;
}

void lb_chart_add_pair(struct lb_text *page, const char *command, double x, double y)
{
    lb_text_add(page, command);
    lb_html_length(page, x);
    lb_text_add(page, " ");
    lb_html_length(page, y);
}

static void add_line(struct lb_text *page, const struct lb_frame *frame,
                     const struct lb_series *series)
{
    bool drawing = false;
    lb_text_add(page, "<path d=\"");
    for (size_t i = 0; i < series->n; i++) {
        const double x = to_x(frame, series->x[i]);
        const double y = to_y(frame, series->y[i]);
        if (isfinite(x) && isfinite(y)) {
            lb_chart_add_pair(page, drawing ? "L" : "M", x, y);
        }
        drawing = isfinite(x) && isfinite(y);
    }
    lb_text_add(page, "\"/>");
}

static void add_errors(struct lb_text *page, const struct lb_frame *frame,
                       const struct lb_series *series)
{
    lb_text_add(page, "<path class=\"errors\" d=\"");
    for (size_t i = 0; i < series->n; i++) {
        const double x = to_x(frame, series->x[i]);
        const double high = to_y(frame, series->y[i] + series->error[i]);
        const double low = to_y(frame, series->y[i] - series->error[i]);
        if (isfinite(x) && isfinite(high)) {
            lb_chart_add_pair(page, "M", x, high);
            lb_chart_add_pair(page, "L", x, isfinite(low) ? low : frame->area.height);
        }
    }
    lb_text_add(page, "\"/>");
}

/* One path of zero-length strokes with round caps. */
static void add_dots(struct lb_text *page, const struct lb_frame *frame,
                     const struct lb_series *series)
{
    const size_t stride = series->n / MAX_DOTS + 1;
    lb_text_add(page, "<path stroke-width=\"");
    lb_html_length(page, series->size > 0.0 ? 2.0 * series->size : 6.0);
    lb_text_add(page, "\" d=\"");
    for (size_t i = 0; i < series->n; i += stride) {
        const double x = to_x(frame, series->x[i]);
        const double y = to_y(frame, series->y[i]);
        if (isfinite(x) && isfinite(y)) {
            lb_chart_add_pair(page, "M", x, y);
            lb_text_add(page, "h0");
        }
    }
    lb_text_add(page, "\"/>");
}

static void add_bars(struct lb_text *page, const struct lb_frame *frame,
                     const struct lb_series *series)
{
    for (size_t i = 0; i < series->n; i++) {
        double left;
        double right;
        lb_bar_sides(series, i, frame->x.log, &left, &right);
        const double from = to_x(frame, left);
        const double width = to_x(frame, right) - from;
        const double top = to_y(frame, series->y[i]);
        if (isfinite(width) && isfinite(top)) {
            lb_text_add(page, "<rect x=\"");
            lb_html_length(page, from);
            lb_text_add(page, "\" y=\"");
            lb_html_length(page, top);
            lb_text_add(page, "\" width=\"");
            lb_html_length(page, fmax(width - 0.6, 0.5));
            lb_text_add(page, "\" height=\"");
            lb_html_length(page, frame->area.height - top);
            lb_text_add(page, "\"/>");
        }
    }
}

static void add_marks(struct lb_text *page, const struct lb_frame *frame,
                      const struct lb_series *series)
{
    for (size_t i = 0; i < series->n; i++) {
        const double x = to_x(frame, series->x[i]);
        if (isfinite(x)) {
            lb_chart_add_pair(page, "<path d=\"M", x, 0.0);
            lb_text_addf(page, "V%d\"/>", frame->area.height);
        }
    }
}

void lb_chart_add_series(struct lb_text *page, const struct lb_frame *frame,
                         const struct lb_series *series)
{
    lb_text_addf(page, "<g class=\"%s ", lb_chart_kind(series));
    lb_chart_add_color(page, series->color);
    lb_text_add(page, "\">");
    switch (series->kind) {
    case LB_SERIES_DOTS:
        add_dots(page, frame, series);
        break;
    case LB_SERIES_BARS:
        add_bars(page, frame, series);
        break;
    case LB_SERIES_MARKS:
        add_marks(page, frame, series);
        break;
    default:
        add_line(page, frame, series);
        if (series->error != NULL) {
            add_errors(page, frame, series);
        }
    }
    lb_text_add(page, "</g>");
}
