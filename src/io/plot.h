/* Charts in two dimensions, drawn into a part of a canvas. */
#ifndef LB_IO_PLOT_H
#define LB_IO_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "io/canvas.h"
#include "io/color.h"

#define LB_TITLE_SIZE 12.0 /* heights of capitals, in pixels */
#define LB_LABEL_SIZE 10.0
#define LB_TICK_SIZE 9.0

/** An axis; with min < max it shows that range, else all points with a margin. */
struct lb_axis {
    const char *label; ///< NULL: none
    bool log;          ///< decimal logarithm
    double min;
    double max;
};

enum lb_series_kind {
    LB_SERIES_LINE,
    LB_SERIES_DOTS,
};

/**
 * n points. One that is not finite, or not positive on a logarithmic axis, is left out; a line has
 * a gap there.
 */
struct lb_series {
    const char *label; ///< for the legend; NULL: not in it
    enum lb_series_kind kind;
    const double *x;
    const double *y;
    size_t n;
    struct lb_color color;
    const struct lb_color *colors; ///< n of them for dots, or NULL: all have `color`
    double size;                   ///< line width or radius of the dots; 0: 2 or 3 pixels
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
