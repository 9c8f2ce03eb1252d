/* What the tests of mesh files share. */
#ifndef LB_TESTS_MESH_SUPPORT_H
#define LB_TESTS_MESH_SUPPORT_H

#include "support.h"

#include "io/mesh.h"

/** lb_mesh_parse() of a copy without a NUL behind it, so that the sanitizer sees a read beyond the
 * end. */
enum lb_status parse_mesh(const struct device_fixture *fixture, struct lb_mesh *mesh,
                          const char *path, const char *bytes, size_t size);

/** Whatever is cut off or flipped, the reader ends with a mesh whose indices are right, or refuses.
 */
void damage_mesh(const struct device_fixture *fixture, const char *path, const char *bytes,
                 size_t size);

#endif
