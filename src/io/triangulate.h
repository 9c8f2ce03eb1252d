/* Polygons in space to triangles. */
#ifndef LB_IO_TRIANGULATE_H
#define LB_IO_TRIANGULATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Corners of the largest polygon for ear clipping: its time grows with the square of them. */
#define LB_TRIANGULATE_MAX_CORNERS 50000

enum lb_triangulate_result {
    LB_TRIANGULATE_DONE,
    LB_TRIANGULATE_TOO_MANY, ///< above LB_TRIANGULATE_MAX_CORNERS, and no fan
    LB_TRIANGULATE_MEMORY,
};

/**
 * Splits a polygon into triangles that turn as it does.
 *
 * A simple polygon, seen along the normal of its best plane (Newell's), is covered once and nothing
 * outside it is. Whatever crosses itself or has no area still ends, with some triangles. A polygon
 * of which corner 0 sees every edge becomes the fan from there.
 *
 * @param vertices  (any number, 3), finite and at most 1e30 in size
 * @param corners   (n) vertices of the polygon in order, n >= 3; they may repeat
 * @param triangles receives up to (n - 2, 3) vertices
 * @param count     receives the number of triangles, at most n - 2; those without area may be left
 *                  out
 */
enum lb_triangulate_result lb_triangulate(const double *vertices, const uint32_t *corners, size_t n,
                                          uint32_t *triangles, size_t *count);

#endif
