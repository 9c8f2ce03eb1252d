/* Triangle meshes from OBJ, OFF, PLY and STL files. */
#ifndef LB_IO_MESH_READ_H
#define LB_IO_MESH_READ_H

#include <stdbool.h>

#include "base/context.h"
#include "io/mesh.h"

/** Whether a file's name ends like that of a mesh. */
bool lb_mesh_is_named(const char *path);

/**
 * Reads a .obj, .off, .ply or .stl file, by the end of its name: OBJ v (with colours) and f; OFF,
 * COFF, NOFF and CNOFF as text; PLY and STL as text and binary. Materials, textures, normals and
 * lines are passed over, and so is what is not known. What a user should hear of the file is
 * logged: each kind once, however often it occurs and the file is read.
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
