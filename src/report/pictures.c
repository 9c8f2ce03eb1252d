#include "report/pictures.h"

#include <stdio.h>
#include <stdlib.h>

#include "io/text.h"

enum {
    MARGIN = 20,
    TITLE_HEIGHT = 36,
    CAPTION_WIDTH = 96,
    SHEET_COLUMNS = 8,
    SHEET_ROWS = 4,
    GALLERY_COLUMNS = 10,
    CLOUD_SAMPLES = 1000,
    STRIPS = 4,
};

static const double text_size = 10.0;

bool lb_picture_is_image(const struct lb_run *run)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    return info->height * info->width > 1 && (info->channels == 1 || info->channels == 3);
}

enum lb_status lb_picture_write(struct lb_run *run, const struct lb_canvas *canvas,
                                const char *name)
{
    char *path = lb_run_file(run, name);
    if (path == NULL) {
        return lb_fail_memory(run->ctx, name);
    }
    const enum lb_status status = lb_canvas_write(canvas, run->ctx, path);
    free(path);
    return status;
}

/* A grid of equal cells for images of one dataset. */
struct sheet {
    struct lb_run *run;
    struct lb_canvas *canvas;
    int zoom;
    int cell_width; ///< image, frame and gap
    int cell_height;
    int left; ///< of the first column
};

static enum lb_status sheet_create(struct sheet *sheet, struct lb_run *run, int columns, int rows,
                                   int captions, int row_gaps)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    const int longest = info->height > info->width ? info->height : info->width;
    *sheet = (struct sheet){.run = run, .zoom = longest < 80 ? 80 / longest : 1};
    sheet->cell_width = sheet->zoom * info->width + 8;
    sheet->cell_height = sheet->zoom * info->height + 8;
    sheet->left = MARGIN + captions;
    return lb_canvas_create(&sheet->canvas, run->ctx,
                            sheet->left + columns * sheet->cell_width + MARGIN - 8,
                            TITLE_HEIGHT + rows * sheet->cell_height + row_gaps + MARGIN - 8);
}

/* Image `index` of `images` in a cell whose row starts at `top`. */
static void sheet_image(struct sheet *sheet, int column, int top, const float *images, size_t index)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(sheet->run->dataset);
    const struct lb_image image = {images + index * sheet->run->image_size, info->height,
                                   info->width, info->channels};
    lb_canvas_image(sheet->canvas, sheet->left + column * sheet->cell_width, top, image,
                    sheet->zoom);
}

static void sheet_title(struct sheet *sheet, const char *text)
{
    lb_canvas_text(sheet->canvas, MARGIN, TITLE_HEIGHT / 2.0 + 2.0, LB_ALIGN_START, text_size,
                   LB_INK, text);
}

static void sheet_caption(struct sheet *sheet, int top, const char *text)
{
    lb_canvas_text(sheet->canvas, sheet->left - 12.0, top + sheet->cell_height / 2.0 - 4.0,
                   LB_ALIGN_END, text_size, LB_INK, text);
}

enum lb_status lb_picture_samples(struct lb_run *run, const struct lb_gallery *gallery)
{
    struct sheet sheet;
    char title[128];
    LB_TRY(sheet_create(&sheet, run, SHEET_COLUMNS, SHEET_ROWS, 0, 0));
    snprintf(title, sizeof title, "%s: %d random samples", lb_dataset_get_info(run->dataset)->name,
             SHEET_COLUMNS * SHEET_ROWS);
    sheet_title(&sheet, title);
    for (int i = 0; i < SHEET_COLUMNS * SHEET_ROWS && (size_t)i < gallery->n; i++) {
        sheet_image(&sheet, i % SHEET_COLUMNS, TITLE_HEIGHT + i / SHEET_COLUMNS * sheet.cell_height,
                    gallery->images, (size_t)i);
    }
    const enum lb_status status = lb_picture_write(run, sheet.canvas, "samples.png");
    lb_canvas_destroy(&sheet.canvas);
    return status;
}

