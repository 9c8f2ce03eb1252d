/* Picture of a latent path: key frames, with decoded lines and pixel blends between them. */
#include "eval/latent_path.h"

#include <stdio.h>
#include <stdlib.h>

#include "draw/canvas_text.h"
#include "report/sheet.h"
#include "report/sample_sheet.h"

enum { MAX_COLUMNS = 11, MAX_LINES = 12, HEAD = 30, GAP = 10, CAPTIONS = 96, KEYS = 2 };

struct strips {
    struct lb_latent_path *path;
    struct lb_sheet sheet;
    size_t lines;   ///< shown lines
    size_t columns; ///< shown frames per line
    bool images;    ///< the file holds the key frames as images
    float *codes;   ///< (columns, l)
    float *decoded; ///< (columns, D)
    float *blend;   ///< (columns, D)
    float *keys;    ///< (2, D)
};

static enum lb_status strips_create(struct strips *strips, struct lb_latent_path *path)
{
    const struct lb_run *run = path->run;
    const size_t size = run->image_size;
    *strips = (struct strips){
        .path = path,
        .lines = path->lines < MAX_LINES ? path->lines : MAX_LINES,
        .columns = path->frames < MAX_COLUMNS ? path->frames : MAX_COLUMNS,
        .images = path->input.kind == LB_RUN_IMAGES && path->beyond == 0,
    };
    strips->codes = malloc(strips->columns * run->latent * sizeof *strips->codes);
    strips->decoded = malloc(strips->columns * size * sizeof *strips->decoded);
    strips->blend = malloc(strips->columns * size * sizeof *strips->blend);
    strips->keys = malloc(KEYS * size * sizeof *strips->keys);
    if (strips->codes == NULL || strips->decoded == NULL || strips->blend == NULL ||
        strips->keys == NULL) {
        return lb_fail_memory(run->ctx, "picture of a latent path");
    }
    const int rows = strips->images ? 2 : 1;
    const int keys = strips->images ? KEYS : 0;
    return lb_sheet_create(&strips->sheet, run->dataset, (int)strips->columns + keys,
                           rows * (int)strips->lines, CAPTIONS, (int)strips->lines * (HEAD + GAP));
}

static void strips_free(struct strips *strips)
{
    lb_canvas_destroy(&strips->sheet.canvas);
    free(strips->codes);
    free(strips->decoded);
    free(strips->blend);
    free(strips->keys);
}

/* Images and codes along a line: all frames if there are few, else evenly spaced ones. */
static enum lb_status fill(struct strips *strips, size_t line)
{
    struct lb_latent_path *path = strips->path;
    struct lb_run *run = path->run;
    const size_t size = run->image_size;
    const struct lb_latent_line ends = lb_latent_path_line(path, line);
    if (strips->images) {
        LB_TRY(lb_run_input_read(&path->input, run, ends.from, 1, strips->keys));
        LB_TRY(lb_run_input_read(&path->input, run, ends.to, 1, strips->keys + size));
    }
    for (size_t j = 0; j < strips->columns; j++) {
        const double t =
            (double)j / (double)(strips->columns - 1) * lb_latent_path_t(path, path->frames - 1);
        lb_latent_path_code(path, line, t, strips->codes + j * run->latent);
        for (size_t k = 0; k < size && strips->images; k++) {
            strips->blend[j * size + k] =
                (float)((1.0 - t) * (double)strips->keys[k] + t * (double)strips->keys[size + k]);
        }
    }
    return lb_network_apply(run->decoder, strips->codes, strips->columns, strips->decoded);
}

static void draw_line(struct strips *strips, size_t line, int top)
{
    struct lb_sheet *sheet = &strips->sheet;
    const struct lb_latent_line ends = lb_latent_path_line(strips->path, line);
    const int first = strips->images ? 1 : 0;
    const int last = first + (int)strips->columns;
    char title[160];
    const bool curved = strips->path->curves != NULL;
    snprintf(title, sizeof title, "row %zu to row %zu%s: latent %s %s", ends.from, ends.to,
             strips->path->beyond > 0 ? " and beyond" : "", curved ? "length" : "distance",
             lb_label_number(curved ? ends.curve_length : ends.length, 3).text);
    lb_canvas_text(sheet->canvas, sheet->left, top + HEAD / 2.0, LB_ALIGN_START, LB_SHEET_TEXT,
                   LB_INK, title);
    top += HEAD;
    lb_sheet_caption(sheet, top, "decoded", LB_SHEET_TEXT);
    for (int j = first; j < last; j++) {
        lb_sheet_image(sheet, j, top, strips->decoded, (size_t)(j - first));
    }
    if (strips->images) {
        lb_sheet_image(sheet, 0, top, strips->keys, 0);
        lb_sheet_image(sheet, last, top, strips->keys, 1);
        top += sheet->cell_height;
        lb_sheet_caption(sheet, top, "blend", LB_SHEET_TEXT);
        for (int j = first; j < last; j++) {
            lb_sheet_image(sheet, j, top, strips->blend, (size_t)(j - first));
        }
    }
}

static enum lb_status draw(struct strips *strips)
{
    char title[160];
    char shown[64] = "";
    if (strips->lines < strips->path->lines) {
        snprintf(shown, sizeof shown, ", the first %zu of %zu lines", strips->lines,
                 strips->path->lines);
    }
    const char *lines = strips->path->curves != NULL ? "geodesics on the latent manifold"
                                                     : "straight lines in latent space";
    const char *images = strips->path->drawn != NULL ? "Fresh images" : "Images of the file";
    snprintf(title, sizeof title, "%s%s %s%s%s", strips->images ? images : "",
             strips->images ? ", decoded" : "Decoded", lines,
             strips->images ? " between them, blended pixels" : "", shown);
    lb_sheet_title(&strips->sheet, title);
    const int rows = strips->images ? 2 : 1;
    for (size_t i = 0; i < strips->lines; i++) {
        LB_TRY(fill(strips, i));
        draw_line(strips, i,
                  LB_SHEET_TITLE + (int)i * (HEAD + rows * strips->sheet.cell_height + GAP));
    }
    return LB_OK;
}

enum lb_status lb_latent_path_write_picture(struct lb_latent_path *path, const char *picture_path)
{
    struct lb_run *run = path->run;
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    if (!lb_dataset_is_image(run->dataset)) {
        return lb_fail(run->ctx, LB_ERR_ARGUMENT,
                       "%s: images %dx%dx%d do not have 1 or 3 channels (leave out the picture)",
                       picture_path, info->height, info->width, info->channels);
    }
    struct strips strips;
    enum lb_status status = LB_OK;
    LB_CHECK(strips_create(&strips, path));
    LB_CHECK(draw(&strips));
    LB_CHECK(lb_canvas_write(strips.sheet.canvas, run->ctx, picture_path));
fail:
    strips_free(&strips);
    return status;
}
