/* Histogram of the singular values; perfect up to scale if all are equal. */
#ifndef LB_REPORT_SINGULAR_VALUES_H
#define LB_REPORT_SINGULAR_VALUES_H

#include <lowbend/evaluate.h>

#include "report/panels.h"

enum lb_status lb_plot_singular_values(const struct lb_evaluation *evaluation, lb_plot_fn draw,
                                       void *user);

/** The caller destroys the canvas. */
enum lb_status lb_draw_singular_values(struct lb_canvas **canvas, struct lb_context *ctx,
                                       const struct lb_evaluation *evaluation);

#endif
