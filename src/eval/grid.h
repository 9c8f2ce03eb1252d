/* The latent image of the manifold's coordinate lines, for pictures. */
#ifndef LB_EVAL_GRID_H
#define LB_EVAL_GRID_H

#include "run/run.h"

#define LB_GRID_FRAMES 97 /* points of a line */

/** All is empty where the manifold has no lines. */
struct lb_grid_lines {
    size_t lines;
    size_t n;      ///< points of all lines: lines * LB_GRID_FRAMES
    float *points; ///< (lines, LB_GRID_FRAMES, p)
    float *latent; ///< (lines, LB_GRID_FRAMES, l)
    float *colors; ///< (lines, LB_GRID_FRAMES, 3), as lb_run_colors() gives them
};

/** Starts as {0}; the caller frees it, also on failure. */
enum lb_status lb_grid_lines_create(struct lb_grid_lines *grid, struct lb_run *run);
void lb_grid_lines_free(struct lb_grid_lines *grid);

/**
 * colors (n, 3) in the unit ball of points (n, p), see lb_color_ball(): those of the manifold's
 * chart. Without one the direction of the first two numbers of a point is the hue, and their size,
 * compared with the largest of the n, the saturation.
 */
enum lb_status lb_run_colors(struct lb_run *run, const float *points, size_t n, float *colors);

#endif
