/* The picture of lowbend interpolate: strips of images, and errors over the distance below. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "eval/interpolation_study.h"
#include "draw/plot.h"
#include "draw/canvas_text.h"
#include "report/sample_sheet.h"
#include "report/strips.h"

enum { PANEL_HEIGHT = 420, PANEL_WIDTH = 840, DISTANCES = LB_INTERPOLATION_DISTANCES };

/* One curve of the panel for each run, and one for the blended pixels. */
struct curve {
    double x[DISTANCES];
    double y[DISTANCES];
    double error[DISTANCES];
};

static void fill_point(struct curve *curve, size_t i, double distance, struct lb_estimate mse)
{
    curve->x[i] = distance;
    curve->y[i] = mse.mean;
    curve->error[i] = mse.standard_error;
}

static enum lb_status draw_panel(const struct lb_interpolation *study, struct lb_canvas *canvas,
                                 struct lb_rect rect)
{
    const size_t lines = study->n + 1;
    struct curve *curves = calloc(lines, sizeof *curves);
    struct lb_series *series = calloc(lines, sizeof *series);
    if (curves == NULL || series == NULL) {
        free(curves);
        free(series);
        return lb_fail_memory(study->runs[0]->ctx, "interpolation picture");
    }
    for (size_t r = 0; r < lines; r++) {
        const bool blend = r == study->n;
        const struct lb_interpolation_errors *errors =
            study->errors + (blend ? 0 : r) * DISTANCES; // the blend is the same for all runs
        for (size_t i = 0; i < study->count; i++) {
            fill_point(&curves[r], i, errors[i].distance,
                       blend ? errors[i].blend_mse : errors[i].image_mse);
        }
        series[r] = (struct lb_series){
            .label = blend ? "blended pixels" : study->labels[r],
            .kind = blend ? LB_SERIES_DASHES : LB_SERIES_LINE,
            .x = curves[r].x,
            .y = curves[r].y,
            .error = blend ? NULL : curves[r].error,
            .n = study->count,
            .color = blend ? LB_INK : lb_color_series(r),
        };
    }
    lb_plot_draw(canvas, rect,
                 &(const struct lb_plot){
                     .title = "Straight lines against the geodesic's images, and standard errors",
                     .x = {.label = "distance of the end points"},
                     .y = {.label = "mean squared error per pixel", .log = true},
                     .series = series,
                     .n_series = lines});
    free(curves);
    free(series);
    return LB_OK;
}

static void fill_title(const struct lb_interpolation *study, size_t i, char *title, size_t size)
{
    const double distance = study->strips[i].distance;
    snprintf(title, size, "distance %s (%s epsilon); at the left mean squared errors",
             lb_label_number(distance, 3).text, lb_label_number(distance / study->epsilon, 3).text);
}

static enum lb_status draw_strips(const struct lb_interpolation *study, struct lb_sheet *sheet)
{
    const size_t n_rows = study->n + 2;
    struct lb_strip_block *blocks = calloc(study->count, sizeof *blocks);
    struct lb_strip_row *rows = calloc(study->count * n_rows, sizeof *rows);
    enum lb_status status = LB_OK;
    if (blocks == NULL || rows == NULL) {
        status = lb_fail_memory(study->runs[0]->ctx, "interpolation picture");
        goto fail;
    }
    for (size_t i = 0; i < study->count; i++) {
        struct lb_strip_row *row = rows + i * n_rows;
        row[0] = (struct lb_strip_row){"geodesic", study->strips[i].truth, (double)NAN};
        for (size_t r = 0; r < study->n; r++) {
            const struct lb_strip *strip = &study->strips[r * DISTANCES + i];
            row[r + 1] =
                (struct lb_strip_row){study->labels[r], strip->decoded, strip->decoded_mse};
        }
        row[n_rows - 1] =
            (struct lb_strip_row){"blend", study->strips[i].blend, study->strips[i].blend_mse};
        blocks[i].rows = row;
        fill_title(study, i, blocks[i].title, sizeof blocks[i].title);
    }
    status = lb_strips_draw(sheet, study->runs[0]->dataset,
                            "From one image to another: true geodesic, decoded straight lines in "
                            "latent space, blended pixels",
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
