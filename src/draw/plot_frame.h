/* The area of a chart's data and what is drawn into it; for plot.c and pages. */
#ifndef LB_DRAW_PLOT_FRAME_H
#define LB_DRAW_PLOT_FRAME_H

#include "draw/plot.h"
#include "draw/axis_scale.h"

struct lb_frame {
    struct lb_rect area;
    struct lb_scale x;
    struct lb_scale y;
};

/** The range of one axis over the points that both axes can show; ticks are not chosen yet. */
struct lb_scale lb_plot_scale(const struct lb_plot *plot, bool vertical);

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
