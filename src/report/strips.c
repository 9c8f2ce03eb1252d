#include "report/strips.h"

#include <math.h>

#include "draw/plot.h"
#include "draw/canvas_text.h"

enum { HEAD = 30, GAP = 10, CAPTION_MARGIN = 16, MIN_CAPTION = 96 };

#define ERROR_TEXT 8.0
#define ERROR_DROP 14 /* pixels below the caption */

static int caption_width(const struct lb_strip_block *blocks, size_t n, size_t rows)
{
    double width = MIN_CAPTION;
    for (size_t i = 0; i < n; i++) {
        for (size_t row = 0; row < rows; row++) {
            const double needed =
                lb_text_width(blocks[i].rows[row].caption, LB_SHEET_TEXT) + CAPTION_MARGIN;
            width = needed > width ? needed : width;
        }
    }
    return (int)width;
}

static void draw_caption(struct lb_sheet *sheet, int top, const struct lb_strip_row *row)
{
    const bool has_error = !isnan(row->error);
    lb_sheet_caption(sheet, has_error ? top - ERROR_DROP / 2 : top, row->caption, LB_SHEET_TEXT);
    if (has_error) {
        lb_sheet_caption(sheet, top + ERROR_DROP / 2, lb_label_number(row->error, 2).text,
                         ERROR_TEXT);
    }
}

enum lb_status lb_strips_draw(struct lb_sheet *sheet, const struct lb_dataset *dataset,
                              const char *title, const struct lb_strip_block *blocks, size_t n,
                              size_t rows, int foot)
{
    LB_TRY(lb_sheet_create(sheet, dataset, LB_STRIP_FRAMES, (int)(rows * n),
                           caption_width(blocks, n, rows), (int)n * (HEAD + GAP) + foot));
    lb_sheet_title(sheet, title);
    int top = LB_SHEET_TITLE;
    for (size_t i = 0; i < n; i++) {
        top += HEAD;
        lb_canvas_text(sheet->canvas, sheet->left, top - HEAD / 2.0, LB_ALIGN_START, LB_SHEET_TEXT,
                       LB_INK, blocks[i].title);
        for (size_t row = 0; row < rows; row++) {
            draw_caption(sheet, top, &blocks[i].rows[row]);
            for (int j = 0; j < LB_STRIP_FRAMES; j++) {
                lb_sheet_image(sheet, j, top, blocks[i].rows[row].images, (size_t)j);
            }
            top += sheet->cell_height;
        }
        top += GAP;
    }
    return LB_OK;
}
