/* Latent against true distances, and their ratio. */
#ifndef LB_REPORT_DISTANCE_PICTURE_H
#define LB_REPORT_DISTANCE_PICTURE_H

#include <lowbend/dataset.h>
#include <lowbend/evaluate.h>

#include "report/panels.h"

/** `info` determines the ideal curve. */
enum lb_status lb_plot_distances(struct lb_context *ctx, const struct lb_evaluation *evaluation,
                                 const struct lb_dataset_info *info, double epsilon,
                                 lb_plot_fn draw, void *user);

/** The caller destroys the canvas. */
enum lb_status lb_draw_distances(struct lb_canvas **canvas, struct lb_context *ctx,
                                 const struct lb_evaluation *evaluation,
                                 const struct lb_dataset_info *info, double epsilon);

#endif
