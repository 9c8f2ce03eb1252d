/* The pictures of an evaluation, each on a canvas that the caller destroys. */
#ifndef LB_REPORT_SAVED_EVALUATION_H
#define LB_REPORT_SAVED_EVALUATION_H

#include <lowbend/dataset.h>
#include <lowbend/evaluate.h>

#include "draw/canvas.h"

/** Histogram of the singular values; perfect up to scale if all are equal. */
enum lb_status lb_draw_singular_values(struct lb_canvas **canvas, struct lb_context *ctx,
                                       const struct lb_evaluation *evaluation);

/** Latent against true distances, and their ratio; `info` tells the ideal curve. */
enum lb_status lb_draw_distances(struct lb_canvas **canvas, struct lb_context *ctx,
                                 const struct lb_evaluation *evaluation,
                                 const struct lb_dataset_info *info, double epsilon);

/** Errors of interpolated images, unless all are unknown, and of latent midpoints, over d. */
enum lb_status lb_draw_interpolation_error(struct lb_canvas **canvas, struct lb_context *ctx,
                                           const struct lb_evaluation *evaluation, double epsilon);

#endif
