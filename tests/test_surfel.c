/*
 * Pictures of meshes: the surfels and their tree, the pixels against plain C in double that goes
 * through all surfels, and what the method needs of them: smooth in the rotation.
 */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "geometry/dataset.h"
#include "geometry/surfel.h"

static const double pi = 3.14159265358979323846;

/* ---- meshes ---------------------------------------------------------------------------------- */

/* A bumpy ball without symmetry, 4 n (n - 1) triangles, rotated by `matrix`; colours go with it. */
struct ball {
    int n;
    const double *matrix; ///< (3, 3), NULL: not rotated
    bool inside_out;
    bool colored;
};

static void ball_point(const struct ball *ball, int row, int column, double *point, double *color)
{
    const double a = pi * row / ball->n;
    const double b = pi * column / ball->n;
    const double r = 1.0 + 0.25 * sin(3.0 * a) * cos(2.0 * b + a) + 0.3 * sin(a) * sin(b);
    const double p[3] = {r * sin(a) * cos(b), 0.7 * r * sin(a) * sin(b), 1.3 * r * cos(a) + 5.0};
    for (size_t k = 0; k < 3; k++) {
        point[k] = p[k];
        color[k] = 0.5 + 0.4 * sin(2.0 * p[k] + (double)k);
        if (ball->matrix != NULL) {
            point[k] = ball->matrix[3 * k] * p[0] + ball->matrix[3 * k + 1] * p[1] +
                       ball->matrix[3 * k + 2] * p[2];
        }
    }
}

static char *write_file(const char *folder, const char *name, const struct lb_text *text)
{
    char *path = lb_path_join(folder, name);
    FILE *file = path != NULL ? fopen(path, "wb") : NULL;
    if (file == NULL || text->failed || fwrite(text->data, 1, text->length, file) != text->length ||
        fclose(file) != 0) {
        fail_msg("cannot write %s in %s", name, folder);
    }
    return path;
}

/* Vertex (row, column), the poles as rows of equal points. */
static char *write_ball(const char *folder, const char *name, struct ball ball)
{
    struct lb_text text = {0};
    const int around = 2 * ball.n;
    for (int row = 0; row <= ball.n; row++) {
        for (int column = 0; column < around; column++) {
            double p[3];
            double c[3];
            ball_point(&ball, row, column, p, c);
            lb_text_addf(&text, "v %.9g %.9g %.9g", p[0], p[1], p[2]);
            if (ball.colored) {
                lb_text_addf(&text, " %.6f %.6f %.6f", c[0], c[1], c[2]);
            }
            lb_text_add(&text, "\n");
        }
    }
    for (int row = 0; row < ball.n; row++) {
        for (int column = 0; column < around; column++) {
            const int a = row * around + column + 1;
            const int b = row * around + (column + 1) % around + 1;
            const int quad[4] = {a, a + around, b + around, b};
            lb_text_add(&text, "f");
            for (int k = 0; k < 4; k++) {
                lb_text_addf(&text, " %d", quad[ball.inside_out ? 3 - k : k]);
            }
            lb_text_add(&text, "\n");
        }
    }
    char *path = write_file(folder, name, &text);
    lb_text_free(&text);
    return path;
}

/* A square, red in front (towards +z) and blue behind, both sides at the same place. */
static char *write_sheet(const char *folder)
{
    struct lb_text text = {0};
    lb_text_add(&text, "OFF\n4 2 0\n-1 -1 0\n1 -1 0\n1 1 0\n-1 1 0\n"
                       "4 0 1 2 3 255 0 0\n4 3 2 1 0 0 0 255\n");
    char *path = write_file(folder, "sheet.off", &text);
    lb_text_free(&text);
    return path;
}

static struct lb_surfels make_surfels(const struct bench *bench, const char *path, int size)
{
    struct lb_mesh mesh = {0};
    struct lb_surfels surfels = {0};
    require_ok(bench, lb_mesh_read(&mesh, bench->ctx, path));
    require_ok(bench, lb_surfels_build(&surfels, bench->ctx, &mesh, path, 2.0 / size));
    lb_mesh_free(&mesh);
    return surfels;
}

static struct lb_dataset *open_mesh(const struct bench *bench, const char *path, int size)
{
    struct lb_dataset *dataset = NULL;
    const struct lb_dataset_params params = {.name = "rotating-object", .size = size, .mesh = path};
    require_ok(bench, lb_dataset_open(&dataset, bench->device, &params));
    return dataset;
}

/* ---- rotations ------------------------------------------------------------------------------- */

