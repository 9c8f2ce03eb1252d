/* What a manifold offers to pictures: its coordinate lines and its colours. */
#ifndef LB_GEOMETRY_MANIFOLD_CHART_H
#define LB_GEOMETRY_MANIFOLD_CHART_H

#include <lowbend/dataset.h>

#include "geometry/chart.h"

const struct lb_chart *lb_dataset_chart(const struct lb_dataset *dataset);

/** The points (lines, per_line, p) of the chart's lines, per_line >= 2 at equal steps of each. */
enum lb_status lb_dataset_grid(struct lb_dataset *dataset, size_t per_line, float *points);

/** colors (n, 3): what the chart makes of points (n, p), in the unit ball: see lb_color_ball(). */
enum lb_status lb_dataset_colors(struct lb_dataset *dataset, const float *points, size_t n,
                                 float *colors);

#endif
