/* A triangle mesh. */
#ifndef LB_IO_MESH_H
#define LB_IO_MESH_H

#include <stddef.h>
#include <stdint.h>

/** Initialise with {0}; free with lb_mesh_free(), also after a failure. */
struct lb_mesh {
    size_t n_vertices;
    size_t n_triangles;
    double *vertices;       ///< (n_vertices, 3), finite
    uint32_t *triangles;    ///< (n_triangles, 3) indices of vertices; polygons are split by
                            ///< lb_triangulate()
    float *vertex_colors;   ///< (n_vertices, 3) in [0,1], NAN for a vertex without colour; or NULL
    float *triangle_colors; ///< (n_triangles, 3), likewise; or NULL
    uint64_t hash;          ///< hash of the file's bytes (FNV-1a), to detect changes
};

void lb_mesh_free(struct lb_mesh *mesh);

#endif
