/* Private part of a path of latent lines. */
#ifndef LB_EVAL_LATENT_PATH_H
#define LB_EVAL_LATENT_PATH_H

#include <lowbend/latent_path.h>

#include "eval/run_input.h"

struct lb_latent_path {
    struct lb_run *run; ///< not owned
    char *in_path;
    struct lb_run_input input;
    float *drawn;                ///< (rows, D): images drawn by the path itself; NULL: none
    struct lb_key_frames *given; ///< (lines); NULL: from each row to the next
    size_t lines;
    size_t frames; ///< frames per line, including those beyond its end
    size_t beyond;
    bool loop;
    float *codes;                      ///< (rows, l); zeros for rows that no line uses
    double *image_distances;           ///< (lines); NULL: the file holds codes
    float *curves;                     ///< (lines, frames, l): geodesics; NULL: lines are straight
    struct lb_curve_info *curve_infos; ///< (lines); NULL likewise
};

/** Position of a frame on its line: 0 to 1 from end to end. */
double lb_latent_path_t(const struct lb_latent_path *path, size_t frame);

/** Line and frame of frame number `i` of the path. */
void lb_latent_path_place(const struct lb_latent_path *path, size_t i, size_t *line, size_t *frame);
/** `code` (l): the point of line `line` at t, exact at its ends; t above 1 only beyond its end. */
void lb_latent_path_code(const struct lb_latent_path *path, size_t line, double t, float *code);

#endif
