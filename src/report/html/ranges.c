#include "report/html/ranges.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "draw/plot.h"

static bool same_axis(const struct lb_chart_range *range, int axis, const struct lb_axis *shown)
{
    return shown->label != NULL && strcmp(range->label[axis], shown->label) == 0 &&
           range->log[axis] == shown->log;
}

/* Index of the chart's kind; n if there is none yet. */
static size_t find(const struct lb_chart_ranges *ranges, const struct lb_plot *plot)
{
    size_t i = 0;
    while (i < ranges->n &&
           !(same_axis(&ranges->of[i], 0, &plot->x) && same_axis(&ranges->of[i], 1, &plot->y))) {
        i++;
    }
    return i;
}

static bool has_points(const struct lb_plot *plot)
{
    for (size_t i = 0; i < plot->n_series; i++) {
        if (plot->series[i].n > 0) {
            return true;
        }
    }
    return false;
}

static bool can_be_kept(const struct lb_axis *axis)
{
    return axis->label != NULL &&
           strlen(axis->label) < sizeof(((struct lb_chart_range *)0)->label[0]);
}

void lb_chart_ranges_include(struct lb_chart_ranges *ranges, const struct lb_plot *plot)
{
    const struct lb_axis *axes[] = {&plot->x, &plot->y};
    const size_t i = find(ranges, plot);
    if (i == LB_CHART_RANGES || !can_be_kept(axes[0]) || !can_be_kept(axes[1]) ||
        !has_points(plot)) {
        return;
    }
    struct lb_chart_range *range = &ranges->of[i];
    for (int k = 0; k < 2; k++) {
        const struct lb_scale scale = lb_plot_scale(plot, k == 1);
        const bool first = i == ranges->n;
        range->low[k] = first ? scale.low : fmin(range->low[k], scale.low);
        range->high[k] = first ? scale.high : fmax(range->high[k], scale.high);
        range->log[k] = axes[k]->log;
        snprintf(range->label[k], sizeof range->label[k], "%s", axes[k]->label);
    }
    ranges->n += i == ranges->n ? 1 : 0;
}

static void fix(struct lb_axis *axis, double low, double high)
{
    axis->min = axis->log ? pow(10.0, low) : low;
    axis->max = axis->log ? pow(10.0, high) : high;
}

struct lb_plot lb_chart_ranges_apply(const struct lb_chart_ranges *ranges,
                                     const struct lb_plot *plot)
{
    struct lb_plot fixed = *plot;
    const size_t i = find(ranges, plot);
    if (i < ranges->n) {
        const struct lb_chart_range *range = &ranges->of[i];
        fix(&fixed.x, range->low[0], range->high[0]);
        fix(&fixed.y, range->low[1], range->high[1]);
    }
    return fixed;
}
