#include "report/latent_draw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "draw/plot.h"
#include "draw/plot3.h"
#include "draw/canvas_text.h"

#define NEGLIGIBLE 0.002 /* fraction of variance that is not shown */
#define MUCH       0.1   /* fraction that gets its own panel */
#define THIN       0.05  /* below it the third component gets its own scale */
#define DOT        1.6   /* radii and widths in pixels */
#define DOT_ALONE  2.5
#define LINE       2.0

enum { SIDE = 640, KEY_HEIGHT = 56 };

/* Data of the panels; x, y and space hold the sample, then the lines. */
struct work {
    double *x; ///< (n + lines * frames)
    double *y;
    double *space;            ///< (n + lines * frames, 3)
    struct lb_color *pale;    ///< (n)
    struct lb_series *series; ///< (lines + 1)
    struct lb_curve3 *curves; ///< (lines)
    char labels[LB_COMPONENTS][64];
};

static bool work_create(struct work *work, const struct lb_latent_view *view)
{
    const size_t total = view->n + view->lines * view->frames;
    work->x = malloc(total * sizeof *work->x);
    work->y = malloc(total * sizeof *work->y);
    work->space = malloc(total * 3 * sizeof *work->space);
    work->pale = malloc(view->n * sizeof *work->pale);
    work->series = calloc(view->lines + 1, sizeof *work->series);
    work->curves = calloc(view->lines + 1, sizeof *work->curves);
    for (int c = 0; c < LB_COMPONENTS; c++) {
        snprintf(work->labels[c], sizeof work->labels[c], "component %d (%s %%)", c + 1,
                 lb_label_number(100.0 * view->share[c], 3).text);
    }
    return work->x != NULL && work->y != NULL && work->space != NULL && work->pale != NULL &&
           work->series != NULL && work->curves != NULL;
}

static void work_free(struct work *work)
{
    free(work->x);
    free(work->y);
    free(work->space);
    free(work->pale);
    free(work->series);
    free(work->curves);
}

static const double *row_of(const struct lb_latent_view *view, size_t i)
{
    return i < view->n ? view->points + i * LB_COMPONENTS
                       : view->grid + (i - view->n) * LB_COMPONENTS;
}

/* Below lines, points are a pale background. */
static void choose_dots(const struct lb_latent_view *view, struct work *work)
{
    for (size_t i = 0; i < view->n; i++) {
        work->pale[i] =
            view->lines > 0 ? lb_color_mix(view->colors[i], LB_WHITE, 0.45) : view->colors[i];
    }
}

static void draw_plane(struct lb_canvas *canvas, struct lb_rect rect,
                       const struct lb_latent_view *view, struct work *work, int first,
                       const char *title)
{
    const size_t total = view->n + view->lines * view->frames;
    for (size_t i = 0; i < total; i++) {
        work->x[i] = row_of(view, i)[first];
        work->y[i] = row_of(view, i)[first + 1];
    }
    work->series[0] = (struct lb_series){.kind = LB_SERIES_DOTS,
                                         .x = work->x,
                                         .y = work->y,
                                         .n = view->n,
                                         .colors = work->pale,
                                         .size = view->lines > 0 ? DOT : DOT_ALONE};
    for (size_t i = 0; i < view->lines; i++) {
        const size_t start = i * view->frames;
        work->series[i + 1] = (struct lb_series){.kind = LB_SERIES_LINE,
                                                 .x = work->x + view->n + start,
                                                 .y = work->y + view->n + start,
                                                 .n = view->frames,
                                                 .colors = view->grid_colors + start,
                                                 .size = LINE};
    }
    lb_plot_draw(canvas, rect,
                 &(const struct lb_plot){.title = title,
                                         .x = {.label = work->labels[first]},
                                         .y = {.label = work->labels[first + 1]},
                                         .series = work->series,
                                         .n_series = view->lines + 1,
                                         .equal = true});
}