/* q = (w, x, y, z) as Hamilton has it: the matrix of v -> q v q*. */
static void matrix_of(const double *q, double *m)
{
    const double w = q[0];
    const double x = q[1];
    const double y = q[2];
    const double z = q[3];
    const double values[9] = {
        1 - 2 * (y * y + z * z), 2 * (x * y - w * z),     2 * (x * z + w * y),
        2 * (x * y + w * z),     1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
        2 * (x * z - w * y),     2 * (y * z + w * x),     1 - 2 * (x * x + y * y)};
    memcpy(m, values, sizeof values);
}

static void product(const double *p, const double *q, double *result)
{
    result[0] = p[0] * q[0] - p[1] * q[1] - p[2] * q[2] - p[3] * q[3];
    result[1] = p[0] * q[1] + p[1] * q[0] + p[2] * q[3] - p[3] * q[2];
    result[2] = p[0] * q[2] - p[1] * q[3] + p[2] * q[0] + p[3] * q[1];
    result[3] = p[0] * q[3] + p[1] * q[2] - p[2] * q[1] + p[3] * q[0];
}

static void random_rotation(size_t i, double *q)
{
    double square = 0.0;
    for (size_t k = 0; k < 4; k++) {
        q[k] = (double)draw(7, 4 * i + k);
        square += q[k] * q[k];
    }
    for (size_t k = 0; k < 4; k++) {
        q[k] /= sqrt(square);
    }
}

/* ---- the tree -------------------------------------------------------------------------------- */

static double distance(const float *a, const float *b)
{
    double sum = 0.0;
    for (size_t k = 0; k < 3; k++) {
        sum += ((double)a[k] - (double)b[k]) * ((double)a[k] - (double)b[k]);
    }
    return sqrt(sum);
}

/* Leaves follow each other and hold every surfel once; spheres hold what is below them. */
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

/* The area of the triangles by their sides (Heron), in the units of the surfels. */
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

/* A square of side 2: its sphere has the radius sqrt 2, so it is scaled by 0.85 / sqrt 2; each side
 * has surfels of its own. */
