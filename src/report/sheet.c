#include "report/sheet.h"

#include "draw/canvas_text.h"

enum { MARGIN = 20, GAP = 8, MIN_WIDTH = 260, MIN_IMAGE = 80, LIMIT = 1 << 20 };

/* n cells of `size` pixels, or LIMIT, which no canvas accepts. */
static int extent(int n, int size)
{
    return n < LIMIT / size ? n * size : LIMIT;
}

enum lb_status lb_sheet_create(struct lb_sheet *sheet, const struct lb_dataset *dataset,
                               int columns, int rows, int captions, int gaps)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(dataset);
    const int longest = info->height > info->width ? info->height : info->width;
    *sheet = (struct lb_sheet){.dataset = dataset,
                               .zoom = longest < MIN_IMAGE ? MIN_IMAGE / longest : 1};
    sheet->cell_width = sheet->zoom * info->width + GAP;
    sheet->cell_height = sheet->zoom * info->height + GAP;
    sheet->left = MARGIN + captions;
    const int width = sheet->left + extent(columns, sheet->cell_width) + MARGIN - GAP;
    const int height = LB_SHEET_TITLE + extent(rows, sheet->cell_height) + gaps + MARGIN - GAP;
    return lb_canvas_create(&sheet->canvas, lb_dataset_context(dataset),
                            width > MIN_WIDTH ? width : MIN_WIDTH, height);
}

void lb_sheet_image(struct lb_sheet *sheet, int column, int top, const float *images, size_t index)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(sheet->dataset);
    const size_t size = (size_t)info->height * (size_t)info->width * (size_t)info->channels;
    const struct lb_image image = {images + index * size, info->height, info->width,
                                   info->channels};
    lb_canvas_image(sheet->canvas, sheet->left + column * sheet->cell_width, top, image,
                    sheet->zoom);
}

void lb_sheet_title(struct lb_sheet *sheet, const char *text)
{
    lb_canvas_text(sheet->canvas, MARGIN, LB_SHEET_TITLE / 2.0 + 2.0, LB_ALIGN_START, LB_SHEET_TEXT,
                   LB_INK, text);
}

void lb_sheet_caption(struct lb_sheet *sheet, int top, const char *text, double size)
{
    lb_canvas_text(sheet->canvas, sheet->left - 12.0, top + sheet->cell_height / 2.0 - 4.0,
                   LB_ALIGN_END, size, LB_INK, text);
}
