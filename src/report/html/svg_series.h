/* Content of a chart's data area; used by svg_chart.c. */
#ifndef LB_REPORT_HTML_SVG_SERIES_H
#define LB_REPORT_HTML_SVG_SERIES_H

#include "report/html/html_text.h"
#include "draw/plot.h"

/** Adds the class of a colour: colours depend on the reader's colour scheme. */
void lb_chart_add_color(struct lb_text *page, struct lb_color color);
/** The class of a series' style. */
const char *lb_chart_kind(const struct lb_series *series);

/** Adds "M1.5 2": a path's command and a point. */
void lb_chart_add_pair(struct lb_text *page, const char *command, double x, double y);

/** Adds a series, relative to the corner of the data area. */
void lb_chart_add_series(struct lb_text *page, const struct lb_frame *frame,
                         const struct lb_series *series);

#endif
