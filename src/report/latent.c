#include "report/latent.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <lowbend/tensor.h>

#include "eval/grid.h"
#include "eval/pca.h"
#include "geometry/manifold_chart.h"
#include "draw/color.h"
#include "report/latent_draw.h"
#include "report/picture_file.h"
#include "run/run_files.h"

static void convert_colors(const float *colors, size_t n, struct lb_color *result)
{
    for (size_t i = 0; i < n; i++) {
        const float *c = colors + 3 * i;
        result[i] = lb_color_ball((double)c[0], (double)c[1], (double)c[2]);
    }
}

static bool allocate(struct lb_latent_view *view, const struct lb_grid_lines *grid)
{
    view->points = malloc(view->n * LB_COMPONENTS * sizeof *view->points);
    view->colors = malloc(view->n * sizeof *view->colors);
    view->grid = malloc((grid->n + 1) * LB_COMPONENTS * sizeof *view->grid);
    view->grid_colors = malloc((grid->n + 1) * sizeof *view->grid_colors);
    return view->points != NULL && view->colors != NULL && view->grid != NULL &&
           view->grid_colors != NULL;
}

/* Projects the sample and the lines to the principal components of the sample, whose points are
 * spread by the volume of M. */
static enum lb_status project(struct lb_latent_view *view, struct lb_run *run,
                              const struct lb_tensor *points, const struct lb_tensor *latent)
{
    const size_t l = latent->shape[1];
    struct lb_grid_lines grid = {0};
    double *mean = malloc(l * sizeof *mean);
    double *axes = malloc(LB_COMPONENTS * l * sizeof *axes);
    float *colors = malloc(latent->shape[0] * 3 * sizeof *colors);
    enum lb_status status = LB_OK;
    view->n = latent->shape[0];
    LB_CHECK(lb_grid_lines_create(&grid, run));
    if (mean == NULL || axes == NULL || colors == NULL || !allocate(view, &grid)) {
        status = lb_fail_memory(run->ctx, "latent picture");
        goto fail;
    }
    LB_CHECK(
        lb_pca_fit(run->ctx, latent->data, view->n, l, LB_COMPONENTS, mean, axes, view->share));
    lb_pca_turn_dome_up(latent->data, view->n, l, mean, axes);
    lb_pca_apply(latent->data, view->n, l, LB_COMPONENTS, mean, axes, view->points);
    if (points != NULL) {
        LB_CHECK(lb_run_colors(run, points->data, view->n, colors));
        convert_colors(colors, view->n, view->colors);
    } else { // user pairs: only the codes are known
        for (size_t i = 0; i < view->n; i++) {
            view->colors[i] = lb_color_series(0);
        }
    }
    if (grid.n > 0) {
        view->lines = grid.lines;
        view->frames = LB_GRID_FRAMES;
        lb_pca_apply(grid.latent, grid.n, l, LB_COMPONENTS, mean, axes, view->grid);
        convert_colors(grid.colors, grid.n, view->grid_colors);
    }
fail:
    lb_grid_lines_free(&grid);
    free(mean);
    free(axes);
    free(colors);
    return status;
}

static bool is_codes(const struct lb_run *run, const struct lb_tensor *latent)
{
    return latent != NULL && latent->dtype == LB_F32 && latent->rank == 2 && latent->shape[0] > 0 &&
           latent->shape[1] == run->latent;
}

static bool is_points(const struct lb_run *run, const struct lb_tensor *points, size_t n)
{
    return points != NULL && points->dtype == LB_F32 && points->rank == 2 &&
           points->shape[0] == n && points->shape[1] == run->point_size;
}

static enum lb_status view_create(struct lb_latent_view *view, struct lb_run *run)
{
    struct lb_tensor_file *file = NULL;
    char *path = lb_run_file_path(run->path, LB_RUN_LATENT);
    if (path == NULL) {
        return lb_fail_memory(run->ctx, lb_run_file_name(LB_RUN_LATENT));
    }
    const struct lb_chart *chart = lb_dataset_chart(run->dataset);
    view->hue = chart->hue[0] != '\0' ? chart->hue : NULL;
    view->lightness = chart->lightness;
    snprintf(view->title, sizeof view->title, "Latent codes of %s in R^%zu",
             lb_dataset_get_info(run->dataset)->name, run->latent);
    enum lb_status status = lb_tensor_file_read(&file, run->ctx, path);
    if (status == LB_OK) {
        const bool known = lb_run_has_manifold(run);
        const struct lb_tensor *points = known ? lb_tensor_file_find(file, "points") : NULL;
        const struct lb_tensor *latent = lb_tensor_file_find(file, "latent");
        if (!is_codes(run, latent) || (known && !is_points(run, points, latent->shape[0]))) {
            status = lb_fail(run->ctx, LB_ERR_FORMAT,
                             "%s: must hold `points` (n,%zu) and `latent` (n,%zu) (train again)",
                             path, run->point_size, run->latent);
        } else {
            status = project(view, run, points, latent);
        }
    }
    lb_tensor_file_free(&file);
    free(path);
    return status;
}

static void view_free(struct lb_latent_view *view)
{
    free(view->points);
    free(view->colors);
    free(view->grid);
    free(view->grid_colors);
    *view = (struct lb_latent_view){0};
}

enum lb_status lb_picture_latent(struct lb_run *run)
{
    struct lb_latent_view view = {0};
    struct lb_canvas *canvas = NULL;
    enum lb_status status = LB_OK;
    LB_CHECK(view_create(&view, run));
    LB_CHECK(lb_latent_view_draw(&view, run->ctx, &canvas));
    LB_CHECK(lb_picture_write(run, canvas, LB_RUN_LATENT_PICTURE));
fail:
    lb_canvas_destroy(&canvas);
    view_free(&view);
    return status;
}
