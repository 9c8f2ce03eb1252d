/* Rows of interpolated images, in blocks. */
#ifndef LB_REPORT_STRIPS_H
#define LB_REPORT_STRIPS_H

#include "eval/gallery.h"
#include "report/sheet.h"

struct lb_strip_row {
    const char *caption;
    const float *images; ///< (LB_STRIP_FRAMES, D)
    double error;        ///< mean squared error per pixel, below the caption; NAN: none
};

struct lb_strip_block {
    char title[160];
    const struct lb_strip_row *rows;
};

/**
 * Draws n blocks of the same number of rows, leaving `foot` pixels free below. The caller destroys
 * sheet->canvas. LB_ERR_ARGUMENT if the picture would be too large, LB_ERR_MEMORY.
 */
enum lb_status lb_strips_draw(struct lb_sheet *sheet, const struct lb_dataset *dataset,
                              const char *title, const struct lb_strip_block *blocks, size_t n,
                              size_t rows, int foot);

#endif
