/* The pictures of a run folder. */
#include <lowbend/run.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/lock.h"
#include "draw/canvas_text.h"
#include "report/cloud.h"
#include "report/latent.h"
#include "report/loss_picture.h"
#include "report/picture_file.h"
#include "report/sample_sheet.h"
#include "report/sheet.h"
#include "report/strips.h"
#include "run/run_files.h"

enum {
    CAPTION_WIDTH = 96,
    GALLERY_COLUMNS = 10,
    STRIPS = 4,
};

/* The gallery's images above the decoded ones. */
static enum lb_status draw_reconstruction(struct lb_run *run, const struct lb_gallery *gallery)
{
    struct lb_sheet sheet;
    char title[128];
    LB_TRY(lb_sheet_create(&sheet, run->dataset, GALLERY_COLUMNS, 2, CAPTION_WIDTH, 0));
    snprintf(title, sizeof title, "Decoded images of %s samples, mean squared error %s per pixel",
             gallery->points != NULL ? "fresh" : "held-out", lb_label_number(gallery->mse, 3).text);
    lb_sheet_title(&sheet, title);
    const int top = LB_SHEET_TITLE;
    lb_sheet_caption(&sheet, top, "image", LB_SHEET_TEXT);
    lb_sheet_caption(&sheet, top + sheet.cell_height, "decoded", LB_SHEET_TEXT);
    for (int i = 0; i < GALLERY_COLUMNS && (size_t)i < gallery->n; i++) {
        lb_sheet_image(&sheet, i, top, gallery->images, (size_t)i);
        lb_sheet_image(&sheet, i, top + sheet.cell_height, gallery->decoded, (size_t)i);
    }
    const enum lb_status status = lb_picture_write(run, sheet.canvas, LB_RUN_RECONSTRUCTION);
    lb_canvas_destroy(&sheet.canvas);
    return status;
}

static enum lb_status draw_strips(struct lb_run *run, const struct lb_strip *strips, size_t n)
{
    enum { ROWS = 3 };
    struct lb_strip_row rows[STRIPS][ROWS];
    struct lb_strip_block blocks[STRIPS];
    struct lb_sheet sheet;
    for (size_t i = 0; i < n; i++) {
        rows[i][0] = (struct lb_strip_row){"geodesic", strips[i].truth, (double)NAN};
        rows[i][1] = (struct lb_strip_row){"latent line", strips[i].decoded, strips[i].decoded_mse};
        rows[i][2] = (struct lb_strip_row){"blend", strips[i].blend, strips[i].blend_mse};
        blocks[i].rows = rows[i];
        snprintf(blocks[i].title, sizeof blocks[i].title,
                 "distance %s (epsilon %s); mean squared errors at the left",
                 lb_label_number(strips[i].distance, 3).text,
                 lb_label_number(run->params.epsilon, 3).text);
    }
    LB_TRY(lb_strips_draw(&sheet, run->dataset,
                          "From one image to another: true geodesic, straight line in latent "
                          "space, blended pixels",
                          blocks, n, ROWS, 0));
    const enum lb_status status = lb_picture_write(run, sheet.canvas, LB_RUN_INTERPOLATION);
    lb_canvas_destroy(&sheet.canvas);
    return status;
}

/* Strips at increasing multiples of epsilon, as far as the manifold allows. */
static enum lb_status interpolation(struct lb_run *run)
{
    struct lb_strip strips[STRIPS] = {{0}};
    size_t n = 0;
    enum lb_status status = LB_OK;
    bool found = true;
    for (int k = 0; k < STRIPS && found; k++) {
        const double distance = run->params.epsilon * (1 << k);
        LB_CHECK(lb_strip_draw(&strips[k], run, (uint32_t)k, distance, &found));
        n += found;
    }
    LB_CHECK(lb_dataset_is_image(run->dataset) ? draw_strips(run, strips, n)
                                               : lb_cloud_interpolation(run, strips, n));
fail:
    for (int k = 0; k < STRIPS; k++) {
        lb_strip_free(&strips[k]);
    }
    return status;
}

static enum lb_status samples(struct lb_run *run, const struct lb_gallery *gallery)
{
    char *path = lb_run_file_path(run->path, LB_RUN_SAMPLES);
    if (path == NULL) {
        return lb_fail_memory(run->ctx, lb_run_file_name(LB_RUN_SAMPLES));
    }
    const enum lb_status status = lb_picture_samples(run->dataset, gallery, 0, path);
    free(path);
    return status;
}

static enum lb_status write_pictures(struct lb_run *run)
{
    struct lb_gallery gallery = {0};
    enum lb_status status = LB_OK;
    LB_CHECK(lb_gallery_create(&gallery, run, lb_picture_samples_count(run->dataset)));
    LB_CHECK(samples(run, &gallery));
    if (gallery.decoded != NULL) {
        LB_CHECK(lb_dataset_is_image(run->dataset) ? draw_reconstruction(run, &gallery)
                                                   : lb_cloud_reconstruction(run, &gallery));
    }
    if (gallery.decoded != NULL && gallery.points != NULL) {
        LB_CHECK(interpolation(run));
    }
    LB_CHECK(lb_picture_latent(run));
    LB_CHECK(lb_picture_loss(run));
fail:
    lb_gallery_free(&gallery);
    return status;
}

enum lb_status lb_run_write_pictures(struct lb_run *run)
{
    struct lb_folder_lock lock;
    LB_TRY(lb_folder_lock_take(&lock, run->ctx, run->path));
    const enum lb_status status = write_pictures(run);
    lb_folder_lock_release(&lock);
    return status;
}
