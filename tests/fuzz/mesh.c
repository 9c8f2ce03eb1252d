/* Meshes: the first byte chooses between OBJ and OFF where MESH_NAME states no other format;
 * indices of what is accepted are valid, colours in [0,1] or none. */
#include <math.h>

#include "fuzz.h"
#include "io/mesh_read.h"

static void check_colors(const float *colors, size_t n)
{
    for (size_t i = 0; colors != NULL && i < 3 * n; i++) {
        if (colors[i] < 0.0f || colors[i] > 1.0f || isnan(colors[i]) != isnan(colors[i / 3 * 3])) {
            abort();
        }
    }
}

static void check(const struct lb_mesh *mesh)
{
    if (mesh->n_triangles == 0) {
        abort();
    }
    for (size_t i = 0; i < 3 * mesh->n_triangles; i++) {
        if (mesh->triangles[i] >= mesh->n_vertices) {
            abort();
        }
    }
    for (size_t i = 0; i < 3 * mesh->n_vertices; i++) {
        if (!isfinite(mesh->vertices[i])) {
            abort();
        }
    }
    check_colors(mesh->vertex_colors, mesh->n_vertices);
    check_colors(mesh->triangle_colors, mesh->n_triangles);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct lb_context *ctx = fuzz_context();
    struct lb_mesh mesh = {0};
#ifdef MESH_NAME
    const char *path = MESH_NAME;
#else
    const char *path = data[0] % 2 == 0 ? "file.obj" : "file.off";
#endif
    /* Without the NUL, so AddressSanitizer detects reads beyond the end. */
    char *bytes = malloc(size - 1 > 0 ? size - 1 : 1);
    if (bytes == NULL) {
        abort();
    }
    memcpy(bytes, data + 1, size - 1);
    const enum lb_status status = lb_mesh_parse(&mesh, ctx, path, bytes, size - 1);
    fuzz_judge(ctx, status);
    if (status == LB_OK) {
        check(&mesh);
    }
    lb_mesh_free(&mesh);
    free(bytes);
    lb_context_destroy(&ctx);
    return 0;
}
