/* Wavefront OBJ: `v x y z [w] [r g b [a]]` and `f v/vt/vn ...`, with indices from 1, or backwards
 * from -1. Other statements are skipped. */
#ifndef LB_IO_OBJ_H
#define LB_IO_OBJ_H

#include "io/mesh_builder.h"

/** Reads the whole text; LB_ERR_FORMAT names file and line. */
enum lb_status lb_mesh_parse_obj(struct lb_mesh_builder *builder, struct lb_mesh_text *text);

#endif
