#include "report/interpolation_error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "draw/plot.h"

enum { PANEL = 640, HEIGHT = 560, MOST_CURVES = 3 };

/* A curve over distance, from the estimates at `offset` of lb_interpolation_errors. */
struct curve {
    const char *label;
    size_t offset;
};

/* Arrays (n) of one curve. */
struct columns {
    double *mean;
    double *error;
};

/* Fills the columns; returns whether any number is known. */
static bool fill(const struct columns *columns, const struct lb_evaluation *evaluation,
                 size_t offset)
{
    bool known = false;
    for (size_t i = 0; i < evaluation->interpolation_count; i++) {
        struct lb_estimate estimate;
        memcpy(&estimate, (const char *)&evaluation->interpolation[i] + offset, sizeof estimate);
        columns->mean[i] = estimate.mean;
        columns->error[i] = estimate.standard_error;
        known = known || isfinite(estimate.mean);
    }
    return known;
}

/* Draws the known curves with dots, and a mark at epsilon. */
static enum lb_status draw_curves(struct lb_context *ctx, const struct lb_evaluation *evaluation,
                                  struct lb_plot plot, const struct curve *curves, size_t n_curves,
                                  const double *epsilon, lb_plot_fn draw, void *user)
{
    const size_t n = evaluation->interpolation_count;
    struct lb_series series[2 * MOST_CURVES + 1];
    double *memory = malloc(((1 + 2 * n_curves) * n + 1) * sizeof *memory);
    size_t count = 0;
    if (memory == NULL) {
        return lb_fail_memory(ctx, "picture of the interpolation errors");
    }
    for (size_t i = 0; i < n; i++) {
        memory[i] = evaluation->interpolation[i].distance;
    }
    for (size_t k = 0; k < n_curves; k++) {
        const struct columns columns = {memory + (1 + 2 * k) * n, memory + (2 + 2 * k) * n};
        if (fill(&columns, evaluation, curves[k].offset)) {
            series[count] = (struct lb_series){.label = curves[k].label,
                                               .x = memory,
                                               .y = columns.mean,
                                               .error = columns.error,
                                               .n = n,
                                               .color = lb_color_series(count)};
            count++;
        }
    }
    for (size_t k = 0; k < count; k++) {
        series[count + k] = (struct lb_series){.kind = LB_SERIES_DOTS,
                                               .x = memory,
                                               .y = series[k].y,
                                               .n = n,
                                               .color = series[k].color,
                                               .size = 3.5};
    }
    series[2 * count] = (struct lb_series){.label = "epsilon",
                                           .kind = LB_SERIES_MARKS,
                                           .x = epsilon,
                                           .n = 1,
                                           .color = lb_color_series(count)};
    plot.x.label = "distance d of the end points";
    plot.y.log = true;
    plot.series = series;
    plot.n_series = 2 * count + 1;
    const enum lb_status status = draw(user, &plot);
    free(memory);
    return status;
}

#define AT(field) offsetof(struct lb_interpolation_errors, field)

static bool has_images(const struct lb_evaluation *evaluation)
{
    for (size_t i = 0; i < evaluation->interpolation_count; i++) {
        if (isfinite(evaluation->interpolation[i].image_mse.mean)) {
            return true;
        }
    }
    return false;
}

enum lb_status lb_plot_interpolation_error(struct lb_context *ctx,
                                           const struct lb_evaluation *evaluation, double epsilon,
                                           lb_plot_fn draw, void *user)
{
    static const struct curve images[] = {
        {"decoded latent line", AT(image_mse)},
        {"blended pixels", AT(blend_mse)},
        {"decoded latent geodesic", AT(geodesic_mse)},
    };
    static const struct curve codes[] = {
        {"latent midpoint to code of the midpoint", AT(latent_gap)},
        {"latent line to the manifold's codes", AT(off_manifold)},
    };
    if (has_images(evaluation)) {
        LB_TRY(draw_curves(
            ctx, evaluation,
            (struct lb_plot){.title = "Images between two points against those of the geodesic",
                             .y = {.label = "mean squared error per pixel"}},
            images, LB_COUNT(images), &epsilon, draw, user));
    }
    return draw_curves(
        ctx, evaluation,
        (struct lb_plot){.title = "Codes between two points", .y = {.label = "latent distance"}},
        codes, LB_COUNT(codes), &epsilon, draw, user);
}

enum lb_status lb_draw_interpolation_error(struct lb_canvas **canvas, struct lb_context *ctx,
                                           const struct lb_evaluation *evaluation, double epsilon)
{
    int count = 0;
    LB_TRY(lb_plot_interpolation_error(ctx, evaluation, epsilon, lb_panels_count, &count));
    LB_TRY(lb_canvas_create(canvas, ctx, count * PANEL, HEIGHT));
    struct lb_panels panels = {*canvas, {0, 0, PANEL, HEIGHT}};
    return lb_plot_interpolation_error(ctx, evaluation, epsilon, lb_panels_draw, &panels);
}
