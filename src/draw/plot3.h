/* Points and curves in three dimensions in orthographic projection, in a box with axes. */
#ifndef LB_DRAW_PLOT3_H
#define LB_DRAW_PLOT3_H

#include <stdbool.h>
#include <stddef.h>

#include "draw/canvas.h"
#include "draw/color.h"

/** n points (x,y,z); non-finite points are skipped. */
struct lb_points3 {
    const double *points;
    size_t n;
    struct lb_color color;
    const struct lb_color *colors; ///< n colours, or NULL: all points have `color`
    double radius;                 ///< in pixels
};

/** A line through n points (x,y,z), interrupted at non-finite points. */
struct lb_curve3 {
    const double *points;
    size_t n;
    struct lb_color color;
    const struct lb_color *colors; ///< n colours, or NULL: all have `color`
    double width;                  ///< in pixels
};

struct lb_plot3 {
    const char *title;     ///< NULL: none
    const char *labels[3]; ///< of the x, y and z axes; NULL: none
    const struct lb_points3 *points;
    size_t n_points; ///< number of point sets
    const struct lb_curve3 *curves;
    size_t n_curves;
    bool equal;       ///< equal unit length on all axes
    double azimuth;   ///< of the viewer, in degrees from x towards y; default 35
    double elevation; ///< of the viewer above the x-y plane, in degrees; default 25
};

/** Compound literal with the defaults, followed by the caller's fields. */
#define lb_plot3(...) ((struct lb_plot3){.azimuth = 35.0, .elevation = 25.0, __VA_ARGS__})

/** Draws the chart into a rectangle of the canvas. LB_OK, or LB_ERR_MEMORY with nothing drawn. */
enum lb_status lb_plot3_draw(struct lb_canvas *canvas, struct lb_context *ctx, struct lb_rect rect,
                             const struct lb_plot3 *plot);

#endif
