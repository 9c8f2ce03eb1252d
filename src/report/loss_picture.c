#include "report/loss_picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lowbend/energy.h>

#include "base/file.h"
#include "base/number.h"
#include "base/text.h"
#include "draw/canvas_text.h"
#include "report/picture_file.h"
#include "run/run_files.h"

enum { WIDTH = 1280, HEIGHT = 520 };

/* Columns of metrics.csv for curves; rows of one phase without its final line. */
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

/* The field after `n` commas of a line; NULL if there are fewer. */
static const char *field_at(const char *line, size_t n)
{
    for (; n > 0; n--) {
        line += strcspn(line, ",\n");
        if (*line != ',') {
            return NULL;
        }
        line++;
    }
    return line;
}

static bool is_field(const char *field, const char *word)
{
    const size_t length = strlen(word);
    return strncmp(field, word, length) == 0 && strchr(",\n", field[length]) != NULL;
}

/* The number in the column `name` of the header; NaN if there is none. */
static double number_of(const char *header, const char *line, const char *name)
{
    const char *title = header;
    size_t n = 0;
    while (title != NULL && !is_field(title, name)) {
        title = field_at(header, ++n);
    }
    const char *field = title != NULL ? field_at(line, n) : NULL;
    if (field == NULL || is_field(field, "")) {
        return (double)NAN;
    }
    char *end;
    const double value = lb_number_read(field, &end);
    return end != field ? value : (double)NAN;
}

/* Adds a line if it belongs to `phase`. */
static void add_line(struct curves *curves, const char *header, const char *line, const char *phase)
{
    const char *field = field_at(line, 1);
    if (field == NULL || !is_field(field, phase)) {
        return;
    }
    const size_t i = curves->n++;
    curves->step[i] = number_of(header, line, "step");
    curves->loss[i] = number_of(header, line, "loss");
    curves->distortion[i] = number_of(header, line, "distortion");
    curves->bending[i] = number_of(header, line, "bending");
    curves->reconstruction[i] = number_of(header, line, "reconstruction");
}

/* Reads whole lines only: a running training may be writing the last one. */
static void read_curves(struct curves *curves, const char *text, const char *phase)
{
    const char *line = strchr(text, '\n');
    const char *end = line != NULL ? strchr(line + 1, '\n') : NULL;
    for (; end != NULL; end = strchr(line + 1, '\n')) {
        add_line(curves, text, line + 1, phase);
        line = end;
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

static enum lb_status draw_energy(lb_plot_fn draw, void *user, const struct curves *curves,
                                  const struct lb_train_params *params, double minimum)
{
    const double ends[2] = {curves->n > 0 ? curves->step[0] : 0.0,
                            curves->n > 0 ? curves->step[curves->n - 1] : 0.0};
    const double level[2] = {minimum, minimum}; // NaN if unknown: not drawn
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
    snprintf(title, sizeof title, "Encoder: E = distortion + %s bending",
             lb_label_number(params->lambda, 6).text);
    return draw(user, &(const struct lb_plot){.title = title,
                                              .x = {.label = "step"},
                                              .y = {.label = "mean over pairs", .log = true},
                                              .series = series,
                                              .n_series = isnan(minimum) ? 3 : 4});
}

static enum lb_status draw_reconstruction(lb_plot_fn draw, void *user, const struct curves *curves)
{
    const struct lb_series series = {.x = curves->step,
                                     .y = curves->reconstruction,
                                     .n = curves->n,
                                     .color = lb_color_series(0)};
    return draw(user,
                &(const struct lb_plot){.title = "Decoder: reconstruction",
                                        .x = {.label = "step"},
                                        .y = {.label = "mean squared error per pixel", .log = true},
                                        .series = &series,
                                        .n_series = 1});
}

enum lb_status lb_plot_loss(struct lb_context *ctx, const char *run,
                            const struct lb_train_params *params, double minimum, lb_plot_fn draw,
                            void *user)
{
    const bool separate = params->mode == LB_TRAIN_SEPARATE;
    struct curves encoder = {0};
    struct curves decoder = {0};
    char *text = NULL;
    size_t size = 0;
    char *path = lb_run_file_path(run, LB_RUN_METRICS);
    enum lb_status status = LB_OK;
    if (path == NULL) {
        return lb_fail_memory(ctx, "loss curves");
    }
    LB_CHECK(lb_file_read(ctx, path, &text, &size));
    const size_t lines = count_lines(text);
    if (!curves_create(&encoder, lines) || !curves_create(&decoder, lines)) {
        status = lb_fail_memory(ctx, "loss curves");
        goto fail;
    }
    read_curves(&encoder, text, separate ? "encoder" : "joint");
    read_curves(&decoder, text, separate ? "decoder" : "joint");
    if (params->mode != LB_TRAIN_PLAIN) {
        LB_CHECK(draw_energy(draw, user, &encoder, params, minimum));
    }
    if (decoder.n > 0) {
        LB_CHECK(draw_reconstruction(draw, user, &decoder));
    }
fail:
    curves_free(&encoder);
    curves_free(&decoder);
    free(text);
    free(path);
    return status;
}

enum lb_status lb_picture_loss(struct lb_run *run)
{
    const struct lb_train_params *params = &run->params;
    const double h = lb_dataset_get_info(run->dataset)->h;
    const double minimum = lb_energy_minimum(h, params->lambda, params->c).energy;
    struct lb_panels panels = {0};
    int count = 0;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_plot_loss(run->ctx, run->path, params, minimum, lb_panels_count, &count));
    LB_CHECK(lb_canvas_create(&panels.canvas, run->ctx, WIDTH, HEIGHT));
    panels.next = (struct lb_rect){0, 0, count > 1 ? WIDTH / count : WIDTH, HEIGHT};
    LB_CHECK(lb_plot_loss(run->ctx, run->path, params, minimum, lb_panels_draw, &panels));
    LB_CHECK(lb_picture_write(run, panels.canvas, LB_RUN_LOSS_PICTURE));
fail:
    lb_canvas_destroy(&panels.canvas);
    return status;
}
