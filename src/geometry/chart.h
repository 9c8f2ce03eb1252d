/* What a dataset's text says of its manifold's coordinates, see cl/lib/dataset.cl. */
#ifndef LB_GEOMETRY_CHART_H
#define LB_GEOMETRY_CHART_H

struct lb_chart {
    int lines;          ///< coordinate lines; 0: none
    char hue[32];       ///< what a colour's hue stands for; empty: there are no colours
    char lightness[32]; ///< what its lightness stands for
};

#endif
