/*
 * Stereolithography files: triangles without shared vertices, as text (solid, facet, vertex x y z)
 * or binary: 80 bytes, the count, then for each a normal, three points and two bytes.
 */
#ifndef LB_IO_STL_H
#define LB_IO_STL_H

#include "io/mesh_builder.h"

/** Reads the whole file; LB_ERR_FORMAT names file and line, or for a binary file the facet. */
enum lb_status lb_mesh_parse_stl(struct lb_mesh_builder *builder, struct lb_mesh_text *text);

#endif
