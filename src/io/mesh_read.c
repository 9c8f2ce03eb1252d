#include "io/mesh_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/file.h"
#include "base/hash.h"
#include "io/mesh_builder.h"
#include "io/obj.h"
#include "io/off.h"
#include "io/ply.h"
#include "io/stl.h"

static const struct format {
    const char *end;
    enum lb_status (*parse)(struct lb_mesh_builder *builder, struct lb_mesh_text *text);
} formats[] = {
    {".obj", lb_mesh_parse_obj},
    {".off", lb_mesh_parse_off},
    {".ply", lb_mesh_parse_ply},
    {".stl", lb_mesh_parse_stl},
};

/* The format for the file name's suffix, ignoring case. */
static const struct format *find_format(const char *path)
{
    for (size_t i = 0; i < LB_COUNT(formats); i++) {
        const size_t length = strlen(path);
        const size_t tail = strlen(formats[i].end);
        size_t same = 0;
        while (length > tail && same < tail &&
               lb_lower(path[length - tail + same]) == formats[i].end[same]) {
            same++;
        }
        if (same == tail) {
            return &formats[i];
        }
    }
    return NULL;
}

bool lb_mesh_is_named(const char *path)
{
    return find_format(path) != NULL;
}

static enum lb_status check_extent(const struct lb_mesh_builder *builder, struct lb_context *ctx,
                                   const char *path)
{
    const struct lb_mesh *mesh = builder->mesh;
    const struct lb_mesh_notes *notes = &builder->notes;
    if (mesh->n_triangles == 0 && notes->unknown > 0) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s:%zu: contains no triangle, but unknown statements, first '%s' (give a "
                       "mesh of polygons)",
                       path, notes->unknown_line, notes->unknown_name.text);
    }
    if (mesh->n_triangles == 0 && mesh->n_vertices > 0) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: contains no triangle but %zu points (make a surface of them, or check "
                       "whether the file is truncated)",
                       path, mesh->n_vertices);
    }
    if (mesh->n_triangles == 0) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: contains no triangle (the file is truncated, or not a mesh)", path);
    }
    const double *first = mesh->vertices + 3 * (size_t)mesh->triangles[0];
    for (size_t i = 1; i < 3 * mesh->n_triangles; i++) {
        const double *other = mesh->vertices + 3 * (size_t)mesh->triangles[i];
        if (other[0] != first[0] || other[1] != first[1] || other[2] != first[2]) {
            return LB_OK;
        }
    }
    return lb_fail(ctx, LB_ERR_FORMAT, "%s: all points are equal (the mesh has no extent)", path);
}

enum lb_status lb_mesh_parse(struct lb_mesh *mesh, struct lb_context *ctx, const char *path,
                             const char *bytes, size_t size)
{
    const struct format *format = find_format(path);
    if (format == NULL) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: unknown mesh format (the name must end in .obj, .off, .ply or .stl)",
                       path);
    }
    struct lb_mesh_builder builder = {.mesh = mesh, .color_full = 1.0};
    for (;;) {
        struct lb_mesh_text text = {
            .ctx = ctx, .path = path, .at = bytes, .end = bytes + size, .line = 1};
        const enum lb_status status = format->parse(&builder, &text);
        lb_mesh_builder_finish(&builder);
        LB_TRY(status);
        if (builder.largest_color <= builder.color_full * (1.0 + LB_MESH_COLOR_SLACK)) {
            break;
        }
        /* The colour that determines the range may be the last one: read all of them again. */
        lb_mesh_free(mesh);
        builder = (struct lb_mesh_builder){.mesh = mesh, .color_full = 255.0};
    }
    mesh->hash = lb_hash_bytes(bytes, size);
    LB_TRY(check_extent(&builder, ctx, path));
    lb_mesh_builder_report(&builder, ctx, path);
    return LB_OK;
}

enum lb_status lb_mesh_read(struct lb_mesh *mesh, struct lb_context *ctx, const char *path)
{
    char *bytes = NULL;
    size_t size = 0;
    LB_TRY(lb_file_read(ctx, path, &bytes, &size));
    const enum lb_status status = lb_mesh_parse(mesh, ctx, path, bytes, size);
    free(bytes);
    return status;
}
