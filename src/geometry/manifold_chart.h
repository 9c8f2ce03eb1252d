/* Coordinate lines and colours of a manifold, for plots. */
#ifndef LB_GEOMETRY_MANIFOLD_CHART_H
#define LB_GEOMETRY_MANIFOLD_CHART_H

#include <lowbend/dataset.h>

#include "geometry/chart.h"

const struct lb_chart *lb_dataset_chart(const struct lb_dataset *dataset);

/** Points (lines, per_line, p) on the chart's lines, at equal steps, per_line >= 2. */
enum lb_status lb_dataset_grid(struct lb_dataset *dataset, size_t per_line, float *points);

/** colors (n, 3): chart colours of points (n, p), in the unit ball: see lb_color_ball(). */
enum lb_status lb_dataset_colors(struct lb_dataset *dataset, const float *points, size_t n,
                                 float *colors);

#endif
