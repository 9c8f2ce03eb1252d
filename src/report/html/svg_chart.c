#include "report/html/svg_chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "draw/canvas_text.h"
#include "report/html/html_text.h"
#include "report/html/svg_series.h"

enum {
    WIDTH = 480,
    HEIGHT = 290,
    TOP = 8,
    RIGHT = 12,
    BOTTOM = 46,  // tick labels and the axis' label
    Y_LABEL = 22, // width of the rotated label
    LETTER = 7,   // approximate width of a digit
};

/* ---- axes ------------------------------------------------------------------------------------ */

static void add_label(struct lb_text *page, double x, double y, const char *anchor,
                      const char *text)
{
    lb_text_add(page, "<text x=\"");
    lb_html_length(page, x);
    lb_text_add(page, "\" y=\"");
    lb_html_length(page, y);
    lb_text_addf(page, "\" text-anchor=\"%s\">", anchor);
    lb_html_text(page, text);
    lb_text_add(page, "</text>");
}

static void add_grid(struct lb_text *page, const struct lb_frame *frame)
{
    const struct lb_rect *area = &frame->area;
    lb_text_add(page, "<path class=\"minor\" d=\"");
    for (int i = 0; i < frame->x.n_minor; i++) {
        lb_chart_add_pair(page, "M", lb_frame_x(frame, frame->x.minor[i]), area->y);
        lb_text_addf(page, "v%d", area->height);
    }
    for (int i = 0; i < frame->y.n_minor; i++) {
        lb_chart_add_pair(page, "M", area->x, lb_frame_y(frame, frame->y.minor[i]));
        lb_text_addf(page, "h%d", area->width);
    }
    lb_text_add(page, "\"/><path class=\"grid\" d=\"");
    for (int i = 0; i < frame->x.n_ticks; i++) {
        lb_chart_add_pair(page, "M", lb_frame_x(frame, frame->x.ticks[i].at), area->y);
        lb_text_addf(page, "v%d", area->height);
    }
    for (int i = 0; i < frame->y.n_ticks; i++) {
        lb_chart_add_pair(page, "M", area->x, lb_frame_y(frame, frame->y.ticks[i].at));
        lb_text_addf(page, "h%d", area->width);
    }
    lb_text_add(page, "\"/>");
    for (int i = 0; i < frame->x.n_ticks; i++) {
        const struct lb_tick *tick = &frame->x.ticks[i];
        add_label(page, lb_frame_x(frame, tick->at), area->y + area->height + 17, "middle",
                  tick->label.text);
    }
    for (int i = 0; i < frame->y.n_ticks; i++) {
        const struct lb_tick *tick = &frame->y.ticks[i];
        add_label(page, area->x - 6, lb_frame_y(frame, tick->at) + 4.0, "end", tick->label.text);
    }
}

static void add_axes(struct lb_text *page, const struct lb_frame *frame, const struct lb_plot *plot)
{
    const struct lb_rect *area = &frame->area;
    add_grid(page, frame);
    lb_text_addf(page,
                 "<rect class=\"frame\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>"
                 "<text class=\"axis\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">",
                 area->x, area->y, area->width, area->height, area->x + area->width / 2,
                 HEIGHT - 6);
    lb_html_text(page, plot->x.label != NULL ? plot->x.label : "");
    const int middle = area->y + area->height / 2;
    lb_text_addf(page,
                 "</text><text class=\"axis\" x=\"14\" y=\"%d\" text-anchor=\"middle\" "
                 "transform=\"rotate(-90 14 %d)\">",
                 middle, middle);
    lb_html_text(page, plot->y.label != NULL ? plot->y.label : "");
    lb_text_add(page, "</text>");
}

static size_t longest_label(const struct lb_scale *scale)
{
    size_t longest = 0;
    for (int i = 0; i < scale->n_ticks; i++) {
        const size_t length = strlen(scale->ticks[i].label.text);
        longest = length > longest ? length : longest;
    }
    return longest;
}

static struct lb_frame lay_out(const struct lb_plot *plot)
{
    struct lb_frame frame = {.x = lb_plot_scale(plot, false), .y = lb_plot_scale(plot, true)};
    lb_scale_choose_ticks(&frame.y, 5);
    frame.area.x = Y_LABEL + 10 + LETTER * (int)longest_label(&frame.y);
    frame.area.y = TOP;
    frame.area.width = WIDTH - RIGHT - frame.area.x;
    frame.area.height = HEIGHT - BOTTOM - TOP;
    for (int target = 7; target > 1; target--) {
        lb_scale_choose_ticks(&frame.x, target);
        const int needed = (LETTER * (int)longest_label(&frame.x) + 14) * frame.x.n_ticks;
        if (needed <= frame.area.width) {
            break;
        }
    }
    return frame;
}

/* ---- words and numbers ----------------------------------------------------------------------- */

