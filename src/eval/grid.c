#include "eval/grid.h"

#include <math.h>
#include <stdlib.h>

#include "eval/points.h"
#include "geometry/dataset.h"
#include "geometry/manifold_chart.h"

/* Hue from the angle of the first two coordinates, paler towards zero. */
static void color_by_coordinates(const float *points, size_t n, size_t p, float *colors)
{
    double largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double y = p > 1 ? (double)points[i * p + 1] : 0.0;
        largest = fmax(largest, hypot((double)points[i * p], y));
    }
    for (size_t i = 0; i < n; i++) {
        const double x = (double)points[i * p];
        const double y = p > 1 ? (double)points[i * p + 1] : 0.0;
        const double scale = largest > 0.0 ? 1.0 / largest : 0.0;
        colors[3 * i] = (float)(scale * x);
        colors[3 * i + 1] = (float)(scale * y);
        colors[3 * i + 2] = (float)(1.0 - scale * hypot(x, y));
    }
}

enum lb_status lb_run_colors(struct lb_run *run, const float *points, size_t n, float *colors)
{
    if (run->dataset->chart.hue[0] != '\0') {
        return lb_dataset_colors(run->dataset, points, n, colors);
    }
    color_by_coordinates(points, n, run->point_size, colors);
    return LB_OK;
}

enum lb_status lb_grid_lines_create(struct lb_grid_lines *grid, struct lb_run *run)
{
    grid->lines = (size_t)run->dataset->chart.lines;
    grid->n = grid->lines * LB_GRID_FRAMES;
    if (grid->n == 0) {
        return LB_OK;
    }
    grid->points = malloc(grid->n * run->point_size * sizeof *grid->points);
    grid->latent = malloc(grid->n * run->latent * sizeof *grid->latent);
    grid->colors = malloc(grid->n * 3 * sizeof *grid->colors);
    if (grid->points == NULL || grid->latent == NULL || grid->colors == NULL) {
        return lb_fail_memory(run->ctx, "coordinate lines");
    }
    LB_TRY(lb_dataset_grid(run->dataset, LB_GRID_FRAMES, grid->points));
    LB_TRY(lb_run_encode_points(run, grid->points, grid->n, grid->latent));
    return lb_run_colors(run, grid->points, grid->n, grid->colors);
}

void lb_grid_lines_free(struct lb_grid_lines *grid)
{
    free(grid->points);
    free(grid->latent);
    free(grid->colors);
    *grid = (struct lb_grid_lines){0};
}
