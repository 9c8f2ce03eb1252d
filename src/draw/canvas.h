/* A canvas: antialiased shapes and float images. Text is in canvas_text.h. */
#ifndef LB_DRAW_CANVAS_H
#define LB_DRAW_CANVAS_H

#include <stddef.h>

#include "base/context.h"

struct lb_color {
    unsigned char red;
    unsigned char green;
    unsigned char blue;
};

#define LB_WHITE ((struct lb_color){255, 255, 255})
#define LB_INK   ((struct lb_color){51, 51, 51}) /* text */

/** A rectangle of whole pixels. */
struct lb_rect {
    int x;
    int y;
    int width;
    int height;
};

/**
 * Pixel (i,j) covers [i,i+1) x [j,j+1), y points down. Coordinates may lie anywhere; everything
 * outside is clipped. Non-finite coordinates draw nothing.
 */
struct lb_canvas {
    int width;
    int height;
    unsigned char *pixels;   ///< RGB, rows from the top
    unsigned char *coverage; ///< coverage of the present shape; zero between shapes
    struct lb_rect clip;     ///< clip rectangle; initially the whole picture
    struct lb_rect dirty;    ///< area where `coverage` is not zero
};

/** A white canvas. LB_ERR_ARGUMENT for a size below 1 or above 16384, LB_ERR_MEMORY. */
enum lb_status lb_canvas_create(struct lb_canvas **out, struct lb_context *ctx, int width,
                                int height);
void lb_canvas_destroy(struct lb_canvas **canvas);

/** Writes the canvas as PNG. */
enum lb_status lb_canvas_write(const struct lb_canvas *canvas, struct lb_context *ctx,
                               const char *path);

/** Sets the clip rectangle; NULL removes it. */
void lb_canvas_clip(struct lb_canvas *canvas, const struct lb_rect *rect);

void lb_canvas_rect(struct lb_canvas *canvas, struct lb_rect rect, struct lb_color color);
/** A frame one pixel wide, inside the rectangle. */
void lb_canvas_frame(struct lb_canvas *canvas, struct lb_rect rect, struct lb_color color);
void lb_canvas_line(struct lb_canvas *canvas, double x0, double y0, double x1, double y1,
                    double width, struct lb_color color);
void lb_canvas_disc(struct lb_canvas *canvas, double x, double y, double radius,
                    struct lb_color color);

/**
 * A shape made of parts: add the parts, then paint once, so that edges stay smooth where parts meet
 * or overlap. lb_canvas_line() and lb_canvas_disc() are single parts.
 */
void lb_canvas_add_line(struct lb_canvas *canvas, double x0, double y0, double x1, double y1,
                        double width);
void lb_canvas_add_disc(struct lb_canvas *canvas, double x, double y, double radius);
void lb_canvas_paint(struct lb_canvas *canvas, struct lb_color color);

/** Pixels (height, width, channels) in [0,1], clamped; NaN is drawn as 0. */
struct lb_image {
    const float *pixels;
    int height;
    int width;
    int channels; ///< 1 or 3
};

/**
 * Draws an image with its top left corner at (x,y), each pixel as zoom x zoom, and a grey frame one
 * pixel wide outside it (zoom * width + 2 pixels in total).
 */
void lb_canvas_image(struct lb_canvas *canvas, int x, int y, struct lb_image image, int zoom);

#endif
