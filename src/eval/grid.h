/* Latent images of the manifold's coordinate lines, for plots. */
#ifndef LB_EVAL_GRID_H
#define LB_EVAL_GRID_H

#include "run/run.h"

#define LB_GRID_FRAMES 97 /* points per line */

/** Empty if the manifold has no coordinate lines. */
struct lb_grid_lines {
    size_t lines;
    size_t n;      ///< points of all lines: lines * LB_GRID_FRAMES
    float *points; ///< (lines, LB_GRID_FRAMES, p)
    float *latent; ///< (lines, LB_GRID_FRAMES, l)
    float *colors; ///< (lines, LB_GRID_FRAMES, 3), from lb_run_colors()
};

/** Initialise with {0}; the caller frees it, also on failure. */
enum lb_status lb_grid_lines_create(struct lb_grid_lines *grid, struct lb_run *run);
void lb_grid_lines_free(struct lb_grid_lines *grid);

/**
 * Colours colors (n, 3), in the unit ball, of points (n, p), see lb_color_ball(): those of the
 * manifold's chart. Without a chart, hue is the direction of a point's first two numbers, and
 * saturation their size relative to the largest.
 */
enum lb_status lb_run_colors(struct lb_run *run, const float *points, size_t n, float *colors);

#endif