/* Adds a text alternative for screen readers. */
static void add_description(struct lb_text *page, const struct lb_plot *plot)
{
    lb_html_text(page, plot->title);
    lb_text_add(page, ". Chart of ");
    lb_html_text(page, plot->y.label);
    lb_text_add(page, plot->y.log ? " (logarithmic) over " : " over ");
    lb_html_text(page, plot->x.label);
    for (size_t i = 0; i < plot->n_series; i++) {
        const struct lb_series *series = &plot->series[i];
        const bool line = series->kind == LB_SERIES_LINE || series->kind == LB_SERIES_DASHES;
        if (series->label == NULL || series->n == 0) {
            continue;
        }
        lb_text_add(page, "; ");
        lb_html_text(page, series->label);
        if (line) {
            lb_text_add(page, " from ");
            lb_html_number(page, series->y[0], 3);
            lb_text_add(page, " to ");
            lb_html_number(page, series->y[series->n - 1], 3);
        }
    }
}

static void add_legend(struct lb_text *page, const struct lb_plot *plot)
{
    lb_text_add(page, "<ul class=\"legend\">");
    for (size_t i = 0; i < plot->n_series; i++) {
        const struct lb_series *series = &plot->series[i];
        if (series->label != NULL && series->n > 0) {
            lb_text_addf(page,
                         "<li><svg class=\"swatch\" viewBox=\"0 0 22 10\" "
                         "aria-hidden=\"true\"><g class=\"%s ",
                         lb_chart_kind(series));
            lb_chart_add_color(page, series->color);
            lb_text_add(page, series->kind == LB_SERIES_DOTS
                                  ? "\"><path stroke-width=\"5\" d=\"M6 5h0M16 5h0\"/></g></svg>"
                                  : "\"><path d=\"M1 5H21\"/></g></svg>");
            lb_html_text(page, series->label);
            lb_text_add(page, "</li>");
        }
    }
    lb_text_add(page, "</ul>");
}

static json_t *axis_json(const struct lb_scale *scale, const char *label)
{
    return json_pack("{s:b, s:f, s:f, s:o}", "log", (int)scale->log, "low", scale->low, "high",
                     scale->high, "label", lb_html_json_string(label));
}

/* Lines and bars: values to read off at a given x. */
static json_t *series_json(const struct lb_plot *plot)
{
    json_t *array = json_array();
    for (size_t i = 0; i < plot->n_series && array != NULL; i++) {
        const struct lb_series *series = &plot->series[i];
        const bool bars = series->kind == LB_SERIES_BARS;
        const char *label = series->label != NULL || plot->n_series > 1 ? series->label : "value";
        if (series->kind == LB_SERIES_DOTS || series->kind == LB_SERIES_MARKS ||
            (label == NULL && !bars)) {
            continue;
        }
        json_t *entry = json_pack("{s:o, s:b, s:o, s:o}", "label",
                                  lb_html_json_string(bars ? plot->y.label : label), "bars",
                                  (int)bars, "x", lb_html_json_numbers(series->x, series->n), "y",
                                  lb_html_json_numbers(series->y, series->n));
        if (series->error != NULL &&
            json_object_set_new(entry, "error", lb_html_json_numbers(series->error, series->n)) !=
                0) {
            json_decref(entry);
            entry = NULL;
        }
        if (json_array_append_new(array, entry) != 0) {
            json_decref(array);
            array = NULL;
        }
    }
    return array;
}

static bool add_numbers(json_t *charts, const struct lb_frame *frame, const struct lb_plot *plot)
{
    const struct lb_rect *area = &frame->area;
    return json_array_append_new(charts, json_pack("{s:[i,i,i,i], s:o, s:o, s:o}", "area", area->x,
                                                   area->y, area->width, area->height, "x",
                                                   axis_json(&frame->x, plot->x.label), "y",
                                                   axis_json(&frame->y, plot->y.label), "series",
                                                   series_json(plot))) == 0;
}

enum lb_status lb_html_chart(struct lb_text *page, struct lb_context *ctx, json_t *charts,
                             const struct lb_plot *plot, const char *sentence)
{
    const struct lb_frame frame = lay_out(plot);
    lb_text_add(page, "<figure class=\"plot\"><figcaption>");
    lb_html_text(page, plot->title);
    lb_text_add(page, "</figcaption>");
    if (plot->n_series > 1) {
        add_legend(page, plot);
    }
    lb_text_addf(page,
                 "<div class=\"chart\" data-chart=\"%zu\" tabindex=\"0\" role=\"group\" "
                 "aria-label=\"Values of the chart, read with the arrow keys: ",
                 json_array_size(charts));
    lb_html_text(page, plot->title);
    lb_text_addf(page, "\"><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", WIDTH, HEIGHT);
    add_description(page, plot);
    lb_text_add(page, "\">");
    add_axes(page, &frame, plot);
    lb_text_addf(page, "<svg x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\">", frame.area.x,
                 frame.area.y, frame.area.width, frame.area.height);
    for (size_t i = 0; i < plot->n_series; i++) {
        lb_chart_add_series(page, &frame, &plot->series[i]);
    }
    lb_text_add(page,
                "</svg><path class=\"cursor\" d=\"\"/></svg>"
                "<div class=\"tip\" aria-live=\"polite\" hidden></div></div><p class=\"how\">");
    lb_html_text(page, sentence);
    lb_text_add(page, "</p></figure>\n");
    return add_numbers(charts, &frame, plot) ? LB_OK : lb_fail_memory(ctx, "charts of the page");
}
