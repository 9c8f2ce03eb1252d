/*
 * Pictures of meshes: the pixels against plain C in double over all surfels, and smoothness in the
 * rotation, which the method needs.
 */
#include "surfel_support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geometry/dataset.h"

static const double pi = 3.14159265358979323846;

static struct lb_dataset *open_mesh(const struct device_fixture *fixture, const char *path,
                                    int size)
{
    struct lb_dataset *dataset = NULL;
    const struct lb_dataset_params params = {.name = "rotating-object", .size = size, .mesh = path};
    require_ok(fixture, lb_dataset_open(&dataset, fixture->device, &params));
    return dataset;
}

/* ---- rotations ------------------------------------------------------------------------------- */

/* The matrix of v -> q v q* for q = (w, x, y, z) in Hamilton's convention. */
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

/* ---- the pixels ------------------------------------------------------------------------------ */

enum { LAYERS = 12 };

static void rotate(const double *m, const float *v, double *result)
{
    for (size_t k = 0; k < 3; k++) {
        result[k] =
            m[3 * k] * (double)v[0] + m[3 * k + 1] * (double)v[1] + m[3 * k + 2] * (double)v[2];
    }
}

/* The pixel at (px, py) by the formulas of cl/lib/surfel.cl, summed over all surfels. */
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

/* Sizes that are and that are not multiples of strips and vectors; canaries after the images.
 * Depths and places are rounded to 1e-7 of the object, which is 2e-6 of a kernel's width at size
 * 40. */
static void pixels_are_the_formula(void **state)
{
    enum { POSES = 3 };
    static const int sizes[] = {8, 19, 40};
    const struct device_fixture *fixture = *state;
    char *folder = make_folder();
    char *path = write_ball(folder, "ball.obj", (struct ball){.n = 24, .colored = true});
    for (size_t i = 0; i < LB_COUNT(sizes); i++) {
        const int size = sizes[i];
        const size_t count = 3 * (size_t)size * (size_t)size;
        struct lb_dataset *dataset = open_mesh(fixture, path, size);
        struct lb_surfels surfels = make_surfels(fixture, path, size);
        float points[4 * POSES];
        float *images = allocate(POSES * count + 1, sizeof *images);
        images[POSES * count] = CANARY;
        for (size_t j = 0; j < 4 * POSES; j++) {
            double q[4];
            random_rotation(j / 4 + 10 * i, q);
            points[j] = (float)q[j % 4];
        }
        require_ok(fixture, lb_dataset_render(dataset, points, POSES, images));
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
        assert_true(darkest < 0.5); // something is visible
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

/* Rotating the mesh and rotating the pose back cancel; only the cells of the tree differ. An
 * inside-out mesh is turned around, and looks the same. */
static void turned_meshes_look_the_same(void **state)
{
    enum { SIZE = 40, COUNT = 3 * SIZE * SIZE };
    const struct device_fixture *fixture = *state;
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
        struct lb_dataset *dataset = open_mesh(fixture, path, SIZE);
        float point[4];
        for (size_t k = 0; k < 4; k++) {
            point[k] = (float)(i == 1 ? pose_back[k] : pose[k]);
        }
        images[i] = allocate(COUNT, sizeof *images[i]);
        require_ok(fixture, lb_dataset_render(dataset, point, 1, images[i]));
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

/* Red from the front, blue from behind: the front side hides the back. */
static void what_is_in_front_hides(void **state)
{
    enum { SIZE = 32 };
    const struct device_fixture *fixture = *state;
    char *folder = make_folder();
    char *path = write_sheet(folder);
    struct lb_dataset *dataset = open_mesh(fixture, path, SIZE);
    const float points[8] = {1.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 1.0f, 0.0f};
    float *images = allocate(2 * 3 * SIZE * SIZE, sizeof *images);
    require_ok(fixture, lb_dataset_render(dataset, points, 2, images));
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
    const struct device_fixture *fixture = *state;
    char *folder = make_folder();
    char *paths[2] = {write_ball(folder, "ball.obj", (struct ball){.n = 28}), write_sheet(folder)};
    for (size_t i = 0; i < 2; i++) {
        struct lb_dataset *dataset = open_mesh(fixture, paths[i], 24);
        require_ok(fixture, lb_dataset_check(dataset, 5, true, NULL, NULL));
        lb_dataset_close(&dataset);
        free(paths[i]);
    }
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_are_the_formula),
        cmocka_unit_test(turned_meshes_look_the_same),
        cmocka_unit_test(what_is_in_front_hides),
        cmocka_unit_test(pictures_are_smooth_in_the_rotation),
    };
    return cmocka_run_group_tests_name("surfel_image", tests, open_device_fixture,
                                       close_device_fixture);
}
