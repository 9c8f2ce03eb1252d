/* Short texts on a canvas, and numbers as text. */
#ifndef LB_DRAW_CANVAS_TEXT_H
#define LB_DRAW_CANVAS_TEXT_H

#include "draw/canvas.h"

#define LB_LABEL_BYTES 48

enum lb_align {
    LB_ALIGN_START, ///< the position is the text's start
    LB_ALIGN_CENTER,
    LB_ALIGN_END,
};

/** Width in pixels; `size` is the height of a capital in pixels, here and below. */
double lb_text_width(const char *text, double size);

/**
 * One line of text; (x,y) is its start, centre or end, at half the height of a capital. ASCII; any
 * other character is drawn as '?'.
 */
void lb_canvas_text(struct lb_canvas *canvas, double x, double y, enum lb_align align, double size,
                    struct lb_color color, const char *text);
/** The same, turned to read upwards. */
void lb_canvas_text_up(struct lb_canvas *canvas, double x, double y, enum lb_align align,
                       double size, struct lb_color color, const char *text);

/** A number with the given number of significant digits. */
struct lb_label {
    char text[LB_LABEL_BYTES];
};
struct lb_label lb_label_number(double value, int digits);

#endif
