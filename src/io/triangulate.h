/* Triangulation of polygons in space. */
#ifndef LB_IO_TRIANGULATE_H
#define LB_IO_TRIANGULATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Most corners for ear clipping, whose time is quadratic. */
#define LB_TRIANGULATE_MAX_CORNERS 50000

enum lb_triangulate_result {
    LB_TRIANGULATE_DONE,
    LB_TRIANGULATE_TOO_MANY, ///< more than LB_TRIANGULATE_MAX_CORNERS, and not a fan
    LB_TRIANGULATE_MEMORY,
};

/**
 * Splits a polygon into triangles of the same orientation.
 *
 * A simple polygon, seen along the normal of its best-fit plane (Newell), is covered exactly once.
 * Self-intersecting or degenerate polygons also give some triangles. A polygon whose corner 0 sees
 * every edge becomes the fan from there.
 *
 * @param vertices  (any number, 3), finite and at most 1e30 in absolute value
 * @param corners   (n) vertices of the polygon in order, n >= 3; they may repeat
 * @param triangles receives up to (n - 2, 3) vertices
 * @param count     receives the number of triangles, at most n - 2; degenerate ones may be omitted
 */
enum lb_triangulate_result lb_triangulate(const double *vertices, const uint32_t *corners, size_t n,
                                          uint32_t *triangles, size_t *count);

#endif
