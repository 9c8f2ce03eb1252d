/* Charts in two dimensions, drawn into a part of a canvas. */
#ifndef LB_DRAW_PLOT_H
#define LB_DRAW_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "draw/color.h"
#include "draw/plot_series.h"

#define LB_TITLE_SIZE 12.0 /* heights of capitals, in pixels */
#define LB_LABEL_SIZE 10.0
#define LB_TICK_SIZE  9.0

/** An axis; with min < max it shows that range, else all points with a margin. */
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
    bool equal; ///< one unit is as long in x as in y
};

/** The range of one axis over the points that both axes can show; ticks are not chosen yet. */
struct lb_scale lb_plot_scale(const struct lb_plot *plot, bool vertical);

/** Draws a chart into a rectangle of the canvas; about 240 x 180 pixels is the least that reads. */
void lb_plot_draw(struct lb_canvas *canvas, struct lb_rect rect, const struct lb_plot *plot);

#endif
