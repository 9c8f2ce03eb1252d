/* Series of a chart, and the data area where they are drawn. */
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
    LB_SERIES_BARS,  ///< histogram bars: from 0, or the lower end of the y axis, to y
    LB_SERIES_MARKS, ///< dashed vertical lines at x over the full height; y is ignored
};

/**
 * n points. Points that are not finite, or not positive on a logarithmic axis, are skipped, and
 * lines have a gap there. A bar extends from x - size/2 to x + size/2, on a logarithmic axis from x
 * / sqrt(size) to x sqrt(size).
 */
struct lb_series {
    const char *label; ///< legend text; NULL: not in the legend
    enum lb_series_kind kind;
    const double *x;
    const double *y;
    const double *error; ///< n half lengths of error bars for lines and dots, or NULL: none
    size_t n;
    struct lb_color color;
    const struct lb_color *colors; ///< n colours for lines and dots, or NULL: all `color`
    double size; ///< line width or dot radius (0: 2 or 3 pixels); for bars their width, see above
};

/** The area of the data, and the scales along its sides. */
struct lb_frame {
    struct lb_rect area;
    struct lb_scale x;
    struct lb_scale y;
};

/** Pixel of a coordinate (not a value) of the x or y scale. */
double lb_frame_x(const struct lb_frame *frame, double at);
double lb_frame_y(const struct lb_frame *frame, double at);

/** Sides of bar i as values of x. */
void lb_bar_sides(const struct lb_series *series, size_t i, bool log, double *left, double *right);

/** Draws a series; the canvas must be clipped to the area. */
void lb_frame_draw(struct lb_canvas *canvas, const struct lb_frame *frame,
                   const struct lb_series *series);

/** Draws the legend sample of the series, `width` pixels from (x,y) on; y is its middle. */
void lb_frame_draw_sample(struct lb_canvas *canvas, double x, double y, double width,
                          const struct lb_series *series);

#endif
