/* Plot of a convergence study: distance of E_epsilon from its limit against epsilon. */
#include <math.h>

#include <lowbend/converge.h>

#include "draw/plot.h"

enum { WIDTH = 960, HEIGHT = 640, LEVELS = LB_CONVERGE_MAX_LEVELS };

/* Columns to draw; NAN for missing values. */
struct columns {
    double epsilon[LEVELS];
    double bending[LEVELS];
    double bending_error[LEVELS];
    double bending_exact[LEVELS];
    double distortion[LEVELS];
    double distortion_error[LEVELS];
    double distortion_exact[LEVELS];
    double guide[LEVELS]; ///< through the first bending with slope 2
};

static void fill(struct columns *columns, const struct lb_convergence *convergence)
{
    const double largest = convergence->levels[0].epsilon;
    for (int k = 0; k < convergence->count; k++) {
        const struct lb_converge_level *level = &convergence->levels[k];
        const double bending = convergence->limit_bending;
        const double distortion = convergence->limit_distortion;
        columns->epsilon[k] = level->epsilon;
        columns->bending[k] = fabs(level->bending.mean - bending);
        columns->bending_error[k] = level->bending.standard_error;
        columns->bending_exact[k] = fabs(level->exact_bending - bending);
        columns->distortion[k] = fabs(level->distortion.mean - distortion);
        columns->distortion_error[k] = level->distortion.standard_error;
        columns->distortion_exact[k] = fabs(level->exact_distortion - distortion);
        columns->guide[k] = columns->bending[0] * pow(level->epsilon / largest, 2.0);
    }
}

enum lb_status lb_convergence_write_picture(struct lb_context *ctx,
                                            const struct lb_convergence *convergence,
                                            const char *title, const char *path)
{
    const size_t n = (size_t)convergence->count;
    struct columns columns;
    fill(&columns, convergence);
    const bool exact = n > 0 && !isnan(convergence->levels[0].exact_bending);
    const double below = convergence->rounding_below;
    const struct lb_series series[] = {
        {.label = "|bending - limit|",
         .kind = LB_SERIES_DOTS,
         .x = columns.epsilon,
         .y = columns.bending,
         .error = columns.bending_error,
         .n = n,
         .color = lb_color_series(2),
         .size = 4.0},
        {.label = "|distortion - limit|",
         .kind = LB_SERIES_DOTS,
         .x = columns.epsilon,
         .y = columns.distortion,
         .error = columns.distortion_error,
         .n = n,
         .color = lb_color_series(1),
         .size = 4.0},
        {.label = "slope 2",
         .kind = LB_SERIES_DASHES,
         .x = columns.epsilon,
         .y = columns.guide,
         .n = n,
         .color = LB_INK,
         .size = 1.0},
        {.label = exact ? "by quadrature" : NULL,
         .x = columns.epsilon,
         .y = columns.bending_exact,
         .n = exact ? n : 0,
         .color = lb_color_series(2),
         .size = 1.5},
        {.x = columns.epsilon,
         .y = columns.distortion_exact,
         .n = exact ? n : 0,
         .color = lb_color_series(1),
         .size = 1.5},
        {.label = below > 0.0 ? "rounding = bending" : NULL,
         .kind = LB_SERIES_MARKS,
         .x = &below,
         .y = &below,
         .n = below > 0.0 ? 1 : 0,
         .color = lb_color_series(5),
         .size = 1.0},
    };
    struct lb_canvas *canvas = NULL;
    LB_TRY(lb_canvas_create(&canvas, ctx, WIDTH, HEIGHT));
    lb_plot_draw(canvas, (struct lb_rect){0, 0, WIDTH, HEIGHT},
                 &(const struct lb_plot){.title = title,
                                         .x = {.label = "sampling radius epsilon", .log = true},
                                         .y = {.label = "distance from the limit", .log = true},
                                         .series = series,
                                         .n_series = LB_COUNT(series)});
    const enum lb_status status = lb_canvas_write(canvas, ctx, path);
    lb_canvas_destroy(&canvas);
    return status;
}
