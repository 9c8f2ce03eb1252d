#include "mesh_support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/mesh_read.h"

enum lb_status parse_mesh(const struct device_fixture *fixture, struct lb_mesh *mesh,
                          const char *path, const char *bytes, size_t size)
{
    char *copy = allocate(size > 0 ? size : 1, 1);
    memcpy(copy, bytes, size);
    *mesh = (struct lb_mesh){0};
    const enum lb_status status = lb_mesh_parse(mesh, fixture->ctx, path, copy, size);
    free(copy);
    return status;
}

void damage_mesh(const struct device_fixture *fixture, const char *path, const char *bytes,
                 size_t size)
{
    char *changed = allocate(size + 1, 1);
    for (size_t change = 0; change < 9 * size; change++) {
        struct lb_mesh mesh;
        memcpy(changed, bytes, size);
        const size_t place = change / 9;
        if (change % 9 < 8) {
            changed[place] = (char)(changed[place] ^ (1 << change % 9));
        }
        const enum lb_status status =
            parse_mesh(fixture, &mesh, path, changed, change % 9 < 8 ? size : place);
        if (status != LB_OK && status != LB_ERR_FORMAT) {
            fail_msg("%s, change %zu: status %d, expected 0 or %d: %s", path, change, (int)status,
                     (int)LB_ERR_FORMAT, lb_context_error(fixture->ctx));
        }
        for (size_t k = 0; status == LB_OK && k < 3 * mesh.n_triangles; k++) {
            assert_true(mesh.triangles[k] < mesh.n_vertices);
        }
        for (size_t k = 0; status == LB_OK && k < 3 * mesh.n_vertices; k++) {
            assert_true(isfinite(mesh.vertices[k]));
        }
        lb_mesh_free(&mesh);
    }
    free(changed);
}