static void surfels_are_the_surface(void **state)
{
    const struct bench *bench = *state;
    char *folder = make_folder();
    char *sheet = write_sheet(folder);
    struct lb_surfels s = make_surfels(bench, sheet, 32);
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
    require_ok(bench, lb_mesh_read(&mesh, bench->ctx, ball));
    s = make_surfels(bench, ball, 48);
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
    /* The scale from two vertices far apart: about which the program was not asked. */
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

/* A picture of 32 x 32 needs hardly more surfels with many triangles. */
static void surfels_follow_the_picture(void **state)
{
    const struct bench *bench = *state;
    char *folder = make_folder();
    static const int sizes[] = {28, 133}; // 3,136 and 70,756 triangles, those at the poles flat
    size_t counts[2];
    for (size_t i = 0; i < 2; i++) {
        char *path = write_ball(folder, "ball.obj", (struct ball){.n = sizes[i]});
        struct lb_surfels s = make_surfels(bench, path, 32);
        counts[i] = s.count;
        check_tree(&s);
        lb_surfels_free(&s);
        free(path);
    }
    /* Fewer where the triangles are as wide as the cells and each is one. */
    check_near("surfels of 70,000 to 3,000 triangles", 0, (double)counts[1] / (double)counts[0],
               1.25, 0.75);
    remove_folder(folder);
}

/* ---- the pixels ------------------------------------------------------------------------------ */

enum { LAYERS = 12 };

static void rotate(const double *m, const float *v, double *result)
{
    for (size_t k = 0; k < 3; k++) {
        result[k] =
            m[3 * k] * (double)v[0] + m[3 * k + 1] * (double)v[1] + m[3 * k + 2] * (double)v[2];
    }
}

/* The pixel at (px, py) by the formulas of cl/lib/surfel.cl, from all surfels. */
static void reference_pixel(const struct lb_surfels *s, const double *matrix, double px, double py,
                            double *pixel)
{
    const double norm = 5.0 / (pi * (double)s->radius * (double)s->radius);
    double t[LAYERS] = {0.0};
    double c[LAYERS][3] = {{0.0}};
    for (size_t i = 0; i < s->count; i++) {
        const struct lb_surfel *surfel = &s->surfels[i];
        double at[3];
        double n[3];
        rotate(matrix, surfel->position, at);
        rotate(matrix, surfel->normal, n);
        const double scale = 3.0 / (3.0 - at[2]);
        const double r = scale * (double)s->radius;
        const double dx = px - scale * at[0];
        const double dy = py - scale * at[1];
        const double q = (dx * dx + dy * dy) / (r * r);
        if (q >= 1.0) {
            continue;
        }
        const double view[3] = {-at[0], -at[1], 3.0 - at[2]};
        const double f = (n[0] * view[0] + n[1] * view[1] + n[2] * view[2]) /
                         sqrt(view[0] * view[0] + view[1] * view[1] + view[2] * view[2]);
        const double rounded = sqrt(f * f + 0.01);
        const double side = 0.7 + 0.3 * f / rounded;
        const double tau = 4.0 * norm * (double)surfel->area * rounded * side * pow(1.0 - q, 4.0);
        const double light = 0.6 + 0.4 * (-0.5 * n[0] + 0.6 * n[1] + 0.62 * n[2]);
        const double depth = fmin(fmax((0.85 - at[2]) / 1.7 * (LAYERS - 1), 0.0), LAYERS - 1.001);
        const int layer = (int)depth;
        const double u = depth - layer;
        const double back = u * u * u * (10.0 - 15.0 * u + 6.0 * u * u);
        for (int l = 0; l < 2; l++) {
            const double part = tau * (l == 0 ? 1.0 - back : back);
            t[layer + l] += part;
            for (size_t k = 0; k < 3; k++) {
                c[layer + l][k] += part * light * (double)surfel->color[k];
            }
        }
    }
    for (size_t k = 0; k < 3; k++) {
        double clear = 1.0;
        pixel[k] = 0.0;
        for (int l = 0; l < LAYERS; l++) {
            if (t[l] > 0.0) {
                pixel[k] += clear * -expm1(-t[l]) / t[l] * c[l][k];
                clear *= exp(-t[l]);
            }
        }
        pixel[k] += clear;
    }
}

/* Sizes that are and are not multiples of strips and vectors; a canary behind the images. Depths
 * and places are rounded to 1e-7 of the object, which is 2e-6 of a kernel's width at size 40. */
static void pixels_are_the_formula(void **state)
{
    enum { POSES = 3 };
    static const int sizes[] = {8, 19, 40};
    const struct bench *bench = *state;
    char *folder = make_folder();
    char *path = write_ball(folder, "ball.obj", (struct ball){.n = 24, .colored = true});
    for (size_t i = 0; i < LB_COUNT(sizes); i++) {
        const int size = sizes[i];
        const size_t count = 3 * (size_t)size * (size_t)size;
        struct lb_dataset *dataset = open_mesh(bench, path, size);
        struct lb_surfels surfels = make_surfels(bench, path, size);
        float points[4 * POSES];
        float *images = allocate(POSES * count + 1, sizeof *images);
        images[POSES * count] = CANARY;
        for (size_t j = 0; j < 4 * POSES; j++) {
            double q[4];
            random_rotation(j / 4 + 10 * i, q);
            points[j] = (float)q[j % 4];
        }
        require_ok(bench, lb_dataset_render(dataset, points, POSES, images));
        double darkest = 1.0;
        for (size_t j = 0; j < POSES * count; j += 3) {
            double matrix[9];
            double pixel[3];
            double q[4];
            for (size_t k = 0; k < 4; k++) {
                q[k] = (double)points[4 * (j / count) + k];
            }
            matrix_of(q, matrix);
            const int place = (int)(j % count / 3);
            reference_pixel(&surfels, matrix, 2.0 * (place % size + 0.5) / size - 1.0,
                            1.0 - 2.0 * (place / size + 0.5) / size, pixel);
            for (size_t k = 0; k < 3; k++) {
                check_near("pixel", j + k, (double)images[j + k], pixel[k], 2e-5);
                darkest = fmin(darkest, pixel[k]);
            }
        }
        assert_true(darkest < 0.5); // there is something to see
        check_near("behind the images", 0, (double)images[POSES * count], (double)CANARY, 0.0);
        free(images);
        lb_surfels_free(&surfels);
        lb_dataset_close(&dataset);
    }
    free(path);
    remove_folder(folder);
}

static double rms(const float *a, const float *b, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    }
    return sqrt(sum / (double)n);
}

/* Turning the mesh and turning the pose back cancel: only the cells of the tree lie elsewhere. An
 * inside-out mesh is turned round, and looks the same. */
static void turned_meshes_look_the_same(void **state)
{
    enum { SIZE = 40, COUNT = 3 * SIZE * SIZE };
    const struct bench *bench = *state;
    char *folder = make_folder();
    float *images[3];
    const double turn[4] = {0.5, 0.1, -0.7, sqrt(1.0 - 0.25 - 0.01 - 0.49)};
    const double back[4] = {turn[0], -turn[1], -turn[2], -turn[3]};
    double matrix[9];
    double pose[4];
    double pose_back[4];
    matrix_of(turn, matrix);
    random_rotation(3, pose);
    product(pose, back, pose_back);
    const struct ball balls[3] = {{.n = 40, .colored = true},
                                  {.n = 40, .colored = true, .matrix = matrix},
                                  {.n = 40, .colored = true, .inside_out = true}};
    for (size_t i = 0; i < 3; i++) {
        char *path = write_ball(folder, "ball.obj", balls[i]);
        struct lb_dataset *dataset = open_mesh(bench, path, SIZE);
        float point[4];
        for (size_t k = 0; k < 4; k++) {
            point[k] = (float)(i == 1 ? pose_back[k] : pose[k]);
        }
        images[i] = allocate(COUNT, sizeof *images[i]);
        require_ok(bench, lb_dataset_render(dataset, point, 1, images[i]));
        lb_dataset_close(&dataset);
        free(path);
    }
    check_near("turned", 0, rms(images[0], images[1], COUNT), 0.0, 0.01);
    check_near("inside out", 0, rms(images[0], images[2], COUNT), 0.0, 0.01);
    for (size_t i = 0; i < 3; i++) {
        free(images[i]);
    }
    remove_folder(folder);
}

