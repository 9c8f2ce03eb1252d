/* From meshes to surfels: splits triangles to about the size of a pixel, then clusters them. */
#ifndef LB_GEOMETRY_SURFEL_BUILD_H
#define LB_GEOMETRY_SURFEL_BUILD_H

#include "base/context.h"
#include "geometry/surfel.h"
#include "io/mesh.h"

/** Radius of the object's sphere around the origin; from a distance of 3 it fits into [-1,1]^2. */
#define LB_SURFEL_SPHERE 0.85

/**
 * Centres and scales the mesh into the sphere of LB_SURFEL_SPHERE and makes its surfels for
 * pictures whose pixels are `pixel` wide (2 / size).
 *
 * A mesh without colours gets soft ones that vary with position. A mesh that is inside out is
 * flipped. The same mesh and pixel give the same surfels.
 *
 * @param path for messages
 *
 * @return LB_OK, LB_ERR_FORMAT (no area, or too many surfels for the size), LB_ERR_MEMORY
 */
enum lb_status lb_surfels_build(struct lb_surfels *surfels, struct lb_context *ctx,
                                const struct lb_mesh *mesh, const char *path, double pixel);

#endif