enum lb_status lb_picture_reconstruction(struct lb_run *run, const struct lb_gallery *gallery)
{
    struct sheet sheet;
    char title[128];
    LB_TRY(sheet_create(&sheet, run, GALLERY_COLUMNS, 2, CAPTION_WIDTH, 0));
    snprintf(title, sizeof title,
             "Decoded images of fresh samples, mean squared error %s per pixel",
             lb_label_number(gallery->mse, 3).text);
    sheet_title(&sheet, title);
    const int top = TITLE_HEIGHT;
    sheet_caption(&sheet, top, "image");
    sheet_caption(&sheet, top + sheet.cell_height, "decoded");
    for (int i = 0; i < GALLERY_COLUMNS && (size_t)i < gallery->n; i++) {
        sheet_image(&sheet, i, top, gallery->images, (size_t)i);
        sheet_image(&sheet, i, top + sheet.cell_height, gallery->decoded, (size_t)i);
    }
    const enum lb_status status = lb_picture_write(run, sheet.canvas, "reconstruction.png");
    lb_canvas_destroy(&sheet.canvas);
    return status;
}

enum lb_status lb_picture_interpolation(struct lb_run *run, const struct lb_strip *strips, size_t n)
{
    enum { STRIP_TITLE = 30, STRIP_GAP = 10 };
    struct sheet sheet;
    LB_TRY(sheet_create(&sheet, run, LB_STRIP_FRAMES, 3 * (int)n, CAPTION_WIDTH,
                        (int)n * (STRIP_TITLE + STRIP_GAP)));
    sheet_title(&sheet, "From one image to another: true geodesic, straight line in latent space, "
                        "blended pixels");
    for (size_t i = 0; i < n; i++) {
        char title[256];
        int top =
            TITLE_HEIGHT + (int)i * (3 * sheet.cell_height + STRIP_TITLE + STRIP_GAP) + STRIP_TITLE;
        snprintf(title, sizeof title,
                 "distance %s (epsilon %s); mean squared error: latent line %s, blend %s",
                 lb_label_number(strips[i].distance, 3).text,
                 lb_label_number(run->params.epsilon, 3).text,
                 lb_label_number(strips[i].decoded_mse, 2).text,
                 lb_label_number(strips[i].blend_mse, 2).text);
        lb_canvas_text(sheet.canvas, sheet.left, top - STRIP_TITLE / 2.0, LB_ALIGN_START, text_size,
                       LB_INK, title);
        const float *const rows[] = {strips[i].truth, strips[i].decoded, strips[i].blend};
        static const char *const captions[] = {"geodesic", "latent line", "blend"};
        for (int row = 0; row < 3; row++) {
            sheet_caption(&sheet, top, captions[row]);
            for (int j = 0; j < LB_STRIP_FRAMES; j++) {
                sheet_image(&sheet, j, top, rows[row], (size_t)j);
            }
            top += sheet.cell_height;
        }
    }
    const enum lb_status status = lb_picture_write(run, sheet.canvas, "interpolation.png");
    lb_canvas_destroy(&sheet.canvas);
    return status;
}

/* Strips at growing multiples of epsilon, as far as pairs of points are apart. */
static enum lb_status interpolation(struct lb_run *run)
{
    struct lb_strip strips[STRIPS] = {{0}};
    size_t n = 0;
    enum lb_status status = LB_OK;
    for (int k = 0; k < STRIPS; k++) {
        const double wanted = run->params.epsilon * (1 << k);
        LB_CHECK(lb_strip_create(&strips[n], run, wanted));
        if (strips[n].distance < 0.8 * wanted) { // the manifold is smaller than that
            lb_strip_free(&strips[n]);
            break;
        }
        n++;
    }
    LB_CHECK(lb_picture_is_image(run) ? lb_picture_interpolation(run, strips, n)
                                      : lb_cloud_interpolation(run, strips, n));
fail:
    for (int k = 0; k < STRIPS; k++) {
        lb_strip_free(&strips[k]);
    }
    return status;
}

enum lb_status lb_run_write_pictures(struct lb_run *run)
{
    struct lb_gallery gallery = {0};
    const bool is_image = lb_picture_is_image(run);
    enum lb_status status = LB_OK;
    LB_CHECK(
        lb_gallery_create(&gallery, run, is_image ? SHEET_COLUMNS * SHEET_ROWS : CLOUD_SAMPLES));
    LB_CHECK(is_image ? lb_picture_samples(run, &gallery) : lb_cloud_samples(run, &gallery));
    if (gallery.decoded != NULL) {
        LB_CHECK(is_image ? lb_picture_reconstruction(run, &gallery)
                          : lb_cloud_reconstruction(run, &gallery));
        LB_CHECK(interpolation(run));
    }
    LB_CHECK(lb_picture_latent(run));
    LB_CHECK(lb_picture_loss(run));
fail:
    lb_gallery_free(&gallery);
    return status;
}