/* Red from the front, blue from behind: what is in front hides what is behind. */
static void what_is_in_front_hides(void **state)
{
    enum { SIZE = 32 };
    const struct bench *bench = *state;
    char *folder = make_folder();
    char *path = write_sheet(folder);
    struct lb_dataset *dataset = open_mesh(bench, path, SIZE);
    const float points[8] = {1.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 1.0f, 0.0f};
    float *images = allocate(2 * 3 * SIZE * SIZE, sizeof *images);
    require_ok(bench, lb_dataset_render(dataset, points, 2, images));
    const size_t middle = 3 * (SIZE / 2 * SIZE + SIZE / 2);
    const float *front = images + middle;
    const float *behind = images + 3 * SIZE * SIZE + middle;
    assert_true(front[0] > 1.5f * front[2]);
    assert_true(behind[2] > 1.5f * behind[0]);
    check_near("corner", 0, (double)images[0], 1.0, 0.0);
    free(images);
    lb_dataset_close(&dataset);
    free(path);
    remove_folder(folder);
}

static void pictures_are_smooth_in_the_rotation(void **state)
{
    const struct bench *bench = *state;
    char *folder = make_folder();
    char *paths[2] = {write_ball(folder, "ball.obj", (struct ball){.n = 28}), write_sheet(folder)};
    for (size_t i = 0; i < 2; i++) {
        struct lb_dataset *dataset = open_mesh(bench, paths[i], 24);
        require_ok(bench, lb_dataset_check(dataset, 5, true, NULL, NULL));
        lb_dataset_close(&dataset);
        free(paths[i]);
    }
    remove_folder(folder);
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void meshes_are_refused(void **state)
{
    static const struct {
        const char *dataset;
        const char *text;
        enum lb_status status;
        const char *message;
    } cases[] = {
        {"sundial", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", LB_ERR_ARGUMENT, "takes no mesh"},
        {"rotating-object", "v 0 0 0\nf 1 2 3\n", LB_ERR_FORMAT, "bad.obj:2"},
        {"rotating-object", "v 0 0 0\nv 1 1 1\nv 2 2 2\nf 1 2 3\n", LB_ERR_FORMAT, "no area"},
        {"rotating-object", "v 0 0 0\nv 1e-300 0 0\nv 0 1e-300 0\nf 1 2 3\n", LB_ERR_FORMAT,
         "too near"},
        {"rotating-object", NULL, LB_ERR_NOT_FOUND, "no such file"},
    };
    const struct bench *bench = *state;
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
        const enum lb_status status = lb_dataset_open(&dataset, bench->device, &params);
        assert_null(dataset);
        require_error(bench, status, cases[i].status, cases[i].message);
        lb_text_free(&text);
        free(path);
        remove_folder(folder);
    }
    /* 4,000 large triangles, in pictures of 2048 pixels: above the number of surfels allowed. */
    char *folder = make_folder();
    struct lb_text text = {0};
    lb_text_add(&text, "v 0 0 0\nv 1 0 0\nv 0 1 0\n");
    for (int i = 0; i < 4000; i++) {
        lb_text_add(&text, "f 1 2 3\n");
    }
    char *path = write_file(folder, "pile.obj", &text);
    struct lb_mesh mesh = {0};
    struct lb_surfels surfels = {0};
    require_ok(bench, lb_mesh_read(&mesh, bench->ctx, path));
    require_error(bench, lb_surfels_build(&surfels, bench->ctx, &mesh, path, 2.0 / 2048),
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
        cmocka_unit_test(pixels_are_the_formula),
        cmocka_unit_test(turned_meshes_look_the_same),
        cmocka_unit_test(what_is_in_front_hides),
        cmocka_unit_test(pictures_are_smooth_in_the_rotation),
        cmocka_unit_test(meshes_are_refused),
    };
    return cmocka_run_group_tests_name("surfel", tests, open_bench, close_bench);
}
