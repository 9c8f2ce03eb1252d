/* Surfels of meshes and their tree, and meshes without surfels. */
#include "surfel_support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "geometry/dataset.h"
#include "geometry/surfel_build.h"
#include "io/mesh_read.h"

/* ---- the tree -------------------------------------------------------------------------------- */

static double distance(const float *a, const float *b)
{
    double sum = 0.0;
    for (size_t k = 0; k < 3; k++) {
        sum += ((double)a[k] - (double)b[k]) * ((double)a[k] - (double)b[k]);
    }
    return sqrt(sum);
}

/* Leaves are consecutive and contain every surfel once; spheres contain everything below them. */
static void check_tree(const struct lb_surfels *s)
{
    size_t next = 0;
    assert_int_equal(s->nodes[0].skip, s->node_count);
    assert_int_equal(s->nodes[0].count, s->count);
    for (size_t i = 0; i < s->node_count; i++) {
        const struct lb_surfel_node *node = &s->nodes[i];
        assert_true(node->count > 0 && node->first + node->count <= s->count);
        assert_true(node->skip > i && node->skip <= s->node_count);
        for (size_t k = node->first; k < node->first + node->count; k++) {
            if (!(distance(s->surfels[k].position, node->center) <= (double)node->radius + 1e-7)) {
                fail_msg("surfel %zu lies outside node %zu", k, i);
            }
        }
        if (node->leaf) {
            assert_int_equal(node->first, next);
            assert_int_equal(node->skip, i + 1);
            next += node->count;
        } else {
            const size_t right = s->nodes[i + 1].skip; // the second child
            assert_int_equal(s->nodes[right].skip, node->skip);
            assert_int_equal(s->nodes[i + 1].count + s->nodes[right].count, node->count);
        }
    }
    assert_int_equal(next, s->count);
}

/* The area of the triangles by Heron's formula, in the surfels' units. */
static double mesh_area(const struct lb_mesh *mesh, double scale)
{
    double area = 0.0;
    for (size_t i = 0; i < mesh->n_triangles; i++) {
        double side[3];
        for (size_t k = 0; k < 3; k++) {
            const double *a = mesh->vertices + 3 * (size_t)mesh->triangles[3 * i + k];
            const double *b = mesh->vertices + 3 * (size_t)mesh->triangles[3 * i + (k + 1) % 3];
            side[k] = scale * sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
                                   (a[2] - b[2]) * (a[2] - b[2]));
        }
        const double half = 0.5 * (side[0] + side[1] + side[2]);
        area += sqrt(fmax(0.0, half * (half - side[0]) * (half - side[1]) * (half - side[2])));
    }
    return area;
}

/* A square of side 2: its sphere has radius sqrt 2, so it is scaled by 0.85 / sqrt 2; each side has
 * separate surfels. */
static void surfels_are_the_surface(void **state)
{
    const struct device_fixture *fixture = *state;
    char *folder = make_folder();
    char *sheet = write_sheet(folder);
    struct lb_surfels s = make_surfels(fixture, sheet, 32);
    double area[2] = {0.0, 0.0};
    check_tree(&s);
    for (size_t i = 0; i < s.count; i++) {
        const bool front = s.surfels[i].normal[2] > 0.0f;
        area[front] += (double)s.surfels[i].area;
        check_near("red", i, (double)s.surfels[i].color[0], front ? 1.0 : 0.0, 1e-6);
        check_near("blue", i, (double)s.surfels[i].color[2], front ? 0.0 : 1.0, 1e-6);
        check_near("normal", i, fabs((double)s.surfels[i].normal[2]), 1.0, 1e-6);
    }
    const double scale = LB_SURFEL_SPHERE / sqrt(2.0);
    check_near("area", 0, area[0], 4.0 * scale * scale, 0.01);
    check_near("area", 1, area[1], 4.0 * scale * scale, 0.01);
    lb_surfels_free(&s);

    char *ball = write_ball(folder, "ball.obj", (struct ball){.n = 20});
    struct lb_mesh mesh = {0};
    require_ok(fixture, lb_mesh_read(&mesh, fixture->ctx, ball));
    s = make_surfels(fixture, ball, 48);
    check_tree(&s);
    double total = 0.0;
    double farthest = 0.0;
    double outward = 0.0;
    for (size_t i = 0; i < s.count; i++) {
        const float *p = s.surfels[i].position;
        const float *n = s.surfels[i].normal;
        total += (double)s.surfels[i].area;
        farthest = fmax(farthest, distance(p, (const float[]){0.0f, 0.0f, 0.0f}));
        outward += (double)(p[0] * n[0] + p[1] * n[1] + p[2] * n[2]) / (double)s.count;
        check_near("normal", i, distance(n, (const float[]){0.0f, 0.0f, 0.0f}), 1.0, 1e-5);
    }
    /* Determines the scale independently, from two vertices that are far apart. */
    const double *top = mesh.vertices;
    const double *bottom = mesh.vertices + 3 * (mesh.n_vertices - 1);
    const double height = fabs(top[2] - bottom[2]);
    assert_true(farthest <= LB_SURFEL_SPHERE && farthest > 0.9 * LB_SURFEL_SPHERE);
    assert_true(outward > 0.3);
    const double by_area = sqrt(total / mesh_area(&mesh, 1.0));
    assert_true(by_area * height < 2.0 * LB_SURFEL_SPHERE);
    assert_true(by_area * height > 1.6 * LB_SURFEL_SPHERE);
    lb_surfels_free(&s);
    lb_mesh_free(&mesh);
    free(sheet);
    free(ball);
    remove_folder(folder);
}

