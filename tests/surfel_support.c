#include "surfel_support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "geometry/surfel_build.h"
#include "io/mesh_read.h"

static const double pi = 3.14159265358979323846;

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

char *write_file(const char *folder, const char *name, const struct lb_text *text)
{
    char *path = lb_path_join(folder, name);
    FILE *file = path != NULL ? fopen(path, "wb") : NULL;
    if (file == NULL || text->failed || fwrite(text->data, 1, text->length, file) != text->length ||
        fclose(file) != 0) {
        fail_msg("cannot write %s in %s", name, folder);
    }
    return path;
}

/* Vertex (row, column); the poles are rows of equal points. */
char *write_ball(const char *folder, const char *name, struct ball ball)
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

char *write_sheet(const char *folder)
{
    struct lb_text text = {0};
    lb_text_add(&text, "OFF\n4 2 0\n-1 -1 0\n1 -1 0\n1 1 0\n-1 1 0\n"
                       "4 0 1 2 3 255 0 0\n4 3 2 1 0 0 0 255\n");
    char *path = write_file(folder, "sheet.off", &text);
    lb_text_free(&text);
    return path;
}

struct lb_surfels make_surfels(const struct device_fixture *fixture, const char *path, int size)
{
    struct lb_mesh mesh = {0};
    struct lb_surfels surfels = {0};
    require_ok(fixture, lb_mesh_read(&mesh, fixture->ctx, path));
    require_ok(fixture, lb_surfels_build(&surfels, fixture->ctx, &mesh, path, 2.0 / size));
    lb_mesh_free(&mesh);
    return surfels;
}
