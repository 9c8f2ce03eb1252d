#include "draw/canvas_text.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "draw/font.h"

#define STROKE_WIDTH   0.135 /* relative to the height of a capital */
#define STROKE_NUMBERS 24
#define RADIANS        0.017453292519943295

/** Mapping from glyph coordinates to pixels. */
struct pen {
    struct lb_canvas *canvas;
    double x; ///< start of the text on its base line
    double y;
    double along; ///< left edge of the glyph, in pixels
    double unit;  ///< pixels per unit of the font
    double width;
    bool up;
};

/** The next character of the font; one for each UTF-8 character. */
static char next_character(const char **text)
{
    const char first = *(*text)++;
    while (((unsigned char)**text & 0xc0) == 0x80) {
        (*text)++;
    }
    return first;
}

double lb_text_width(const char *text, double size)
{
    double width = 0.0;
    while (*text != '\0') {
        width += lb_font_glyph(next_character(&text)).width + LB_FONT_SPACING;
    }
    return width > 0.0 ? (width - LB_FONT_SPACING) * size / LB_FONT_CAPITAL : 0.0;
}

/** Draws a line between two points of the glyph. */
static void add_stroke(const struct pen *pen, double x0, double y0, double x1, double y1)
{
    const double u0 = pen->along + x0 * pen->unit;
    const double u1 = pen->along + x1 * pen->unit;
    const double v0 = (y0 - LB_FONT_CAPITAL) * pen->unit;
    const double v1 = (y1 - LB_FONT_CAPITAL) * pen->unit;
    if (pen->up) {
        lb_canvas_add_line(pen->canvas, pen->x + v0, pen->y - u0, pen->x + v1, pen->y - u1,
                           pen->width);
    } else {
        lb_canvas_add_line(pen->canvas, pen->x + u0, pen->y + v0, pen->x + u1, pen->y + v1,
                           pen->width);
    }
}

static void add_arc(const struct pen *pen, const int arc[6])
{
    const int steps = (abs(arc[5] - arc[4]) + 14) / 15;
    for (int i = 0; i < steps; i++) {
        const double a = RADIANS * (arc[4] + (double)(arc[5] - arc[4]) * i / steps);
        const double b = RADIANS * (arc[4] + (double)(arc[5] - arc[4]) * (i + 1) / steps);
        add_stroke(pen, arc[0] + arc[2] * cos(a), arc[1] + arc[3] * sin(a),
                   arc[0] + arc[2] * cos(b), arc[1] + arc[3] * sin(b));
    }
}

static void add_glyph(const struct pen *pen, const char *strokes)
{
    while (*strokes != '\0') {
        const char kind = *strokes++;
        int numbers[STROKE_NUMBERS] = {0};
        int n = 0;
        while (*strokes == ' ' && n < STROKE_NUMBERS) {
            char *end;
            numbers[n++] = (int)strtol(strokes, &end, 10);
            strokes = end;
        }
        strokes += *strokes == ';' ? 1 : 0;
        if (kind == 'A') {
            add_arc(pen, numbers);
            continue;
        }
        for (int i = 0; i + 3 < n; i += 2) {
            add_stroke(pen, numbers[i], numbers[i + 1], numbers[i + 2], numbers[i + 3]);
        }
    }
}

static void draw(struct pen pen, enum lb_align align, double size, struct lb_color color,
                 const char *text)
{
    const double shift = align == LB_ALIGN_START ? 0.0 : align == LB_ALIGN_CENTER ? 0.5 : 1.0;
    pen.along = -shift * lb_text_width(text, size);
    pen.unit = size / LB_FONT_CAPITAL;
    pen.width = fmax(STROKE_WIDTH * size, 1.1);
    while (*text != '\0') {
        const struct lb_glyph glyph = lb_font_glyph(next_character(&text));
        add_glyph(&pen, glyph.strokes);
        pen.along += (glyph.width + LB_FONT_SPACING) * pen.unit;
    }
    lb_canvas_paint(pen.canvas, color);
}

/* The base line is centred on a pixel, which keeps horizontal strokes sharp. */

void lb_canvas_text(struct lb_canvas *canvas, double x, double y, enum lb_align align, double size,
                    struct lb_color color, const char *text)
{
    const struct pen pen = {.canvas = canvas, .x = x, .y = floor(y + 0.5 * size) + 0.5};
    draw(pen, align, size, color, text);
}

void lb_canvas_text_up(struct lb_canvas *canvas, double x, double y, enum lb_align align,
                       double size, struct lb_color color, const char *text)
{
    const struct pen pen = {.canvas = canvas, .x = floor(x + 0.5 * size) + 0.5, .y = y, .up = true};
    draw(pen, align, size, color, text);
}

struct lb_label lb_label_number(double value, int digits)
{
    struct lb_label label = {""};
    lb_format(label.text, sizeof(label.text), "%.*g", digits, value);
    return label;
}
