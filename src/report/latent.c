/* latent.png: the latent codes by their principal components, from above and in space. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <lowbend/tensor.h>

#include "eval/pca.h"
#include "io/plot.h"
#include "io/plot3.h"
#include "io/text.h"
#include "report/pictures.h"

enum { WIDTH = 1280, HEIGHT = 620, COMPONENTS = 3 };

/* Turns the third component so that a dome has its top above: its rim lies far from the axis. */
static void turn_dome_up(double *projected, size_t n)
{
    double moment = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double *row = projected + i * COMPONENTS;
        moment += row[2] * (row[0] * row[0] + row[1] * row[1]);
    }
    for (size_t i = 0; i < n && moment > 0.0; i++) {
        projected[i * COMPONENTS + 2] = -projected[i * COMPONENTS + 2];
    }
}

/* Hue by the angle of the point's first two coordinates, lighter towards their common zero. */
static struct lb_color color_of(const float *point, size_t p, double largest)
{
    const double x = (double)point[0];
    const double y = p > 1 ? (double)point[1] : 0.0;
    const double turn = atan2(y, x) / 6.283185307179586;
    const double radius = largest > 0.0 ? fmin(1.0, sqrt(x * x + y * y) / largest) : 1.0;
    return lb_color_mix(LB_WHITE, lb_color_cyclic(turn), 0.25 + 0.75 * radius);
}

static void color_all(const float *points, size_t n, size_t p, struct lb_color *colors)
{
    double largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double y = p > 1 ? (double)points[i * p + 1] : 0.0;
        largest = fmax(largest, hypot((double)points[i * p], y));
    }
    for (size_t i = 0; i < n; i++) {
        colors[i] = color_of(points + i * p, p, largest);
    }
}

static enum lb_status draw(struct lb_run *run, const double *projected, const double *share,
                           const struct lb_color *colors, size_t n, double *x, double *y)
{
    struct lb_canvas *canvas = NULL;
    char labels[COMPONENTS][64];
    char title[160];
    for (int c = 0; c < COMPONENTS; c++) {
        snprintf(labels[c], sizeof labels[c], "component %d (%s %%)", c + 1,
                 lb_label_number(100.0 * share[c], 3).text);
    }
    for (size_t i = 0; i < n; i++) {
        x[i] = projected[i * COMPONENTS];
        y[i] = projected[i * COMPONENTS + 1];
    }
    const struct lb_series dots = {.kind = LB_SERIES_DOTS,
                                   .x = x,
                                   .y = y,
                                   .n = n,
                                   .color = lb_color_series(0),
                                   .colors = colors,
                                   .size = 2.5};
    snprintf(title, sizeof title, "Latent codes of %s in R^%zu, first two principal components",
             lb_dataset_get_info(run->dataset)->name, run->latent);
    const struct lb_plot plot = {.title = title,
                                 .x = {.label = labels[0]},
                                 .y = {.label = labels[1]},
                                 .series = &dots,
                                 .n_series = 1,
                                 .equal = true};
    const struct lb_points3 points = {projected, n, lb_color_series(0), colors, 2.5};
    const struct lb_plot3 plot3 =
        lb_plot3(.title = "The first three, each axis with its own scale", .points = &points,
                 .n_points = 1, .labels = {labels[0], labels[1], labels[2]});
    LB_TRY(lb_canvas_create(&canvas, run->ctx, WIDTH, HEIGHT));
    enum lb_status status = LB_OK;
    lb_plot_draw(canvas, (struct lb_rect){0, 0, WIDTH / 2, HEIGHT}, &plot);
    LB_CHECK(
        lb_plot3_draw(canvas, run->ctx, (struct lb_rect){WIDTH / 2, 0, WIDTH / 2, HEIGHT}, &plot3));
    LB_CHECK(lb_picture_write(run, canvas, "latent.png"));
fail:
    lb_canvas_destroy(&canvas);
    return status;
}

static enum lb_status draw_sample(struct lb_run *run, const struct lb_tensor *points,
                                  const struct lb_tensor *latent)
{
    const size_t n = latent->shape[0];
    double share[COMPONENTS];
    double *projected = malloc(n * COMPONENTS * sizeof *projected);
    double *x = malloc(n * sizeof *x);
    double *y = malloc(n * sizeof *y);
    struct lb_color *colors = malloc(n * sizeof *colors);
    enum lb_status status = LB_OK;
    if (projected == NULL || x == NULL || y == NULL || colors == NULL) {
        status = lb_fail_memory(run->ctx, "latent picture");
        goto fail;
    }
    LB_CHECK(lb_pca(run->ctx, latent->data, n, latent->shape[1], COMPONENTS, projected, share));
    turn_dome_up(projected, n);
    color_all(points->data, n, points->shape[1], colors);
    LB_CHECK(draw(run, projected, share, colors, n, x, y));
fail:
    free(projected);
    free(x);
    free(y);
    free(colors);
    return status;
}

enum lb_status lb_picture_latent(struct lb_run *run)
{
    struct lb_tensor_file *file = NULL;
    char *path = lb_run_file(run, "latent.safetensors");
    if (path == NULL) {
        return lb_fail_memory(run->ctx, "latent.safetensors");
    }
    enum lb_status status = lb_tensor_file_read(&file, run->ctx, path);
    if (status == LB_OK) {
        const struct lb_tensor *points = lb_tensor_file_find(file, "points");
        const struct lb_tensor *latent = lb_tensor_file_find(file, "latent");
        if (points == NULL || latent == NULL || points->dtype != LB_F32 ||
            latent->dtype != LB_F32 || points->rank != 2 || latent->rank != 2 ||
            points->shape[0] != latent->shape[0] || points->shape[0] == 0 ||
            points->shape[1] == 0 || latent->shape[1] == 0) {
            status = lb_fail(run->ctx, LB_ERR_FORMAT,
                             "%s: must hold `points` (n,p) and `latent` (n,l) (train again)", path);
        } else {
            status = draw_sample(run, points, latent);
        }
    }
    lb_tensor_file_free(&file);
    free(path);
    return status;
}
