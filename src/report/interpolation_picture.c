/* Picture of lowbend interpolate: strips of images, with errors over distance below. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eval/interpolation_study.h"
#include "draw/plot.h"
#include "draw/canvas_text.h"
#include "report/sample_sheet.h"
#include "report/strips.h"

enum { PANEL_HEIGHT = 420, PANEL_WIDTH = 840, DISTANCES = LB_INTERPOLATION_DISTANCES };

/* One curve of the panel. */
struct curve {
    double x[DISTANCES];
    double y[DISTANCES];
    double error[DISTANCES];
};

/* Curves of the panel: lines of each run, its latent geodesics if known, and pixel blends. */
struct panel {
    struct curve *curves;
    struct lb_series *series;
    char (*labels)[LB_RUN_LABEL_BYTES + 16];
    size_t count;
};

static bool has_geodesics(const struct lb_interpolation *study, size_t r)
{
    return study->geometries[r] != NULL;
}

static void add_curve(struct panel *panel, const struct lb_interpolation *study, size_t r,
                      size_t offset, struct lb_series look)
{
    const struct lb_interpolation_errors *errors = study->errors + r * DISTANCES;
    struct curve *curve = &panel->curves[panel->count];
    for (size_t i = 0; i < study->count; i++) {
        struct lb_estimate mse;
        memcpy(&mse, (const char *)&errors[i] + offset, sizeof mse);
        curve->x[i] = errors[i].distance;
        curve->y[i] = mse.mean;
        curve->error[i] = mse.standard_error;
    }
    look.x = curve->x;
    look.y = curve->y;
    look.error = look.kind == LB_SERIES_LINE ? curve->error : NULL;
    look.n = study->count;
    panel->series[panel->count++] = look;
}

static void fill_panel(struct panel *panel, const struct lb_interpolation *study)
{
    for (size_t r = 0; r < study->n; r++) {
        char *label = panel->labels[r];
        add_curve(
            panel, study, r, offsetof(struct lb_interpolation_errors, image_mse),
            (struct lb_series){.label = study->labels[r], .color = lb_color_series(panel->count)});
        if (has_geodesics(study, r)) {
            snprintf(label, sizeof panel->labels[r], "%s, geodesic", study->labels[r]);
            add_curve(panel, study, r, offsetof(struct lb_interpolation_errors, geodesic_mse),
                      (struct lb_series){.label = label, .color = lb_color_series(panel->count)});
        }
    }
    add_curve(
        panel, study, 0, offsetof(struct lb_interpolation_errors, blend_mse),
        (struct lb_series){.label = "blended pixels", .kind = LB_SERIES_DASHES, .color = LB_INK});
}

static enum lb_status draw_panel(const struct lb_interpolation *study, struct lb_canvas *canvas,
                                 struct lb_rect rect)
{
    const size_t most = 2 * study->n + 1;
    struct panel panel = {.curves = calloc(most, sizeof *panel.curves),
                          .series = calloc(most, sizeof *panel.series),
                          .labels = calloc(study->n, sizeof *panel.labels)};
    enum lb_status status = LB_OK;
    if (panel.curves == NULL || panel.series == NULL || panel.labels == NULL) {
        status = lb_fail_memory(study->runs[0]->ctx, "interpolation picture");
        goto fail;
    }
    fill_panel(&panel, study);
    lb_plot_draw(canvas, rect,
                 &(const struct lb_plot){
                     .title = "Latent curves against the geodesic's images, with standard errors",
                     .x = {.label = "distance of the end points"},
                     .y = {.label = "mean squared error per pixel", .log = true},
                     .series = panel.series,
                     .n_series = panel.count});
fail:
    free(panel.curves);
    free(panel.series);
    free(panel.labels);
    return status;
}

static void fill_title(const struct lb_interpolation *study, size_t i, char *title, size_t size)
{
    const double distance = study->strips[i].distance;
    snprintf(title, size, "distance %s (%s epsilon); mean squared errors at the left",
             lb_label_number(distance, 3).text, lb_label_number(distance / study->epsilon, 3).text);
}

/* Fills the rows of the i-th distance; returns their number. */
static size_t fill_rows(const struct lb_interpolation *study, size_t i, struct lb_strip_row *rows)
{
    size_t n = 0;
    rows[n++] = (struct lb_strip_row){"geodesic", study->strips[i].truth, (double)NAN};
    for (size_t r = 0; r < study->n; r++) {
        const struct lb_strip *strip = &study->strips[r * DISTANCES + i];
        rows[n++] = (struct lb_strip_row){study->labels[r], strip->decoded, strip->decoded_mse};
        if (has_geodesics(study, r)) {
            rows[n++] =
                (struct lb_strip_row){"latent geodesic", strip->geodesic, strip->geodesic_mse};
        }
    }
    rows[n++] = (struct lb_strip_row){"blend", study->strips[i].blend, study->strips[i].blend_mse};
    return n;
}

static enum lb_status draw_strips(const struct lb_interpolation *study, struct lb_sheet *sheet)
{
    const size_t most = 2 * study->n + 2;
    struct lb_strip_block *blocks = calloc(study->count, sizeof *blocks);
    struct lb_strip_row *rows = calloc(study->count * most, sizeof *rows);
    size_t n_rows = 0;
    enum lb_status status = LB_OK;
    if (blocks == NULL || rows == NULL) {
        status = lb_fail_memory(study->runs[0]->ctx, "interpolation picture");
        goto fail;
    }
    for (size_t i = 0; i < study->count; i++) {
        blocks[i].rows = rows + i * most;
        n_rows = fill_rows(study, i, rows + i * most);
        fill_title(study, i, blocks[i].title, sizeof blocks[i].title);
    }
    status = lb_strips_draw(sheet, study->runs[0]->dataset,
                            "From one image to another: true geodesic, decoded curves in latent "
                            "space, blended pixels",
                            blocks, study->count, n_rows, PANEL_HEIGHT);
fail:
    free(blocks);
    free(rows);
    return status;
}

enum lb_status lb_interpolation_write_picture(const struct lb_interpolation *interpolation,
                                              const char *path)
{
    struct lb_context *ctx = interpolation->runs[0]->ctx;
    const bool images = lb_dataset_is_image(interpolation->runs[0]->dataset);
    struct lb_sheet sheet = {0};
    enum lb_status status = LB_OK;
    LB_CHECK(images ? draw_strips(interpolation, &sheet)
                    : lb_canvas_create(&sheet.canvas, ctx, PANEL_WIDTH, PANEL_HEIGHT));
    const struct lb_rect rect = {0, sheet.canvas->height - PANEL_HEIGHT, sheet.canvas->width,
                                 PANEL_HEIGHT};
    LB_CHECK(draw_panel(interpolation, sheet.canvas, rect));
    LB_CHECK(lb_canvas_write(sheet.canvas, ctx, path));
fail:
    lb_canvas_destroy(&sheet.canvas);
    return status;
}
