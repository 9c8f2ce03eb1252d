/* lowbend's stroke font, drawn with antialiased lines: no font file is needed. */
#ifndef LB_DRAW_FONT_H
#define LB_DRAW_FONT_H

#define LB_FONT_CAPITAL 28 /* height of the capitals; small letters have 20, descenders 9 */
#define LB_FONT_SPACING 8  /* between two glyphs */

/**
 * Strokes separated by ';', in integers; x to the right, y down from the top of the capitals. "L x
 * y x y ..." is a polyline, "A cx cy rx ry from to" an arc of an ellipse, in degrees clockwise from
 * the right.
 */
struct lb_glyph {
    int width;
    const char *strokes;
};

/** Glyph of a printable ASCII character; '?' for any other. */
struct lb_glyph lb_font_glyph(char character);

#endif
