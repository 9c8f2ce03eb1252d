/*
 * Queries of the manifold for given points (n, POINT_SIZE), one work-item per row:
 *
 * query_distance: result (n), the distances of x and y
 * query_midpoint: result (n, POINT_SIZE), the midpoints of the shortest geodesics from x to y
 * query_contains: result (n), 1 if the manifold contains x, else 0
 */
#include "geometry/point.cl"

__kernel void query_distance(__global const float *x, __global const float *y, int n,
                             __global float *result)
{
    const int i = get_global_id(0);
    if (i < n) {
        float a[POINT_SIZE];
        float b[POINT_SIZE];
        load_point(a, x, i);
        load_point(b, y, i);
        result[i] = manifold_distance(a, b);
    }
}

__kernel void query_midpoint(__global const float *x, __global const float *y, int n,
                             __global float *result)
{
    const int i = get_global_id(0);
    if (i < n) {
        float a[POINT_SIZE];
        float b[POINT_SIZE];
        float m[POINT_SIZE];
        load_point(a, x, i);
        load_point(b, y, i);
        manifold_midpoint(a, b, m);
        store_point(result, i, m);
    }
}

__kernel void query_contains(__global const float *x, int n, __global float *result)
{
    const int i = get_global_id(0);
    if (i < n) {
        float a[POINT_SIZE];
        load_point(a, x, i);
        result[i] = manifold_contains(a) != 0;
    }
}
