/* Triangle meshes from OBJ, OFF, PLY and STL files. */
#ifndef LB_IO_MESH_READ_H
#define LB_IO_MESH_READ_H

#include <stdbool.h>

#include "base/context.h"
#include "io/mesh.h"

/** Whether a file name has the suffix of a mesh format. */
bool lb_mesh_is_named(const char *path);

/**
 * Reads a .obj, .off, .ply or .stl file, chosen by suffix: OBJ v (with colours) and f; OFF, COFF,
 * NOFF and CNOFF as text; PLY and STL as text and binary. Materials, textures, normals, lines and
 * unknown statements are skipped. Notes for the user are logged once per kind, however often it
 * occurs or the file is read.
 *
 * @return LB_OK; LB_ERR_FORMAT (names file and line: an invalid number, index or count, a truncated
 *         file, no triangle, more than LB_MESH_MAX_TRIANGLES, all points equal); LB_ERR_NOT_FOUND,
 *         LB_ERR_IO, LB_ERR_MEMORY
 */
enum lb_status lb_mesh_read(struct lb_mesh *mesh, struct lb_context *ctx, const char *path);

/** The same from memory, not necessarily NUL-terminated; the suffix of `path` determines the
 * format. */
enum lb_status lb_mesh_parse(struct lb_mesh *mesh, struct lb_context *ctx, const char *path,
                             const char *bytes, size_t size);

#endif
