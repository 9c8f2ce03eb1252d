/* Two-dimensional charts, drawn into a rectangle of a canvas. */
#ifndef LB_DRAW_PLOT_H
#define LB_DRAW_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "draw/color.h"
#include "draw/plot_series.h"

#define LB_TITLE_SIZE 12.0 /* heights of capitals, in pixels */
#define LB_LABEL_SIZE 10.0
#define LB_TICK_SIZE  9.0

/** An axis; with min < max it shows that range, else the range of all points plus a margin. */
struct lb_axis {
    const char *label; ///< NULL: none
    bool log;          ///< decimal logarithm
    double min;
    double max;
};

struct lb_plot {
    const char *title; ///< NULL: none
    struct lb_axis x;
    struct lb_axis y;
    const struct lb_series *series;
    size_t n_series;
    bool equal; ///< equal unit length in x and y
};

/** Range of one axis over the points that both axes can show; without ticks yet. */
struct lb_scale lb_plot_scale(const struct lb_plot *plot, bool vertical);

/** Draws a chart into a rectangle of the canvas; below about 240 x 180 pixels it becomes
 * unreadable. */
void lb_plot_draw(struct lb_canvas *canvas, struct lb_rect rect, const struct lb_plot *plot);

#endif
