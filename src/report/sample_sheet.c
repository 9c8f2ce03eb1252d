#include "report/sample_sheet.h"

#include <stdio.h>

#include <lowbend/picture.h>

#include "report/sheet.h"
#include "report/cloud.h"

enum { COLUMNS = 8, ROWS = 4, CLOUD_SAMPLES = 1000, MAX_SAMPLES = 1 << 20 };

bool lb_dataset_is_image(const struct lb_dataset *dataset)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(dataset);
    return info->height * info->width > 1 && (info->channels == 1 || info->channels == 3);
}

size_t lb_picture_samples_count(const struct lb_dataset *dataset)
{
    return lb_dataset_is_image(dataset) ? COLUMNS * ROWS : CLOUD_SAMPLES;
}

enum lb_status lb_picture_samples(struct lb_dataset *dataset, const struct lb_gallery *gallery,
                                  int columns, const char *path)
{
    if (!lb_dataset_is_image(dataset)) {
        return lb_cloud_samples(dataset, gallery, path);
    }
    struct lb_sheet sheet;
    char title[128];
    const int n = (int)gallery->n;
    const int wanted = columns > 0 ? columns : COLUMNS;
    const int used = n < wanted ? n : wanted;
    LB_TRY(lb_sheet_create(&sheet, dataset, used, (n + used - 1) / used, 0, 0));
    snprintf(title, sizeof title, "%s: %d random samples", lb_dataset_get_info(dataset)->name, n);
    lb_sheet_title(&sheet, title);
    for (int i = 0; i < n; i++) {
        lb_sheet_image(&sheet, i % used, LB_SHEET_TITLE + i / used * sheet.cell_height,
                       gallery->images, (size_t)i);
    }
    const enum lb_status status = lb_canvas_write(sheet.canvas, lb_dataset_context(dataset), path);
    lb_canvas_destroy(&sheet.canvas);
    return status;
}

enum lb_status lb_dataset_write_sheet(struct lb_dataset *dataset,
                                      const struct lb_sheet_params *params, const char *path)
{
    if (params->count < 0 || params->count > MAX_SAMPLES || params->columns < 0) {
        return lb_fail(lb_dataset_context(dataset), LB_ERR_ARGUMENT,
                       "contact sheet: %d samples in %d columns: must be 0 to %d samples and no "
                       "negative number of columns (use others)",
                       params->count, params->columns, MAX_SAMPLES);
    }
    const size_t n = params->count > 0 ? (size_t)params->count : lb_picture_samples_count(dataset);
    struct lb_gallery gallery = {0};
    enum lb_status status = lb_gallery_sample(&gallery, dataset, params->seed, n);
    if (status == LB_OK) {
        status = lb_picture_samples(dataset, &gallery, params->columns, path);
    }
    lb_gallery_free(&gallery);
    return status;
}
