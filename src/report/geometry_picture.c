/* geometry.png: errors over the distance, and a latent geodesic among the codes. */
#include <lowbend/geometry_evaluation.h>

#include <math.h>
#include <stdlib.h>

#include "draw/plot.h"
#include "eval/pca.h"
#include "report/panels.h"
#include "report/picture_file.h"

enum { PANEL = 640, HEIGHT = 560, CURVES = 3 };

static const char *const labels[CURVES] = {"latent geodesic", "straight latent line",
                                           "blended pixels"};

/* Errors of images; for runs without a decoder only the blend. */
static void draw_errors(struct lb_panels *panels, const struct lb_geometry_evaluation *e)
{
    double x[LB_GEOMETRY_DISTANCES];
    double y[CURVES][LB_GEOMETRY_DISTANCES];
    double error[CURVES][LB_GEOMETRY_DISTANCES];
    struct lb_series series[2 * CURVES];
    for (size_t i = 0; i < e->count; i++) {
        const struct lb_estimate estimates[CURVES] = {e->errors[i].image_mse, e->errors[i].line_mse,
                                                      e->errors[i].blend_mse};
        x[i] = e->errors[i].distance;
        for (size_t k = 0; k < CURVES; k++) {
            y[k][i] = estimates[k].mean;
            error[k][i] = estimates[k].standard_error;
        }
    }
    for (size_t k = 0; k < CURVES; k++) {
        series[k] = (struct lb_series){.label = labels[k],
                                       .x = x,
                                       .y = y[k],
                                       .error = error[k],
                                       .n = e->count,
                                       .color = lb_color_series(k)};
        series[CURVES + k] = (struct lb_series){.kind = LB_SERIES_DOTS,
                                                .x = x,
                                                .y = y[k],
                                                .n = e->count,
                                                .color = lb_color_series(k),
                                                .size = 3.5};
    }
    (void)lb_panels_draw(
        panels,
        &(const struct lb_plot){.title = "Images between two points against those of the geodesic",
                                .x = {.label = "distance d of the end points"},
                                .y = {.label = "mean squared error per pixel", .log = true},
                                .series = series,
                                .n_series = LB_COUNT(series)});
}

/* Projects n codes (n, l) to the plane of two axes. */
static void place(const double *codes, size_t n, size_t l, const double *mean, const double *axes,
                  double *x, double *y)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = 0.0;
        y[i] = 0.0;
        for (size_t j = 0; j < l; j++) {
            x[i] += (codes[i * l + j] - mean[j]) * axes[j];
            y[i] += (codes[i * l + j] - mean[j]) * axes[l + j];
        }
    }
}

/* A geodesic among the codes, in the plane of their first two components. */
static enum lb_status draw_curve(struct lb_panels *panels, struct lb_context *ctx,
                                 const struct lb_geometry_evaluation *e)
{
    const size_t l = e->latent;
    const size_t frames = e->segments + 1;
    const size_t columns = 2 * e->codes + 4 * frames + 4;
    double *memory = malloc((columns + 3 * l + 2 * e->codes) * sizeof *memory);
    enum lb_status status = LB_OK;
    if (memory == NULL) {
        return lb_fail_memory(ctx, "picture of the geometry");
    }
    double *mean = memory;
    double *axes = mean + l;
    double *projected = axes + 2 * l; // (codes, 2)
    double *cloud = projected + 2 * e->codes;
    double *curve = cloud + 2 * e->codes;
    double *truth = curve + 2 * frames;
    double *line = truth + 2 * frames;
    double share[2];
    LB_CHECK(lb_pca_fit(ctx, e->cloud, e->codes, l, 2, mean, axes, share));
    lb_pca_apply(e->cloud, e->codes, l, 2, mean, axes, projected);
    for (size_t i = 0; i < e->codes; i++) {
        cloud[i] = projected[2 * i];
        cloud[e->codes + i] = projected[2 * i + 1];
    }
    place(e->curve, frames, l, mean, axes, curve, curve + frames);
    place(e->truth, frames, l, mean, axes, truth, truth + frames);
    line[0] = curve[0];
    line[1] = curve[frames - 1];
    line[2] = curve[frames];
    line[3] = curve[2 * frames - 1];
    const struct lb_series series[] = {
        {.label = "codes",
         .kind = LB_SERIES_DOTS,
         .x = cloud,
         .y = cloud + e->codes,
         .n = e->codes,
         .color = lb_color_series(3),
         .size = 1.0},
        {.label = "codes of the true geodesic",
         .kind = LB_SERIES_DOTS,
         .x = truth,
         .y = truth + frames,
         .n = frames,
         .color = lb_color_series(2),
         .size = 4.0},
        {.label = labels[0],
         .x = curve,
         .y = curve + frames,
         .n = frames,
         .color = lb_color_series(0)},
        {.label = labels[1],
         .kind = LB_SERIES_DASHES,
         .x = line,
         .y = line + 2,
         .n = 2,
         .color = lb_color_series(1)},
    };
    LB_CHECK(lb_panels_draw(panels, &(const struct lb_plot){.title = "The longest latent geodesic",
                                                            .x = {.label = "first component"},
                                                            .y = {.label = "second component"},
                                                            .series = series,
                                                            .n_series = LB_COUNT(series),
                                                            .equal = true}));
fail:
    free(memory);
    return status;
}

enum lb_status lb_run_write_geometry_picture(struct lb_run *run,
                                             const struct lb_geometry_evaluation *evaluation)
{
    struct lb_canvas *canvas = NULL;
    const bool has_curve =
        evaluation->curve != NULL && evaluation->codes > 1 && evaluation->latent > 1;
    enum lb_status status = lb_canvas_create(&canvas, run->ctx, (1 + has_curve) * PANEL, HEIGHT);
    if (status != LB_OK) {
        return status;
    }
    struct lb_panels panels = {canvas, {0, 0, PANEL, HEIGHT}};
    draw_errors(&panels, evaluation);
    if (has_curve) {
        LB_CHECK(draw_curve(&panels, run->ctx, evaluation));
    }
    LB_CHECK(lb_picture_write(run, canvas, LB_RUN_GEOMETRY_PICTURE));
fail:
    lb_canvas_destroy(&canvas);
    return status;
}
