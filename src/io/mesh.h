/* Triangle meshes from OBJ and OFF files. */
#ifndef LB_IO_MESH_H
#define LB_IO_MESH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/context.h"

#define LB_MESH_MAX_VERTICES  10000000
#define LB_MESH_MAX_TRIANGLES 4000000

/** Starts as {0}; the caller frees it with lb_mesh_free(), also after a failure. */
struct lb_mesh {
    size_t n_vertices;
    size_t n_triangles;
    double *vertices;       ///< (n_vertices, 3), finite
    uint32_t *triangles;    ///< (n_triangles, 3) indices of vertices, of polygons cut by
                            ///< lb_triangulate()
    float *vertex_colors;   ///< (n_vertices, 3) in [0,1], or NULL
    float *triangle_colors; ///< (n_triangles, 3) in [0,1], or NULL
    uint64_t hash;          ///< of the file's bytes (FNV-1a): tells a changed file
    /* The readers' own: */
    size_t vertex_capacity;
    size_t triangle_capacity;
    uint32_t *face; ///< its corners, then room for its triangles
    size_t face_count;
    size_t face_capacity; ///< of corners
    bool vertices_colored;
    bool triangles_colored;
};

/**
 * Reads a .obj or .off file, by the end of its name: OBJ v (with colours) and f; OFF, COFF, NOFF
 * and CNOFF as text. Materials, textures, normals and lines are passed over.
 *
 * @return LB_OK; LB_ERR_FORMAT (names file and line: a number, an index or a count that cannot be,
 *         a file cut short, no triangle, more than LB_MESH_MAX_TRIANGLES, all points equal);
 *         LB_ERR_NOT_FOUND, LB_ERR_IO, LB_ERR_MEMORY
 */
enum lb_status lb_mesh_read(struct lb_mesh *mesh, struct lb_context *ctx, const char *path);

/** The same from memory, which need not end in NUL; `path` tells the format and is for messages. */
enum lb_status lb_mesh_parse(struct lb_mesh *mesh, struct lb_context *ctx, const char *path,
                             const char *bytes, size_t size);

void lb_mesh_free(struct lb_mesh *mesh);

#endif
