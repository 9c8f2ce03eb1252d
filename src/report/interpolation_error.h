/* Errors of interpolated images, unless all are unknown, and of latent midpoints, over d. */
#ifndef LB_REPORT_INTERPOLATION_ERROR_H
#define LB_REPORT_INTERPOLATION_ERROR_H

#include <lowbend/evaluate.h>

#include "report/panels.h"

enum lb_status lb_plot_interpolation_error(struct lb_context *ctx,
                                           const struct lb_evaluation *evaluation, double epsilon,
                                           lb_plot_fn draw, void *user);

/** The caller destroys the canvas. */
enum lb_status lb_draw_interpolation_error(struct lb_canvas **canvas, struct lb_context *ctx,
                                           const struct lb_evaluation *evaluation, double epsilon);

#endif
