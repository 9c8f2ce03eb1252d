/* Colours for pictures: of series, and of points of the unit ball. */
#ifndef LB_DRAW_COLOR_H
#define LB_DRAW_COLOR_H

#include <stddef.h>

#include "draw/canvas.h"

/** The i-th of eight colours that colour-blind people tell apart; starts again after them. */
struct lb_color lb_color_series(size_t i);

/**
 * A point of the unit ball: the angle round the third axis is the hue, the distance from that axis
 * the saturation, the third coordinate the lightness. Continuous; beyond the ball clamped, NaN is
 * grey.
 */
struct lb_color lb_color_ball(double x, double y, double z);

/** a + t (b - a) in each channel, t in [0,1]. */
struct lb_color lb_color_mix(struct lb_color a, struct lb_color b, double t);

#endif
