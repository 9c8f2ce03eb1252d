/* What tests of pictures share: canvases and what is found on them. */
#ifndef PICTURE_SUPPORT_H
#define PICTURE_SUPPORT_H

#include <stdbool.h>

#include "draw/canvas.h"

struct lb_canvas *new_canvas(struct lb_context *ctx, int width, int height);
const unsigned char *pixel(const struct lb_canvas *canvas, int x, int y);
bool has_color(const struct lb_canvas *canvas, int x, int y, struct lb_color color);
/** Number of pixels that are not white. */
int painted(const struct lb_canvas *canvas);
/** Number of pixels of exactly this colour. */
int count_color(const struct lb_canvas *canvas, struct lb_color color);
void assert_clean(const struct lb_canvas *canvas);

/** The frame with this index, counted from the left, around a chart's data. */
struct lb_rect find_frame(const struct lb_canvas *canvas, int index);

#endif
