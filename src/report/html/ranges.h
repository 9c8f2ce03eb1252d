/* Charts of the same quantity side by side: drawn on the same axes, so that they compare. */
#ifndef LB_REPORT_HTML_RANGES_H
#define LB_REPORT_HTML_RANGES_H

#include "draw/plot.h"

/** Kinds of charts, told apart by their axes' labels; more than these keep their own axes. */
#define LB_CHART_RANGES 12

/** What the charts of one kind show, in coordinates of their scales; each of x and y. */
struct lb_chart_range {
    char label[2][64];
    bool log[2];
    double low[2];
    double high[2];
};

/** Starts as {0}. */
struct lb_chart_ranges {
    struct lb_chart_range of[LB_CHART_RANGES];
    size_t n;
};

/** Widens the ranges of the chart's kind to hold it too. */
void lb_chart_ranges_include(struct lb_chart_ranges *ranges, const struct lb_plot *plot);

/** The chart on the common axes of its kind; as it is if they are not known. */
struct lb_plot lb_chart_ranges_apply(const struct lb_chart_ranges *ranges,
                                     const struct lb_plot *plot);

#endif
