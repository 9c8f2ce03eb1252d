/* Coordinates of the manifold as described by the dataset's source, see cl/lib/dataset.cl. */
#ifndef LB_GEOMETRY_CHART_H
#define LB_GEOMETRY_CHART_H

struct lb_chart {
    int lines;          ///< coordinate lines; 0: none
    char hue[32];       ///< meaning of a colour's hue; empty: no colours
    char lightness[32]; ///< meaning of its lightness
};

#endif
