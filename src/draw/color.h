/* Colours of series, and of points of the unit ball. */
#ifndef LB_DRAW_COLOR_H
#define LB_DRAW_COLOR_H

#include <stddef.h>

#include "draw/canvas.h"

/** The i-th of eight colours distinguishable by colour-blind people; repeats after them. */
struct lb_color lb_color_series(size_t i);

/**
 * Colour of a point of the unit ball: hue from the angle around the third axis, saturation from the
 * distance to that axis, lightness from the third coordinate. Continuous; clamped outside the ball,
 * grey for NaN.
 */
struct lb_color lb_color_ball(double x, double y, double z);

/** a + t (b - a) in each channel, t in [0,1]. */
struct lb_color lb_color_mix(struct lb_color a, struct lb_color b, double t);

#endif
