/* Wavefront OBJ: `v x y z [w] [r g b [a]]` and `f v/vt/vn ...`, indices from 1, or from -1
 * backwards. Statements of other names are passed over. */
#ifndef LB_IO_OBJ_H
#define LB_IO_OBJ_H

#include "io/mesh_builder.h"

/** Reads the whole text; LB_ERR_FORMAT names file and line. */
enum lb_status lb_mesh_parse_obj(struct lb_mesh_builder *builder, struct lb_mesh_text *text);

#endif
