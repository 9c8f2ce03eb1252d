/*
 * Surfaces as surfels (surface elements) at the resolution of a picture, in a tree of spheres.
 *
 * Each surfel represents a piece of surface of about one and a half pixels, so the cost of a
 * picture depends on its size, not on the number of triangles. surfel_build.h makes them from a
 * mesh, cl/lib/surfel.cl draws them.
 */
#ifndef LB_GEOMETRY_SURFEL_H
#define LB_GEOMETRY_SURFEL_H

#include <stdbool.h>
#include <stddef.h>

struct lb_surfel {
    float position[3]; ///< area centroid of its piece
    float area;
    float normal[3]; ///< unit, outward for closed meshes
    float color[3];  ///< in [0,1]
};

/** A node in depth-first order: a sphere that contains the positions of its surfels. */
struct lb_surfel_node {
    float center[3];
    float radius;
    size_t skip;  ///< the next node outside this subtree
    size_t first; ///< index of its first surfel
    size_t count;
    bool leaf;
};

/** Starts as {0}; the caller frees it with lb_surfels_free(), also after a failure. */
struct lb_surfels {
    struct lb_surfel *surfels; ///< in node order
    size_t count;
    struct lb_surfel_node *nodes;
    size_t node_count;
    float radius; ///< radius of the kernel that spreads a surfel, in units of the object
};

void lb_surfels_free(struct lb_surfels *surfels);

/**
 * The constant buffer of cl/lib/surfel.cl, allocated, NULL when out of memory: floats in groups of
 * 4, integers as floats.
 *
 * @param count receives the number of floats
 */
float *lb_surfels_pack(const struct lb_surfels *surfels, size_t *count);

#endif
