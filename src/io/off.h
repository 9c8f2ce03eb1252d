/*
 * Object File Format as text: [C][N]OFF, the numbers of vertices, faces and edges, the vertices x y
 * z [nx ny nz] [r g b [a]], the faces n i1 ... in [r g b [a]]. Comments start with #. Without
 * colours, lines may be broken anywhere.
 */
#ifndef LB_IO_OFF_H
#define LB_IO_OFF_H

#include "io/mesh_builder.h"

/** Reads the whole text; LB_ERR_FORMAT names file and line. */
enum lb_status lb_mesh_parse_off(struct lb_mesh_builder *builder, struct lb_mesh_text *text);

#endif
