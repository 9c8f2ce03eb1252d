/*
 * Meshes as surfels (surface elements) at the resolution of a picture, under a tree of spheres.
 *
 * The triangles are cut and clustered until each surfel stands for a piece of surface of about one
 * and a half pixels, so that what a picture costs depends on its size, not on the number of
 * triangles. cl/lib/surfel.cl draws them.
 */
#ifndef LB_GEOMETRY_SURFEL_H
#define LB_GEOMETRY_SURFEL_H

#include "io/mesh.h"

/** The object's sphere about the origin; seen from a distance of 3 it fits into [-1,1]^2. */
#define LB_SURFEL_SPHERE 0.85

struct lb_surfel {
    float position[3]; ///< area centroid of its piece
    float area;
    float normal[3]; ///< unit, outward for closed meshes
    float color[3];  ///< in [0,1]
};

/** A node, in depth-first order: a sphere that holds the positions of its surfels. */
struct lb_surfel_node {
    float center[3];
    float radius;
    size_t skip;  ///< the next node that is not below this one
    size_t first; ///< of its surfels
    size_t count;
    bool leaf;
};

/** Starts as {0}; the caller frees it with lb_surfels_free(), also after a failure. */
struct lb_surfels {
    struct lb_surfel *surfels; ///< in the order of the nodes
    size_t count;
    struct lb_surfel_node *nodes;
    size_t node_count;
    float radius; ///< of the kernel that spreads one, in units of the object
};

/**
 * Centres and scales the mesh into the sphere of LB_SURFEL_SPHERE and makes its surfels for
 * pictures whose pixels are `pixel` wide (2 / size).
 *
 * Meshes without colours get soft ones that vary with the position. A mesh that is inside out is
 * turned round. The same mesh and pixel give the same surfels.
 *
 * @param path for messages
 *
 * @return LB_OK, LB_ERR_FORMAT (no area, or too many surfels for the size), LB_ERR_MEMORY
 */
enum lb_status lb_surfels_build(struct lb_surfels *surfels, struct lb_context *ctx,
                                const struct lb_mesh *mesh, const char *path, double pixel);
void lb_surfels_free(struct lb_surfels *surfels);

/**
 * The constant buffer of cl/lib/surfel.cl, malloc'ed, NULL when out of memory: floats in groups of
 * 4, whole numbers as floats.
 *
 * @param count receives the number of floats
 */
float *lb_surfels_pack(const struct lb_surfels *surfels, size_t *count);

#endif
