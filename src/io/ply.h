/*
 * Polygon File Format (Stanford): a header that lists elements and their properties, then their
 * values as text or binary in either byte order. Reads elements vertex with x y z and colours, face
 * with a list of corners and colours, and tristrips with a list; skips all others.
 */
#ifndef LB_IO_PLY_H
#define LB_IO_PLY_H

#include "io/mesh_builder.h"

/** Reads the whole file; LB_ERR_FORMAT names file and line, or for a binary file the element. */
enum lb_status lb_mesh_parse_ply(struct lb_mesh_builder *builder, struct lb_mesh_text *text);

#endif