static enum lb_status draw_space(struct lb_canvas *canvas, struct lb_context *ctx,
                                 struct lb_rect rect, const struct lb_latent_view *view,
                                 struct work *work)
{
    const size_t total = view->n + view->lines * view->frames;
    const bool thin = view->share[2] < THIN * view->share[0];
    for (size_t i = 0; i < total; i++) {
        for (size_t k = 0; k < 3; k++) {
            work->space[3 * i + k] = row_of(view, i)[k];
        }
    }
    const struct lb_points3 points = {.points = work->space,
                                      .n = view->n,
                                      .colors = work->pale,
                                      .radius = view->lines > 0 ? DOT : DOT_ALONE};
    for (size_t i = 0; i < view->lines; i++) {
        const size_t start = i * view->frames;
        work->curves[i] = (struct lb_curve3){.points = work->space + 3 * (view->n + start),
                                             .n = view->frames,
                                             .colors = view->grid_colors + start,
                                             .width = LINE};
    }
    const struct lb_plot3 plot =
        lb_plot3(.title =
                     thin ? "Components 1 to 3, each axis with its own scale" : "Components 1 to 3",
                 .points = &points, .n_points = 1, .curves = work->curves, .n_curves = view->lines,
                 .labels = {work->labels[0], work->labels[1], work->labels[2]}, .equal = !thin);
    return lb_plot3_draw(canvas, ctx, rect, &plot);
}

/* Draws a colour bar with its label from `left` on; returns where the next one may start. */
static double draw_scale(struct lb_canvas *canvas, double left, double y, bool hue,
                         const char *label)
{
    enum { WIDTH = 120, HEIGHT = 14 };
    char text[96];
    for (int i = 0; i < WIDTH; i++) {
        const double t = (i + 0.5) / WIDTH;
        const double turn = 6.283185307179586 * t;
        const struct lb_rect column = {(int)left + i, (int)y - HEIGHT / 2, 1, HEIGHT};
        lb_canvas_rect(canvas, column,
                       hue ? lb_color_ball(cos(turn), sin(turn), 0.0)
                           : lb_color_ball(0.0, 0.0, 2.0 * t - 1.0));
    }
    snprintf(text, sizeof text, "%s: %s", hue ? "hue" : "lightness", label);
    lb_canvas_text(canvas, left + WIDTH + 10.0, y, LB_ALIGN_START, LB_TICK_SIZE, LB_INK, text);
    return left + WIDTH + 10.0 + lb_text_width(text, LB_TICK_SIZE) + 40.0;
}

enum lb_status lb_latent_view_draw(const struct lb_latent_view *view, struct lb_context *ctx,
                                   struct lb_canvas **canvas)
{
    const bool space = view->share[2] > NEGLIGIBLE;
    const bool more = 1.0 - view->share[0] - view->share[1] - view->share[2] > MUCH &&
                      view->share[3] > NEGLIGIBLE;
    const int panels = 1 + space + more;
    const int key = view->hue != NULL ? KEY_HEIGHT : 0;
    struct work work = {0};
    char title[224];
    enum lb_status status = LB_OK;
    if (!work_create(&work, view)) {
        status = lb_fail_memory(ctx, "latent picture");
        goto fail;
    }
    LB_CHECK(lb_canvas_create(canvas, ctx, panels * SIDE, SIDE + key));
    choose_dots(view, &work);
    snprintf(title, sizeof title, "%s, principal components 1 and 2", view->title);
    draw_plane(*canvas, (struct lb_rect){0, 0, SIDE, SIDE}, view, &work, 0, title);
    if (space) {
        LB_CHECK(draw_space(*canvas, ctx, (struct lb_rect){SIDE, 0, SIDE, SIDE}, view, &work));
    }
    if (more) {
        draw_plane(*canvas, (struct lb_rect){2 * SIDE, 0, SIDE, SIDE}, view, &work, 2,
                   "Components 3 and 4");
    }
    if (key > 0) {
        const int y = SIDE + key / 2 - 6;
        double left = draw_scale(*canvas, 70.0, y, true, view->hue);
        if (view->lightness[0] != '\0') {
            left = draw_scale(*canvas, left, y, false, view->lightness);
        }
        if (view->lines > 0) {
            lb_canvas_text(*canvas, left, y, LB_ALIGN_START, LB_TICK_SIZE, LB_INK,
                           "lines: coordinate lines of the manifold");
        }
    }
fail:
    work_free(&work);
    return status;
}
