#include "io/mesh_builder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/triangulate.h"

/* Doubles the capacity of two arrays of triples when full. */
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

static void set_color(float *target, const float *color)
{
    for (size_t k = 0; k < 3; k++) {
        target[k] = color != NULL ? color[k] : NAN;
    }
}

enum lb_status lb_mesh_builder_color(struct lb_mesh_builder *builder,
                                     const struct lb_mesh_text *text, const double *rgb,
                                     double full, float *color)
{
    const double white = full > 0.0 ? full : builder->color_full;
    const double largest = full > 0.0 ? full : 255.0;
    for (size_t k = 0; k < 3; k++) {
        if (!(rgb[k] >= -LB_MESH_COLOR_SLACK * white &&
              rgb[k] <= largest * (1.0 + LB_MESH_COLOR_SLACK))) {
            return lb_mesh_fail(text, "colour %g is not in 0 to %s%g (rescale the colours)", rgb[k],
                                full > 0.0 ? "" : "1, nor in 0 to ", largest);
        }
        if (full == 0.0) {
            builder->largest_color = fmax(builder->largest_color, rgb[k]);
        }
        color[k] = (float)fmin(fmax(rgb[k] / white, 0.0), 1.0);
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
    void *points = mesh->vertices;
    const bool grown =
        grow(n, &builder->vertex_capacity, &points, sizeof *mesh->vertices, &mesh->vertex_colors);
    mesh->vertices = points;
    if (!grown) {
        return lb_fail_memory(text->ctx, text->path);
    }
    memcpy(mesh->vertices + 3 * n, point, 3 * sizeof *point);
    set_color(mesh->vertex_colors + 3 * n, color);
    builder->colored_vertices += color != NULL;
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
    void *triangles = mesh->triangles;
    const bool grown = grow(n, &builder->triangle_capacity, &triangles, sizeof *mesh->triangles,
                            &mesh->triangle_colors);
    mesh->triangles = triangles;
    if (!grown) {
        return lb_fail_memory(text->ctx, text->path);
    }
    memcpy(mesh->triangles + 3 * n, corners, 3 * sizeof *corners);
    set_color(mesh->triangle_colors + 3 * n, color);
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
    if (builder->face_count < 3) {
        builder->notes.small_faces++;
        builder->face_count = 0;
        return LB_OK;
    }
    uint32_t *triangles = builder->face + builder->face_capacity;
    size_t count = 0;
    builder->face_total++;
    builder->colored_faces += color != NULL;
    switch (lb_triangulate(builder->mesh->vertices, builder->face, builder->face_count, triangles,
                           &count)) {
    case LB_TRIANGULATE_TOO_MANY:
        return lb_mesh_fail(text,
                            "a concave face of %zu corners (split it into faces of at most %d)",
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

void lb_mesh_builder_unknown(struct lb_mesh_builder *builder, const struct lb_mesh_text *text,
                             struct lb_mesh_word name)
{
    struct lb_mesh_notes *notes = &builder->notes;
    if (notes->unknown == 0) {
        notes->unknown_name = lb_mesh_quote(name);
        notes->unknown_line = text->line;
    }
    notes->unknown++;
}

void lb_mesh_builder_finish(struct lb_mesh_builder *builder)
{
    struct lb_mesh *mesh = builder->mesh;
    free(builder->face);
    builder->face = NULL;
    if (builder->colored_vertices == 0) {
        free(mesh->vertex_colors);
        mesh->vertex_colors = NULL;
    }
    if (builder->colored_faces == 0) {
        free(mesh->triangle_colors);
        mesh->triangle_colors = NULL;
    }
}

void lb_mesh_builder_report(const struct lb_mesh_builder *builder, struct lb_context *ctx,
                            const char *path)
{
    const struct lb_mesh_notes *notes = &builder->notes;
    const size_t vertices = builder->mesh->n_vertices;
    if (notes->unknown > 0) {
        lb_log_once(ctx, LB_LOG_WARNING,
                    "%s: skipped %zu unknown statements, first '%s' in line %zu", path,
                    notes->unknown, notes->unknown_name.text, notes->unknown_line);
    }
    if (notes->small_faces > 0) {
        lb_log_once(ctx, LB_LOG_WARNING, "%s: skipped faces of fewer than 3 corners: %zu", path,
                    notes->small_faces);
    }
    if (notes->surplus > 0) {
        lb_log_once(ctx, LB_LOG_WARNING,
                    "%s: skipped %zu %s more than its header counts (correct the counts if they "
                    "belong to the mesh)",
                    path, notes->surplus, notes->unit);
    }
    if (builder->color_full > 1.0) {
        lb_log_once(ctx, LB_LOG_WARNING, "%s: has colours above 1, which are read as 0 to %g", path,
                    builder->color_full);
    }
    if (builder->colored_vertices > 0 && builder->colored_vertices < vertices) {
        lb_log_once(ctx, LB_LOG_WARNING,
                    "%s: %zu of %zu vertices have no colour (they get the default)", path,
                    vertices - builder->colored_vertices, vertices);
    }
    if (builder->colored_faces > 0 && builder->colored_faces < builder->face_total) {
        lb_log_once(ctx, LB_LOG_WARNING, "%s: %zu of %zu faces have no colour (they get %s)", path,
                    builder->face_total - builder->colored_faces, builder->face_total,
                    builder->colored_vertices > 0 ? "that of their corners" : "the default");
    }
    if (notes->attributes) {
        lb_log(ctx, LB_LOG_WARNING,
               "%s: has attributes, where some programs store colours: these are ignored (convert "
               "it to PLY if it has colours)",
               path);
    }
}
