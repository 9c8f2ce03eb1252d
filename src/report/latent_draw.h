/* Latent codes by their principal components, with the manifold's coordinate lines. */
#ifndef LB_REPORT_LATENT_DRAW_H
#define LB_REPORT_LATENT_DRAW_H

#include <stddef.h>

#include "base/context.h"
#include "draw/canvas.h"

#define LB_COMPONENTS 4

struct lb_latent_view {
    char title[160];
    double share[LB_COMPONENTS]; ///< fraction of the variance
    size_t n;
    double *points;          ///< (n, LB_COMPONENTS)
    struct lb_color *colors; ///< (n)
    size_t lines;            ///< 0: no coordinate lines
    size_t frames;           ///< points per line
    double *grid;            ///< (lines, frames, LB_COMPONENTS)
    struct lb_color *grid_colors;
    const char *hue;       ///< meaning of the hue; NULL: no colour key
    const char *lightness; ///< meaning of the lightness
};

/**
 * Draws components 1 and 2, components 1 to 3 in space unless the third is negligible, and 3 and 4
 * if the first three omit much of the variance; the caller destroys the canvas.
 */
enum lb_status lb_latent_view_draw(const struct lb_latent_view *view, struct lb_context *ctx,
                                   struct lb_canvas **canvas);

#endif
