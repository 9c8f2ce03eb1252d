/* Charts in two dimensions, drawn into a part of a canvas. */
#ifndef LB_DRAW_PLOT_H
#define LB_DRAW_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "draw/canvas.h"
#include "draw/color.h"

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

enum lb_series_kind {
    LB_SERIES_LINE,
    LB_SERIES_DASHES, ///< a broken line
    LB_SERIES_DOTS,
    LB_SERIES_BARS,  ///< of a histogram: from 0, or the lower end of the y axis, up to y
    LB_SERIES_MARKS, ///< dashed verticals at x through the whole height; y is not used
};

/**
 * n points. One that is not finite, or not positive on a logarithmic axis, is left out; a line has
 * a gap there. A bar reaches from x - size/2 to x + size/2, on a logarithmic axis from x /
 * sqrt(size) to x sqrt(size).
 */
struct lb_series {
    const char *label; ///< for the legend; NULL: not in it
    enum lb_series_kind kind;
    const double *x;
    const double *y;
    const double *error; ///< n half lengths of error bars at lines and dots, or NULL: none
    size_t n;
    struct lb_color color;
    const struct lb_color *colors; ///< n of them for lines and dots, or NULL: all `color`
    double size; ///< line width, radius of the dots: 0: 2 or 3 pixels; width of a bar, see below
};

struct lb_plot {
    const char *title; ///< NULL: none
    struct lb_axis x;
    struct lb_axis y;
    const struct lb_series *series;
    size_t n_series;
    bool equal; ///< one unit is as long in x as in y
};

/** Draws a chart into a rectangle of the canvas; about 240 x 180 pixels is the least that reads. */
void lb_plot_draw(struct lb_canvas *canvas, struct lb_rect rect, const struct lb_plot *plot);

#endif