/* A 32 x 32 picture hardly needs more surfels for a mesh with many triangles. */
static void surfels_follow_the_picture(void **state)
{
    const struct device_fixture *fixture = *state;
    char *folder = make_folder();
    static const int sizes[] = {28, 133}; // 3,136 and 70,756 triangles, flat ones at the poles
    size_t counts[2];
    for (size_t i = 0; i < 2; i++) {
        char *path = write_ball(folder, "ball.obj", (struct ball){.n = sizes[i]});
        struct lb_surfels s = make_surfels(fixture, path, 32);
        counts[i] = s.count;
        check_tree(&s);
        lb_surfels_free(&s);
        free(path);
    }
    /* Fewer if the triangles are as wide as the cells, because each triangle is one surfel then. */
    check_near("surfels of 70,000 to 3,000 triangles", 0, (double)counts[1] / (double)counts[0],
               1.25, 0.75);
    remove_folder(folder);
}

/* ---- invalid meshes -------------------------------------------------------------------------- */

static void meshes_are_refused(void **state)
{
    static const struct {
        const char *dataset;
        const char *text;
        enum lb_status status;
        const char *message;
    } cases[] = {
        {"sundial", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", LB_ERR_ARGUMENT, "renders no mesh"},
        {"rotating-object", "v 0 0 0\nf 1 2 3\n", LB_ERR_FORMAT, "bad.obj:2"},
        {"rotating-object", "v 0 0 0\nv 1 1 1\nv 2 2 2\nf 1 2 3\n", LB_ERR_FORMAT, "no area"},
        {"rotating-object", "v 0 0 0\nv 1e-300 0 0\nv 0 1e-300 0\nf 1 2 3\n", LB_ERR_FORMAT,
         "too close"},
        {"rotating-object", NULL, LB_ERR_NOT_FOUND, "no such file"},
    };
    const struct device_fixture *fixture = *state;
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        char *folder = make_folder();
        struct lb_text text = {0};
        lb_text_add(&text, cases[i].text != NULL ? cases[i].text : "#");
        char *path = write_file(folder, "bad.obj", &text);
        if (cases[i].text == NULL) {
            remove(path);
        }
        struct lb_dataset *dataset = NULL;
        const struct lb_dataset_params params = {.name = cases[i].dataset, .mesh = path};
        const enum lb_status status = lb_dataset_open(&dataset, fixture->device, &params);
        assert_null(dataset);
        require_error(fixture, status, cases[i].status, cases[i].message);
        lb_text_free(&text);
        free(path);
        remove_folder(folder);
    }
    /* 4,000 large triangles in 2048-pixel pictures exceed the limit on surfels. */
    char *folder = make_folder();
    struct lb_text text = {0};
    lb_text_add(&text, "v 0 0 0\nv 1 0 0\nv 0 1 0\n");
    for (int i = 0; i < 4000; i++) {
        lb_text_add(&text, "f 1 2 3\n");
    }
    char *path = write_file(folder, "pile.obj", &text);
    struct lb_mesh mesh = {0};
    struct lb_surfels surfels = {0};
    require_ok(fixture, lb_mesh_read(&mesh, fixture->ctx, path));
    require_error(fixture, lb_surfels_build(&surfels, fixture->ctx, &mesh, path, 2.0 / 2048),
                  LB_ERR_FORMAT, "use a smaller --size");
    lb_surfels_free(&surfels);
    lb_mesh_free(&mesh);
    lb_text_free(&text);
    free(path);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(surfels_are_the_surface),
        cmocka_unit_test(surfels_follow_the_picture),
        cmocka_unit_test(meshes_are_refused),
    };
    return cmocka_run_group_tests_name("surfel", tests, open_device_fixture, close_device_fixture);
}
