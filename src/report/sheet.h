/* A grid of equal cells for images of one dataset, with a title above and captions at the left. */
#ifndef LB_REPORT_SHEET_H
#define LB_REPORT_SHEET_H

#include <lowbend/dataset.h>

#include "draw/canvas.h"

#define LB_SHEET_TITLE 36   /* pixels above the first row */
#define LB_SHEET_TEXT  10.0 /* font size */

struct lb_sheet {
    const struct lb_dataset *dataset;
    struct lb_canvas *canvas;
    int zoom;
    int cell_width; ///< image, frame and gap
    int cell_height;
    int left; ///< of the first column
};

/**
 * @param captions pixels at the left for captions
 * @param gaps     total pixels between rows
 *
 * LB_ERR_ARGUMENT if the picture would be too large; the caller destroys the canvas.
 */
enum lb_status lb_sheet_create(struct lb_sheet *sheet, const struct lb_dataset *dataset,
                               int columns, int rows, int captions, int gaps);
/** Draws image `index` of `images` in a cell of the row that starts at `top`. */
void lb_sheet_image(struct lb_sheet *sheet, int column, int top, const float *images, size_t index);
void lb_sheet_title(struct lb_sheet *sheet, const char *text);
/** Draws a caption at the left of the row that starts at `top`. */
void lb_sheet_caption(struct lb_sheet *sheet, int top, const char *text, double size);

#endif
