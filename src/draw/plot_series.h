/* The series of a chart, and the area of its data that they are drawn into. */
#ifndef LB_DRAW_PLOT_SERIES_H
#define LB_DRAW_PLOT_SERIES_H

#include <stdbool.h>
#include <stddef.h>

#include "draw/axis_scale.h"
#include "draw/canvas.h"

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

/** The area of the data, and the scales along its sides. */
struct lb_frame {
    struct lb_rect area;
    struct lb_scale x;
    struct lb_scale y;
};

/** The pixel of a coordinate (not value) of the x or y scale. */
double lb_frame_x(const struct lb_frame *frame, double at);
double lb_frame_y(const struct lb_frame *frame, double at);

/** The sides of bar i, values of x. */
void lb_bar_sides(const struct lb_series *series, size_t i, bool log, double *left, double *right);

/** Draws a series; the canvas must be clipped to the area. */
void lb_frame_draw(struct lb_canvas *canvas, const struct lb_frame *frame,
                   const struct lb_series *series);

/** The series' sample in a legend, `width` pixels from (x,y) on, y its middle. */
void lb_frame_draw_sample(struct lb_canvas *canvas, double x, double y, double width,
                          const struct lb_series *series);

#endif
