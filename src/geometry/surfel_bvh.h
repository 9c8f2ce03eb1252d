/* Clustering pieces of surface to surfels, and the tree over them. */
#ifndef LB_GEOMETRY_SURFEL_BVH_H
#define LB_GEOMETRY_SURFEL_BVH_H

#include "geometry/surfel.h"

/**
 * Lengths, in units of the object, and ratios that differ by less are equal. Boxes and other
 * regular meshes are full of ties: left to rounding, they would be broken otherwise where the same
 * mesh has other units or stands elsewhere, and its surfels would be others.
 */
#define LB_SURFEL_TIE 1e-8

/** A small piece of a triangle. */
struct lb_piece {
    double center[3];
    float area[3]; ///< normal times area
    float color[3];
};

/**
 * Makes surfels and nodes from n pieces, which it reorders; a cell of the tree no wider than
 * `width` becomes one surfel, or two where both sides of a thin sheet lie in it.
 *
 * @return false when out of memory; lb_surfels_free() frees what there is
 */
bool lb_surfel_bvh_build(struct lb_surfels *surfels, struct lb_piece *pieces, size_t n,
                         double width);

#endif
