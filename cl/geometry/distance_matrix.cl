/*
 * Distances of all pairs of points (n, POINT_SIZE): distance (n, n), bitwise symmetric, 0 on the
 * diagonal. One work-item for each of the n^2 numbers; that of i <= j writes both.
 */
#include "geometry/point.cl"

__kernel void distance_matrix(__global const float *points, int n, __global float *distance)
{
    const int at = get_global_id(0);
    if (at < n * n) {
        const int i = at / n;
        const int j = at - i * n;
        if (i <= j) {
            float a[POINT_SIZE];
            float b[POINT_SIZE];
            load_point(a, points, i);
            load_point(b, points, j);
            const float d = i < j ? manifold_distance(a, b) : 0.0f;
            distance[(size_t)i * n + j] = d;
            distance[(size_t)j * n + i] = d;
        }
    }
}
