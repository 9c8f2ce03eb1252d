/* What is drawn into the area of a chart; for svg_chart.c. */
#ifndef LB_REPORT_HTML_SVG_SERIES_H
#define LB_REPORT_HTML_SVG_SERIES_H

#include "draw/plot_frame.h"
#include "report/html/html_text.h"

/** Adds the class of a colour: colours themselves depend on the reader's scheme. */
void lb_chart_add_color(struct lb_text *page, struct lb_color color);
/** The class of what a series is drawn by. */
const char *lb_chart_kind(const struct lb_series *series);

/** Adds "M1.5 2": a path's command and a point. */
void lb_chart_add_pair(struct lb_text *page, const char *command, double x, double y);

/** Adds a series in lengths from the corner of the frame's area. */
void lb_chart_add_series(struct lb_text *page, const struct lb_frame *frame,
                         const struct lb_series *series);

#endif
