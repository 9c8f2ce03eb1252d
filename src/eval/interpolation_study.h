/* Interpolation between the same points by several runs. */
#ifndef LB_EVAL_INTERPOLATION_STUDY_H
#define LB_EVAL_INTERPOLATION_STUDY_H

#include <lowbend/interpolation.h>

#include "eval/gallery.h"

#define LB_RUN_LABEL_BYTES 128

struct lb_interpolation {
    struct lb_run **runs; ///< (n); not owned
    size_t n;
    struct lb_geometry **geometries; ///< (n); NULL for runs without projection
    char (*labels)[LB_RUN_LABEL_BYTES];
    size_t count;                           ///< number of distances
    double epsilon;                         ///< of the first run
    struct lb_interpolation_errors *errors; ///< (n, LB_INTERPOLATION_DISTANCES)
    struct lb_strip *strips;                ///< the same for the first pair
};

#endif
