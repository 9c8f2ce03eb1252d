/* Charts of the report as SVG. */
#ifndef LB_REPORT_HTML_SVG_CHART_H
#define LB_REPORT_HTML_SVG_CHART_H

#include <jansson.h>

#include "base/text.h"
#include "draw/plot.h"

/**
 * Adds a chart as SVG, with title, legend and a text alternative.
 *
 * @param charts   JSON array that receives the chart's data, shown on hover
 * @param sentence how to read it
 */
enum lb_status lb_html_chart(struct lb_text *page, struct lb_context *ctx, json_t *charts,
                             const struct lb_plot *plot, const char *sentence);

#endif
