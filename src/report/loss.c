/* loss.png: the curves of metrics.csv. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lowbend/energy.h>

#include "base/file.h"
#include "io/plot.h"
#include "report/pictures.h"

enum { WIDTH = 1280, HEIGHT = 520 };

/* The columns of metrics.csv that curves are drawn of; rows of one phase, without its final line.
 */
struct curves {
    size_t n;
    double *step;
    double *loss;
    double *distortion;
    double *bending;
    double *reconstruction;
};

static void curves_free(struct curves *curves)
{
    free(curves->step);
    free(curves->loss);
    free(curves->distortion);
    free(curves->bending);
    free(curves->reconstruction);
    *curves = (struct curves){0};
}

static bool curves_create(struct curves *curves, size_t capacity)
{
    double **const columns[] = {&curves->step, &curves->loss, &curves->distortion, &curves->bending,
                                &curves->reconstruction};
    bool ok = true;
    for (size_t i = 0; i < LB_COUNT(columns); i++) {
        *columns[i] = malloc((capacity + 1) * sizeof(double));
        ok = ok && *columns[i] != NULL;
    }
    return ok;
}

/* The next field of a line; an empty one is NaN. */
static double next_number(const char **field)
{
    char *end;
    const double value = strtod(*field, &end);
    const double result = end == *field ? (double)NAN : value;
    *field += strcspn(*field, ",\n");
    *field += **field == ',';
    return result;
}

/* Adds one line "step,phase,loss,..." if it is of `phase`. */
static void add_line(struct curves *curves, const char *line, const char *phase)
{
    const char *field = line;
    const double step = next_number(&field);
    const size_t length = strcspn(field, ",\n");
    if (length != strlen(phase) || strncmp(field, phase, length) != 0) {
        return;
    }
    field += length + (field[length] == ',');
    const size_t i = curves->n++;
    curves->step[i] = step;
    curves->loss[i] = next_number(&field);
    curves->distortion[i] = next_number(&field);
    curves->bending[i] = next_number(&field);
    curves->reconstruction[i] = next_number(&field);
}

static void read_curves(struct curves *curves, const char *text, const char *phase)
{
    for (const char *line = strchr(text, '\n'); line != NULL && line[1] != '\0';
         line = strchr(line + 1, '\n')) {
        add_line(curves, line + 1, phase);
    }
}

static size_t count_lines(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++) {
        n += *text == '\n';
    }
    return n;
}

static void draw_energy(struct lb_run *run, struct lb_canvas *canvas, struct lb_rect rect,
                        const struct curves *curves)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    const struct lb_train_params *params = &run->params;
    const double minimum = lb_energy_minimum(info->h, params->lambda, params->c).energy;
    const double ends[2] = {curves->n > 0 ? curves->step[0] : 0.0,
                            curves->n > 0 ? curves->step[curves->n - 1] : 0.0};
    const double level[2] = {minimum, minimum}; // NaN where it is not known: not drawn
    const struct lb_series series[] = {
        {.label = "E",
         .x = curves->step,
         .y = curves->loss,
         .n = curves->n,
         .color = lb_color_series(0)},
        {.label = "distortion",
         .x = curves->step,
         .y = curves->distortion,
         .n = curves->n,
         .color = lb_color_series(1)},
        {.label = "bending",
         .x = curves->step,
         .y = curves->bending,
         .n = curves->n,
         .color = lb_color_series(2)},
        {.label = "minimum E*", .x = ends, .y = level, .n = 2, .color = LB_INK, .size = 1.0},
    };
    char title[96];
    snprintf(title, sizeof title, "Encoder: E = distortion + %g bending", params->lambda);
    lb_plot_draw(canvas, rect,
                 &(const struct lb_plot){.title = title,
                                         .x = {.label = "step"},
                                         .y = {.label = "mean over pairs", .log = true},
                                         .series = series,
                                         .n_series = isnan(minimum) ? 3 : 4});
}

static void draw_reconstruction(struct lb_canvas *canvas, struct lb_rect rect,
                                const struct curves *curves)
{
    const struct lb_series series = {.x = curves->step,
                                     .y = curves->reconstruction,
                                     .n = curves->n,
                                     .color = lb_color_series(0)};
    lb_plot_draw(
        canvas, rect,
        &(const struct lb_plot){.title = "Decoder: reconstruction",
                                .x = {.label = "step"},
                                .y = {.label = "mean squared error per pixel", .log = true},
                                .series = &series,
                                .n_series = 1});
}

static enum lb_status draw(struct lb_run *run, const struct curves *encoder,
                           const struct curves *decoder)
{
    struct lb_canvas *canvas = NULL;
    const bool both = encoder != NULL && decoder != NULL;
    const int width = both ? WIDTH / 2 : WIDTH;
    LB_TRY(lb_canvas_create(&canvas, run->ctx, WIDTH, HEIGHT));
    if (encoder != NULL) {
        draw_energy(run, canvas, (struct lb_rect){0, 0, width, HEIGHT}, encoder);
    }
    if (decoder != NULL) {
        draw_reconstruction(canvas, (struct lb_rect){WIDTH - width, 0, width, HEIGHT}, decoder);
    }
    const enum lb_status status = lb_picture_write(run, canvas, "loss.png");
    lb_canvas_destroy(&canvas);
    return status;
}

enum lb_status lb_picture_loss(struct lb_run *run)
{
    const enum lb_train_mode mode = run->params.mode;
    const bool separate = mode == LB_TRAIN_SEPARATE;
    struct curves encoder = {0};
    struct curves decoder = {0};
    char *text = NULL;
    size_t size = 0;
    char *path = lb_run_file(run, "metrics.csv");
    enum lb_status status = LB_OK;
    if (path == NULL) {
        return lb_fail_memory(run->ctx, "loss picture");
    }
    LB_CHECK(lb_file_read(run->ctx, path, &text, &size));
    const size_t lines = count_lines(text);
    if (!curves_create(&encoder, lines) || !curves_create(&decoder, lines)) {
        status = lb_fail_memory(run->ctx, "loss picture");
        goto fail;
    }
    read_curves(&encoder, text, separate ? "encoder" : "joint");
    read_curves(&decoder, text, separate ? "decoder" : "joint");
    LB_CHECK(draw(run, mode != LB_TRAIN_PLAIN ? &encoder : NULL,
                  run->decoder != NULL ? &decoder : NULL));
fail:
    curves_free(&encoder);
    curves_free(&decoder);
    free(text);
    free(path);
    return status;
}
