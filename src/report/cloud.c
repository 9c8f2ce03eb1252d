#include "report/cloud.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eval/pca.h"
#include "draw/plot3.h"
#include "draw/canvas_text.h"
#include "run/run_files.h"

enum { WIDTH = 760, HEIGHT = 640 };

static const char *const axis_labels[3] = {"first component", "second component",
                                           "third component"};

static enum lb_status draw(struct lb_context *ctx, const struct lb_plot3 *plot, const char *path)
{
    struct lb_canvas *canvas = NULL;
    LB_TRY(lb_canvas_create(&canvas, ctx, WIDTH, HEIGHT));
    enum lb_status status = lb_plot3_draw(canvas, ctx, (struct lb_rect){0, 0, WIDTH, HEIGHT}, plot);
    if (status == LB_OK) {
        status = lb_canvas_write(canvas, ctx, path);
    }
    lb_canvas_destroy(&canvas);
    return status;
}

static enum lb_status draw_in_run(struct lb_run *run, const struct lb_plot3 *plot,
                                  enum lb_run_file file)
{
    char *path = lb_run_file_path(run->path, file);
    if (path == NULL) {
        return lb_fail_memory(run->ctx, lb_run_file_name(file));
    }
    const enum lb_status status = draw(run->ctx, plot, path);
    free(path);
    return status;
}

/* Projects several blocks of rows to the same three components. */
static enum lb_status project(struct lb_dataset *dataset, const float *const *blocks,
                              const size_t *rows, size_t n_blocks, double **projected)
{
    struct lb_context *ctx = lb_dataset_context(dataset);
    const struct lb_dataset_info *info = lb_dataset_get_info(dataset);
    const size_t size = (size_t)info->height * (size_t)info->width * (size_t)info->channels;
    size_t total = 0;
    for (size_t i = 0; i < n_blocks; i++) {
        total += rows[i];
    }
    float *all = malloc(total * size * sizeof *all);
    double *result = malloc(total * 3 * sizeof *result);
    double share[3];
    enum lb_status status = LB_OK;
    if (all == NULL || result == NULL) {
        status = lb_fail_memory(ctx, "picture");
        goto fail;
    }
    size_t start = 0;
    for (size_t i = 0; i < n_blocks; i++) {
        memcpy(all + start * size, blocks[i], rows[i] * size * sizeof *all);
        start += rows[i];
    }
    LB_CHECK(lb_pca(ctx, all, total, size, 3, result, share));
    *projected = result;
    result = NULL;
fail:
    free(all);
    free(result);
    return status;
}

enum lb_status lb_cloud_samples(struct lb_dataset *dataset, const struct lb_gallery *gallery,
                                const char *path)
{
    double *projected = NULL;
    char title[128];
    LB_TRY(project(dataset, (const float *const[]){gallery->images}, &gallery->n, 1, &projected));
    const struct lb_points3 points = {projected, gallery->n, lb_color_series(0), NULL, 2.5};
    snprintf(title, sizeof title, "%s: %zu random samples", lb_dataset_get_info(dataset)->name,
             gallery->n);
    const struct lb_plot3 plot =
        lb_plot3(.title = title, .points = &points, .n_points = 1,
                 .labels = {axis_labels[0], axis_labels[1], axis_labels[2]}, .equal = true);
    const enum lb_status status = draw(lb_dataset_context(dataset), &plot, path);
    free(projected);
    return status;
}

enum lb_status lb_cloud_reconstruction(struct lb_run *run, const struct lb_gallery *gallery)
{
    const size_t n = gallery->n;
    double *projected = NULL;
    char title[160];
    LB_TRY(project(run->dataset, (const float *const[]){gallery->images, gallery->decoded},
                   (const size_t[]){n, n}, 2, &projected));
    const struct lb_points3 points[] = {
        {projected, n, lb_color_series(0), NULL, 3.5},
        {projected + 3 * n, n, lb_color_series(1), NULL, 2.0},
    };
    snprintf(title, sizeof title, "Samples (large) and decoded (small), mean squared error %s",
             lb_label_number(gallery->mse, 3).text);
    const struct lb_plot3 plot =
        lb_plot3(.title = title, .points = points, .n_points = 2,
                 .labels = {axis_labels[0], axis_labels[1], axis_labels[2]}, .equal = true);
    const enum lb_status status = draw_in_run(run, &plot, LB_RUN_RECONSTRUCTION);
    free(projected);
    return status;
}

enum lb_status lb_cloud_interpolation(struct lb_run *run, const struct lb_strip *strips, size_t n)
{
    enum { ROWS = 3, MAX_CURVES = 32 };
    const float *blocks[MAX_CURVES];
    size_t rows[MAX_CURVES];
    struct lb_curve3 curves[MAX_CURVES];
    double *projected = NULL;
    const size_t count = n < MAX_CURVES / ROWS ? n : MAX_CURVES / ROWS;
    if (count == 0) {
        return LB_OK;
    }
    for (size_t i = 0; i < count; i++) {
        const float *const lines[ROWS] = {strips[i].truth, strips[i].decoded, strips[i].blend};
        for (size_t k = 0; k < ROWS; k++) {
            blocks[ROWS * i + k] = lines[k];
            rows[ROWS * i + k] = LB_STRIP_FRAMES;
        }
    }
    LB_TRY(project(run->dataset, blocks, rows, ROWS * count, &projected));
    for (size_t i = 0; i < ROWS * count; i++) {
        curves[i] = (struct lb_curve3){.points = projected + 3 * LB_STRIP_FRAMES * i,
                                       .n = LB_STRIP_FRAMES,
                                       .color = lb_color_series(i % ROWS),
                                       .width = i % ROWS == 0 ? 5.0 : 2.0};
    }
    const struct lb_plot3 plot =
        lb_plot3(.title = "Geodesics (thick), decoded latent lines, blends (straight)",
                 .curves = curves, .n_curves = ROWS * count,
                 .labels = {axis_labels[0], axis_labels[1], axis_labels[2]}, .equal = true);
    const enum lb_status status = draw_in_run(run, &plot, LB_RUN_INTERPOLATION);
    free(projected);
    return status;
}
