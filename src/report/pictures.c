#include "report/pictures.h"

#include <stdio.h>
#include <stdlib.h>

#include "io/text.h"
#include "report/sheet.h"

enum {
    CAPTION_WIDTH = 96,
    GALLERY_COLUMNS = 10,
    STRIPS = 4,
};

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

enum lb_status lb_picture_reconstruction(struct lb_run *run, const struct lb_gallery *gallery)
{
    struct lb_sheet sheet;
    char title[128];
    LB_TRY(lb_sheet_create(&sheet, run->dataset, GALLERY_COLUMNS, 2, CAPTION_WIDTH, 0));
    snprintf(title, sizeof title,
             "Decoded images of fresh samples, mean squared error %s per pixel",
             lb_label_number(gallery->mse, 3).text);
    lb_sheet_title(&sheet, title);
    const int top = LB_SHEET_TITLE;
    lb_sheet_caption(&sheet, top, "image");
    lb_sheet_caption(&sheet, top + sheet.cell_height, "decoded");
    for (int i = 0; i < GALLERY_COLUMNS && (size_t)i < gallery->n; i++) {
        lb_sheet_image(&sheet, i, top, gallery->images, (size_t)i);
        lb_sheet_image(&sheet, i, top + sheet.cell_height, gallery->decoded, (size_t)i);
    }
    const enum lb_status status = lb_picture_write(run, sheet.canvas, "reconstruction.png");
    lb_canvas_destroy(&sheet.canvas);
    return status;
}

enum lb_status lb_picture_interpolation(struct lb_run *run, const struct lb_strip *strips, size_t n)
{
    enum { STRIP_HEAD = 30, STRIP_GAP = 10 };
    struct lb_sheet sheet;
    LB_TRY(lb_sheet_create(&sheet, run->dataset, LB_STRIP_FRAMES, 3 * (int)n, CAPTION_WIDTH,
                           (int)n * (STRIP_HEAD + STRIP_GAP)));
    lb_sheet_title(&sheet, "From one image to another: true geodesic, straight line in latent "
                           "space, blended pixels");
    for (size_t i = 0; i < n; i++) {
        char title[256];
        int top =
            LB_SHEET_TITLE + (int)i * (3 * sheet.cell_height + STRIP_HEAD + STRIP_GAP) + STRIP_HEAD;
        snprintf(title, sizeof title,
                 "distance %s (epsilon %s); mean squared error: latent line %s, blend %s",
                 lb_label_number(strips[i].distance, 3).text,
                 lb_label_number(run->params.epsilon, 3).text,
                 lb_label_number(strips[i].decoded_mse, 2).text,
                 lb_label_number(strips[i].blend_mse, 2).text);
        lb_canvas_text(sheet.canvas, sheet.left, top - STRIP_HEAD / 2.0, LB_ALIGN_START,
                       LB_SHEET_TEXT, LB_INK, title);
        const float *const rows[] = {strips[i].truth, strips[i].decoded, strips[i].blend};
        static const char *const captions[] = {"geodesic", "latent line", "blend"};
        for (int row = 0; row < 3; row++) {
            lb_sheet_caption(&sheet, top, captions[row]);
            for (int j = 0; j < LB_STRIP_FRAMES; j++) {
                lb_sheet_image(&sheet, j, top, rows[row], (size_t)j);
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
    LB_CHECK(lb_dataset_is_image(run->dataset) ? lb_picture_interpolation(run, strips, n)
                                      : lb_cloud_interpolation(run, strips, n));
fail:
    for (int k = 0; k < STRIPS; k++) {
        lb_strip_free(&strips[k]);
    }
    return status;
}

static enum lb_status samples(struct lb_run *run, const struct lb_gallery *gallery)
{
    char *path = lb_run_file(run, "samples.png");
    if (path == NULL) {
        return lb_fail_memory(run->ctx, "samples.png");
    }
    const enum lb_status status = lb_picture_samples(run->dataset, gallery, 0, path);
    free(path);
    return status;
}

enum lb_status lb_run_write_pictures(struct lb_run *run)
{
    struct lb_gallery gallery = {0};
    enum lb_status status = LB_OK;
    LB_CHECK(lb_gallery_create(&gallery, run, lb_picture_samples_count(run->dataset)));
    LB_CHECK(samples(run, &gallery));
    if (gallery.decoded != NULL) {
        LB_CHECK(lb_dataset_is_image(run->dataset) ? lb_picture_reconstruction(run, &gallery)
                                                   : lb_cloud_reconstruction(run, &gallery));
        LB_CHECK(interpolation(run));
    }
    LB_CHECK(lb_picture_latent(run));
    LB_CHECK(lb_picture_loss(run));
fail:
    lb_gallery_free(&gallery);
    return status;
}
