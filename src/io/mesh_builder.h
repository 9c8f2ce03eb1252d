/* Vertices and polygons, one after the other, become a mesh. */
#ifndef LB_IO_MESH_BUILDER_H
#define LB_IO_MESH_BUILDER_H

#include <stdbool.h>

#include "io/mesh.h"
#include "io/mesh_text.h"

#define LB_MESH_MAX_TRIANGLES 4000000
#define LB_MESH_MAX_VERTICES  (3 * LB_MESH_MAX_TRIANGLES) // as many as an STL file has

/** Colours from 0 to 1 may be off by this much, from rounding: they are clamped. */
#define LB_MESH_COLOR_SLACK 0.01

/** What was passed over, or taken otherwise than it stands in the file. */
struct lb_mesh_notes {
    size_t unknown;                    ///< statements
    struct lb_mesh_quote unknown_name; ///< the first one
    size_t unknown_line;
    size_t small_faces; ///< of fewer than 3 corners
    size_t surplus;     ///< behind the elements that the file's start counts
    const char *unit;   ///< of `surplus`
    bool attributes;    ///< of STL facets: programs do not agree on which colour they are
};

/** Starts as {.mesh, .color_full}; the builder fills the mesh; end with lb_mesh_builder_finish().
 */
struct lb_mesh_builder {
    struct lb_mesh *mesh; ///< the caller's
    double color_full;    ///< of colours that are real numbers: 1, or 255
    double largest_color; ///< of these
    struct lb_mesh_notes notes;
    size_t face_total; ///< those of 3 or more corners
    size_t colored_faces;
    size_t colored_vertices;
    size_t vertex_capacity;
    size_t triangle_capacity;
    uint32_t *face; ///< its corners, then space for its triangles
    size_t face_count;
    size_t face_capacity; ///< of corners
};

/**
 * Reads a colour.
 *
 * @param full  the value of white; 0 for real numbers, whose white the whole file tells: 1, or 255
 *              where one of them lies above 1 (see color_full)
 * @param color receives r, g and b in [0,1]
 */
enum lb_status lb_mesh_builder_color(struct lb_mesh_builder *builder,
                                     const struct lb_mesh_text *text, const double *rgb,
                                     double full, float *color);
/** Appends a vertex; `color` NULL: it has none. */
enum lb_status lb_mesh_builder_add_vertex(struct lb_mesh_builder *builder,
                                          const struct lb_mesh_text *text, const double *point,
                                          const float *color);
/** Appends a corner to the face that is being read: a vertex that the caller checked. */
enum lb_status lb_mesh_builder_add_corner(struct lb_mesh_builder *builder,
                                          const struct lb_mesh_text *text, uint32_t corner);
/** Ends a face: appends its triangles, none for fewer than 3 corners; `color` as above. */
enum lb_status lb_mesh_builder_end_face(struct lb_mesh_builder *builder,
                                        const struct lb_mesh_text *text, const float *color);

/** Counts a statement that is not known and passed over. */
void lb_mesh_builder_unknown(struct lb_mesh_builder *builder, const struct lb_mesh_text *text,
                             struct lb_mesh_word name);

/** Frees what only building needs, and the colours of a mesh that has none; also after a failure.
 */
void lb_mesh_builder_finish(struct lb_mesh_builder *builder);
/** Logs the notes as warnings that begin with `path`, each once for this context. */
void lb_mesh_builder_report(const struct lb_mesh_builder *builder, struct lb_context *ctx,
                            const char *path);

#endif
