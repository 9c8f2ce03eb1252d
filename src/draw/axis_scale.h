/* Scale of a chart axis: its range, ticks and labels. */
#ifndef LB_DRAW_AXIS_SCALE_H
#define LB_DRAW_AXIS_SCALE_H

#include <stdbool.h>
#include <stddef.h>

#include "draw/canvas_text.h"

#define LB_TICKS_MAX       24
#define LB_MINOR_TICKS_MAX 64

struct lb_tick {
    double at; ///< in the scale's coordinate
    struct lb_label label;
};

/** A coordinate is a value, or its log10 on a logarithmic scale. */
struct lb_scale {
    bool log;
    double low;  ///< a coordinate
    double high; ///< a coordinate, above low
    struct lb_tick ticks[LB_TICKS_MAX];
    int n_ticks;
    double minor[LB_MINOR_TICKS_MAX]; ///< coordinates of grid lines without a label
    int n_minor;
};

/** A scale without values. */
struct lb_scale lb_scale_start(bool log);

/** Coordinate of a value; NaN if it cannot be shown: not finite, or not positive on a log scale. */
double lb_scale_coordinate(const struct lb_scale *scale, double value);

/** Extends the range to include a value; ignores values that cannot be shown. */
void lb_scale_include(struct lb_scale *scale, double value);

/** Makes the range drawable (a default if there are no values) and adds the margin. */
void lb_scale_finish(struct lb_scale *scale, double margin);

/** Chooses ticks, about `target` of them: steps of 1, 2, 5 times a power of ten, or decades. */
void lb_scale_choose_ticks(struct lb_scale *scale, int target);

#endif
