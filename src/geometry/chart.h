/* What a manifold offers to pictures: its coordinate lines and its colours. */
#ifndef LB_GEOMETRY_CHART_H
#define LB_GEOMETRY_CHART_H

#include <lowbend/dataset.h>

/** As the dataset's text has it, see cl/lib/dataset.cl. */
struct lb_chart {
    int lines;          ///< coordinate lines; 0: none
    char hue[32];       ///< what a colour's hue stands for; empty: there are no colours
    char lightness[32]; ///< what its lightness stands for
};

const struct lb_chart *lb_dataset_chart(const struct lb_dataset *dataset);

/** The points (lines, per_line, p) of the chart's lines, per_line >= 2 at equal steps of each. */
enum lb_status lb_dataset_grid(struct lb_dataset *dataset, size_t per_line, float *points);

/** colors (n, 3): what the chart makes of points (n, p), in the unit ball: see lb_color_ball(). */
enum lb_status lb_dataset_colors(struct lb_dataset *dataset, const float *points, size_t n,
                                 float *colors);

#endif
