#include "report/interpolation_error.h"

#include <math.h>
#include <stdlib.h>

#include "draw/plot.h"

enum { PANEL = 640, HEIGHT = 560, COLUMNS = 9 };

/* The columns of the evaluation's array. */
struct columns {
    double *distance;
    double *gap;
    double *gap_error;
    double *off;
    double *off_error;
    double *image;
    double *image_error;
    double *blend;
    double *blend_error;
};

static bool fill(struct columns *c, const struct lb_evaluation *evaluation, double *memory)
{
    const size_t n = evaluation->interpolation_count;
    double **const columns[COLUMNS] = {&c->distance,    &c->gap,       &c->gap_error,
                                       &c->off,         &c->off_error, &c->image,
                                       &c->image_error, &c->blend,     &c->blend_error};
    for (size_t k = 0; k < COLUMNS; k++) {
        *columns[k] = memory + k * n;
    }
    bool images = false;
    for (size_t i = 0; i < n; i++) {
        const struct lb_interpolation_errors *e = &evaluation->interpolation[i];
        c->distance[i] = e->distance;
        c->gap[i] = e->latent_gap.mean;
        c->gap_error[i] = e->latent_gap.standard_error;
        c->off[i] = e->off_manifold.mean;
        c->off_error[i] = e->off_manifold.standard_error;
        c->image[i] = e->image_mse.mean;
        c->image_error[i] = e->image_mse.standard_error;
        c->blend[i] = e->blend_mse.mean;
        c->blend_error[i] = e->blend_mse.standard_error;
        images = images || isfinite(e->image_mse.mean);
    }
    return images;
}

static struct lb_series curve(const char *label, const struct columns *c, const double *mean,
                              const double *error, size_t n, size_t color)
{
    return (struct lb_series){.label = label,
                              .x = c->distance,
                              .y = mean,
                              .error = error,
                              .n = n,
                              .color = lb_color_series(color)};
}

static struct lb_series dots(const struct columns *c, const double *mean, size_t n, size_t color)
{
    return (struct lb_series){.kind = LB_SERIES_DOTS,
                              .x = c->distance,
                              .y = mean,
                              .n = n,
                              .color = lb_color_series(color),
                              .size = 3.5};
}

static enum lb_status draw_pair(lb_plot_fn draw, void *user, const char *title, const char *label,
                                struct lb_series first, struct lb_series second,
                                const struct columns *c, const double *epsilon)
{
    const struct lb_series series[] = {
        first,
        second,
        dots(c, first.y, first.n, 0),
        dots(c, second.y, second.n, 1),
        {.label = "epsilon",
         .kind = LB_SERIES_MARKS,
         .x = epsilon,
         .n = 1,
         .color = lb_color_series(2)},
    };
    return draw(user, &(const struct lb_plot){.title = title,
                                              .x = {.label = "distance d of the ends"},
                                              .y = {.label = label, .log = true},
                                              .series = series,
                                              .n_series = LB_COUNT(series)});
}

enum lb_status lb_plot_interpolation_error(struct lb_context *ctx,
                                           const struct lb_evaluation *evaluation, double epsilon,
                                           lb_plot_fn draw, void *user)
{
    const size_t n = evaluation->interpolation_count;
    struct columns c = {0};
    double *memory = malloc((COLUMNS * n + 1) * sizeof *memory);
    enum lb_status status = LB_OK;
    if (memory == NULL) {
        return lb_fail_memory(ctx, "picture of the interpolation errors");
    }
    const bool images = fill(&c, evaluation, memory);
    if (images) {
        LB_CHECK(draw_pair(draw, user, "Images between two points against the geodesic's",
                           "mean squared error per pixel",
                           curve("decoded latent line", &c, c.image, c.image_error, n, 0),
                           curve("blended pixels", &c, c.blend, c.blend_error, n, 1), &c,
                           &epsilon));
    }
    LB_CHECK(draw_pair(
        draw, user, "Codes between two points", "latent distance",
        curve("middle of the line to code of the middle", &c, c.gap, c.gap_error, n, 0),
        curve("line to the manifold's codes", &c, c.off, c.off_error, n, 1), &c, &epsilon));
fail:
    free(memory);
    return status;
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
