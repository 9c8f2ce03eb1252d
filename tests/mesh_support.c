#include "mesh_support.h"

#include <math.h>
#include <stdio.h>
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

/* ---- the box --------------------------------------------------------------------------------- */

const double box_corners[BOX_CORNERS][3] = {{-1, -1, -1}, {1, -1, -1}, {1, 1, -1},  {-1, 1, -1},
                                            {-1, -1, 1},  {1, -1, 1},  {1, 1, 1.5}, {-1, 1, 1}};
const uint32_t box_sides[BOX_SIDES][4] = {{0, 3, 2, 1}, {4, 5, 6, 7}, {0, 1, 5, 4},
                                          {1, 2, 6, 5}, {2, 3, 7, 6}, {3, 0, 4, 7}};

void check_box(const char *name, const struct lb_mesh *mesh)
{
    if (mesh->n_triangles != BOX_TRIANGLES) {
        fail_msg("%s: %zu triangles, expected %d", name, mesh->n_triangles, BOX_TRIANGLES);
    }
    for (size_t i = 0; i < BOX_TRIANGLES; i++) {
        const uint32_t *side = box_sides[i / 2];
        const uint32_t wanted[3] = {side[0], side[1 + i % 2], side[2 + i % 2]};
        for (size_t k = 0; k < 9; k++) {
            const size_t vertex = mesh->triangles[3 * i + k / 3];
            check_near(name, 9 * i + k, mesh->vertices[3 * vertex + k % 3],
                       box_corners[wanted[k / 3]][k % 3], 0.0);
        }
    }
}

/* ---- messages -------------------------------------------------------------------------------- */

static void hear(void *user, enum lb_log_level level, const char *text)
{
    struct heard *heard = user;
    if (level <= LB_LOG_WARNING && heard->count < LB_COUNT(heard->texts)) {
        snprintf(heard->texts[heard->count++], sizeof heard->texts[0], "%s", text);
    }
}

int open_heard(void **state)
{
    struct heard *heard = allocate(1, sizeof *heard);
    const struct lb_context_params params = {.log = hear, .log_user = heard};
    *state = heard;
    return lb_context_create(&heard->fixture.ctx, &params) == LB_OK ? 0 : -1;
}

int close_heard(void **state)
{
    struct heard *heard = *state;
    lb_context_destroy(&heard->fixture.ctx);
    free(heard);
    return 0;
}

void forget(struct heard *heard)
{
    const struct lb_context_params params = {.log = hear, .log_user = heard};
    lb_context_destroy(&heard->fixture.ctx);
    assert_int_equal(lb_context_create(&heard->fixture.ctx, &params), LB_OK);
    heard->count = 0;
}

void check_said(const char *name, const struct heard *heard, const char *words)
{
    if (heard->count != (words != NULL) ||
        (words != NULL && strstr(heard->texts[0], words) == NULL)) {
        fail_msg("%s: %zu messages, first '%s', expected '%s'", name, heard->count,
                 heard->count > 0 ? heard->texts[0] : "", words != NULL ? words : "");
    }
}

struct lb_mesh read_mesh(struct heard *heard, const char *path, const char *bytes, size_t size)
{
    struct lb_mesh mesh;
    forget(heard);
    if (parse_mesh(&heard->fixture, &mesh, path, bytes, size) != LB_OK) {
        fail_msg("%.200s\n: %s", bytes, lb_context_error(heard->fixture.ctx));
    }
    return mesh;
}
