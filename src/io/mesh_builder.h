/* Vertices and polygons, one after the other, become a mesh. */
#ifndef LB_IO_MESH_BUILDER_H
#define LB_IO_MESH_BUILDER_H

#include <stdbool.h>

#include "io/mesh.h"
#include "io/mesh_text.h"

#define LB_MESH_MAX_VERTICES  10000000
#define LB_MESH_MAX_TRIANGLES 4000000

/** Starts as {.mesh}, which the builder fills; end with lb_mesh_builder_finish(). */
struct lb_mesh_builder {
    struct lb_mesh *mesh; ///< the caller's
    size_t vertex_capacity;
    size_t triangle_capacity;
    uint32_t *face; ///< its corners, then space for its triangles
    size_t face_count;
    size_t face_capacity; ///< of corners
    bool vertices_colored;
    bool triangles_colored;
};

/** Appends a vertex; `color` NULL: it has none, which all vertices then must have in common. */
enum lb_status lb_mesh_builder_add_vertex(struct lb_mesh_builder *builder,
                                          const struct lb_mesh_text *text, const double *point,
                                          const float *color);
/** Appends a corner to the face that is being read: a vertex that the caller checked. */
enum lb_status lb_mesh_builder_add_corner(struct lb_mesh_builder *builder,
                                          const struct lb_mesh_text *text, uint32_t corner);
/** Ends a face of 3 or more corners: appends its triangles; `color` as above. */
enum lb_status lb_mesh_builder_end_face(struct lb_mesh_builder *builder,
                                        const struct lb_mesh_text *text, const float *color);

/** Frees what only building needs, and the colours of a mesh that has none; also after a failure.
 */
void lb_mesh_builder_finish(struct lb_mesh_builder *builder);

#endif
