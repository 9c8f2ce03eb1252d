/* Builds a mesh from vertices and polygons, one at a time. */
#ifndef LB_IO_MESH_BUILDER_H
#define LB_IO_MESH_BUILDER_H

#include <stdbool.h>

#include "io/mesh.h"
#include "io/mesh_text.h"

#define LB_MESH_MAX_TRIANGLES 4000000
#define LB_MESH_MAX_VERTICES  (3 * LB_MESH_MAX_TRIANGLES) // as many as an STL file can have

/** Colours in 0 to 1 may exceed the range by this much, due to rounding; they are clamped. */
#define LB_MESH_COLOR_SLACK 0.01

/** Parts of the file that were skipped or interpreted. */
struct lb_mesh_notes {
    size_t unknown;                    ///< unknown statements
    struct lb_mesh_quote unknown_name; ///< the first of them
    size_t unknown_line;
    size_t small_faces; ///< faces of fewer than 3 corners
    size_t surplus;     ///< elements beyond the counts in the header
    const char *unit;   ///< unit of `surplus`
    bool attributes;    ///< STL attributes: programs disagree on their colour format
};

/** Initialise with {.mesh, .color_full}; the builder fills the mesh; finish with
 * lb_mesh_builder_finish(). */
struct lb_mesh_builder {
    struct lb_mesh *mesh; ///< owned by the caller
    double color_full;    ///< full value of real-valued colours: 1, or 255
    double largest_color; ///< largest real-valued colour
    struct lb_mesh_notes notes;
    size_t face_total; ///< faces of 3 or more corners
    size_t colored_faces;
    size_t colored_vertices;
    size_t vertex_capacity;
    size_t triangle_capacity;
    uint32_t *face; ///< its corners, then space for its triangles
    size_t face_count;
    size_t face_capacity; ///< capacity in corners
};

/**
 * Reads a colour.
 *
 * @param full  the value of white; 0 for real numbers, whose range depends on the whole file: 1, or
 *              255 if any is above 1 (see color_full)
 * @param color receives r, g and b in [0,1]
 */
enum lb_status lb_mesh_builder_color(struct lb_mesh_builder *builder,
                                     const struct lb_mesh_text *text, const double *rgb,
                                     double full, float *color);
/** Appends a vertex; `color` NULL: none. */
enum lb_status lb_mesh_builder_add_vertex(struct lb_mesh_builder *builder,
                                          const struct lb_mesh_text *text, const double *point,
                                          const float *color);
/** Appends a corner to the present face; the caller has checked the vertex index. */
enum lb_status lb_mesh_builder_add_corner(struct lb_mesh_builder *builder,
                                          const struct lb_mesh_text *text, uint32_t corner);
/** Ends a face and appends its triangles, none for fewer than 3 corners; `color` as above. */
enum lb_status lb_mesh_builder_end_face(struct lb_mesh_builder *builder,
                                        const struct lb_mesh_text *text, const float *color);

/** Counts an unknown, skipped statement. */
void lb_mesh_builder_unknown(struct lb_mesh_builder *builder, const struct lb_mesh_text *text,
                             struct lb_mesh_word name);

/** Frees temporary data, and the colour arrays of a mesh without colours; also after a failure. */
void lb_mesh_builder_finish(struct lb_mesh_builder *builder);
/** Logs the notes as warnings that start with `path`, each once per context. */
void lb_mesh_builder_report(const struct lb_mesh_builder *builder, struct lb_context *ctx,
                            const char *path);

#endif
