/* Triangle meshes from OBJ and OFF files. */
#ifndef LB_IO_MESH_READ_H
#define LB_IO_MESH_READ_H

#include "base/context.h"
#include "io/mesh.h"

/**
 * Reads a .obj or .off file, by the end of its name: OBJ v (with colours) and f; OFF, COFF, NOFF
 * and CNOFF as text. Materials, textures, normals and lines are passed over.
 *
 * @return LB_OK; LB_ERR_FORMAT (names file and line: a number, an index or a count that cannot be,
 *         a file cut short, no triangle, more than LB_MESH_MAX_TRIANGLES, all points equal);
 *         LB_ERR_NOT_FOUND, LB_ERR_IO, LB_ERR_MEMORY
 */
enum lb_status lb_mesh_read(struct lb_mesh *mesh, struct lb_context *ctx, const char *path);

/** The same from memory, which need not end in NUL; the end of `path` says
 * which format it is. */
enum lb_status lb_mesh_parse(struct lb_mesh *mesh, struct lb_context *ctx, const char *path,
                             const char *bytes, size_t size);

#endif
