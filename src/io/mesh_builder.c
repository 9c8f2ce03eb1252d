#include "io/mesh_builder.h"

#include <stdlib.h>
#include <string.h>

#include "io/triangulate.h"

/* Doubles the capacity of two arrays of triples once it is used up. */
static bool grow(size_t n, size_t *capacity, void **a, size_t a_bytes, float **colors)
{
    if (n < *capacity) {
        return true;
    }
    const size_t larger = *capacity > 0 ? 2 * *capacity : 1024;
    void *grown = realloc(*a, larger * 3 * a_bytes);
    if (grown == NULL) {
        return false;
    }
    *a = grown;
    float *grown_colors = realloc(*colors, larger * 3 * sizeof **colors);
    if (grown_colors == NULL) {
        return false;
    }
    *colors = grown_colors;
    *capacity = larger;
    return true;
}

/* Colours are kept for all elements or for none. */
static enum lb_status check_color(const struct lb_mesh_text *text, const char *what, size_t n,
                                  bool has_color, bool *colored)
{
    if (n == 0) {
        *colored = has_color;
    }
    if (*colored != has_color) {
        return lb_mesh_fail(text,
                            "this %s has %s, unlike those before (give all of them a colour, "
                            "or none)",
                            what, has_color ? "a colour" : "no colour");
    }
    return LB_OK;
}

enum lb_status lb_mesh_builder_add_vertex(struct lb_mesh_builder *builder,
                                          const struct lb_mesh_text *text, const double *point,
                                          const float *color)
{
    struct lb_mesh *mesh = builder->mesh;
    const size_t n = mesh->n_vertices;
    if (n == LB_MESH_MAX_VERTICES) {
        return lb_mesh_fail(text, "more than %d vertices (simplify the mesh)",
                            LB_MESH_MAX_VERTICES);
    }
    LB_TRY(check_color(text, "vertex", n, color != NULL, &builder->vertices_colored));
    void *points = mesh->vertices;
    const bool grown =
        grow(n, &builder->vertex_capacity, &points, sizeof *mesh->vertices, &mesh->vertex_colors);
    mesh->vertices = points;
    if (!grown) {
        return lb_fail_memory(text->ctx, text->path);
    }
    memcpy(mesh->vertices + 3 * n, point, 3 * sizeof *point);
    if (color != NULL) {
        memcpy(mesh->vertex_colors + 3 * n, color, 3 * sizeof *color);
    }
    mesh->n_vertices++;
    return LB_OK;
}

static enum lb_status fail_triangles(const struct lb_mesh_text *text)
{
    return lb_mesh_fail(text, "more than %d triangles (simplify the mesh)", LB_MESH_MAX_TRIANGLES);
}

static enum lb_status add_triangle(struct lb_mesh_builder *builder, const struct lb_mesh_text *text,
                                   const uint32_t *corners, const float *color)
{
    struct lb_mesh *mesh = builder->mesh;
    const size_t n = mesh->n_triangles;
    if (n == LB_MESH_MAX_TRIANGLES) {
        return fail_triangles(text);
    }
    LB_TRY(check_color(text, "face", n, color != NULL, &builder->triangles_colored));
    void *triangles = mesh->triangles;
    const bool grown = grow(n, &builder->triangle_capacity, &triangles, sizeof *mesh->triangles,
                            &mesh->triangle_colors);
    mesh->triangles = triangles;
    if (!grown) {
        return lb_fail_memory(text->ctx, text->path);
    }
    memcpy(mesh->triangles + 3 * n, corners, 3 * sizeof *corners);
    if (color != NULL) {
        memcpy(mesh->triangle_colors + 3 * n, color, 3 * sizeof *color);
    }
    mesh->n_triangles++;
    return LB_OK;
}

enum lb_status lb_mesh_builder_add_corner(struct lb_mesh_builder *builder,
                                          const struct lb_mesh_text *text, uint32_t corner)
{
    if (builder->face_count == LB_MESH_MAX_TRIANGLES + 2) {
        return fail_triangles(text);
    }
    if (builder->face_count == builder->face_capacity) {
        const size_t larger = builder->face_capacity > 0 ? 2 * builder->face_capacity : 64;
        uint32_t *grown = realloc(builder->face, 4 * larger * sizeof *grown);
        if (grown == NULL) {
            return lb_fail_memory(text->ctx, text->path);
        }
        builder->face = grown;
        builder->face_capacity = larger;
    }
    builder->face[builder->face_count++] = corner;
    return LB_OK;
}

enum lb_status lb_mesh_builder_end_face(struct lb_mesh_builder *builder,
                                        const struct lb_mesh_text *text, const float *color)
{
    uint32_t *triangles = builder->face + builder->face_capacity;
    size_t count = 0;
    switch (lb_triangulate(builder->mesh->vertices, builder->face, builder->face_count, triangles,
                           &count)) {
    case LB_TRIANGULATE_TOO_MANY:
        return lb_mesh_fail(text, "a concave face of %zu corners (cut it into faces of at most %d)",
                            builder->face_count, LB_TRIANGULATE_MAX_CORNERS);
    case LB_TRIANGULATE_MEMORY:
        return lb_fail_memory(text->ctx, text->path);
    case LB_TRIANGULATE_DONE:
        break;
    }
    builder->face_count = 0;
    for (size_t i = 0; i < count; i++) {
        LB_TRY(add_triangle(builder, text, triangles + 3 * i, color));
    }
    return LB_OK;
}

void lb_mesh_builder_finish(struct lb_mesh_builder *builder)
{
    struct lb_mesh *mesh = builder->mesh;
    free(builder->face);
    builder->face = NULL;
    if (!builder->vertices_colored) {
        free(mesh->vertex_colors);
        mesh->vertex_colors = NULL;
    }
    if (!builder->triangles_colored) {
        free(mesh->triangle_colors);
        mesh->triangle_colors = NULL;
    }
}
