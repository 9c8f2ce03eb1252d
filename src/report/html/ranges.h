/* Common axes for charts of the same quantity side by side. */
#ifndef LB_REPORT_HTML_RANGES_H
#define LB_REPORT_HTML_RANGES_H

#include "draw/plot.h"

/** Number of chart kinds, distinguished by axis labels; further kinds keep their own axes. */
#define LB_CHART_RANGES 12

/** Range of the charts of one kind in scale coordinates, for x and y. */
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

/** Extends the ranges of the chart's kind. */
void lb_chart_ranges_include(struct lb_chart_ranges *ranges, const struct lb_plot *plot);

/** The chart with the common axes of its kind, or unchanged if they are unknown. */
struct lb_plot lb_chart_ranges_apply(const struct lb_chart_ranges *ranges,
                                     const struct lb_plot *plot);

#endif
