/*
 * Polygon File Format (Stanford): a header that lists elements and their properties, then their
 * values as text or binary of either byte order. Elements vertex with x y z and colours, face with
 * a list of corners and colours, tristrips with a list; all others are passed over.
 */
#ifndef LB_IO_PLY_H
#define LB_IO_PLY_H

#include "io/mesh_builder.h"

/** Reads the whole file; LB_ERR_FORMAT names file and line, or of a binary one the element. */
enum lb_status lb_mesh_parse_ply(struct lb_mesh_builder *builder, struct lb_mesh_text *text);

#endif
