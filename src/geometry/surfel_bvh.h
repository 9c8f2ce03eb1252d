/* Clusters pieces of surface into surfels, and builds the tree over them. */
#ifndef LB_GEOMETRY_SURFEL_BVH_H
#define LB_GEOMETRY_SURFEL_BVH_H

#include "geometry/surfel.h"

/**
 * Lengths (in units of the object) and ratios that differ by less count as equal. Boxes and other
 * regular meshes are full of ties. If rounding broke them, the same mesh in other units or at
 * another position would get different surfels.
 */
#define LB_SURFEL_TIE 1e-8

/** A small piece of a triangle. */
struct lb_piece {
    double center[3];
    float area[3]; ///< normal times area
    float color[3];
};

/**
 * Makes surfels and nodes from n pieces, which it reorders. A cell of the tree no wider than
 * `width` becomes one surfel, or two if it contains both sides of a thin sheet.
 *
 * @return false when out of memory; free partial results with lb_surfels_free()
 */
bool lb_surfel_bvh_build(struct lb_surfels *surfels, struct lb_piece *pieces, size_t n,
                         double width);

#endif
