/*
 * All pairs i < j of a finite set of points (n, POINT_SIZE) with distance in [r_min, r_max], and
 * batches of them.
 *
 * One work-item per point i of first..first+rows-1: count_pairs counts its partners j, list_pairs
 * writes them starting at the point's `offset`, so the list is sorted by (i, j) on every device.
 */
#include "geometry/point.cl"

__kernel void count_pairs(__global const float *points, int n, int first, int rows, float r_min,
                          float r_max, __global uint *count)
{
    const int row = get_global_id(0);
    if (row >= rows) {
        return;
    }
    float x[POINT_SIZE];
    float y[POINT_SIZE];
    uint found = 0;
    load_point(x, points, first + row);
    for (int j = first + row + 1; j < n; j++) {
        load_point(y, points, j);
        const float d = manifold_distance(x, y);
        found += d >= r_min && d <= r_max;
    }
    count[row] = found;
}

__kernel void list_pairs(__global const float *points, int n, int first, int rows, float r_min,
                         float r_max, __global const uint *offset, __global int2 *pairs,
                         __global float *distance)
{
    const int row = get_global_id(0);
    if (row >= rows) {
        return;
    }
    float x[POINT_SIZE];
    float y[POINT_SIZE];
    uint place = offset[row];
    load_point(x, points, first + row);
    for (int j = first + row + 1; j < n; j++) {
        load_point(y, points, j);
        const float d = manifold_distance(x, y);
        if (d >= r_min && d <= r_max) {
            pairs[place] = (int2)(first + row, j);
            distance[place] = d;
            place++;
        }
    }
}

/* A batch of `rows` pairs: their x, y and midpoints in batch (3 rows, POINT_SIZE), and distances.
 * choice: index of the pair; x and y are swapped if its bit `swap` is set. */
__kernel void gather_pairs(__global const float *points, __global const int2 *pairs,
                           __global const float *distance, __global const uint *choice, uint swap,
                           int rows, __global float *batch, __global float *batch_distance)
{
    const int row = get_global_id(0);
    if (row >= rows) {
        return;
    }
    const uint number = choice[row] & ~swap;
    const int2 ends = choice[row] == number ? pairs[number] : pairs[number].yx;
    float x[POINT_SIZE];
    float y[POINT_SIZE];
    float middle[POINT_SIZE];
    load_point(x, points, ends.x);
    load_point(y, points, ends.y);
    manifold_midpoint(x, y, middle);
    store_point(batch, row, x);
    store_point(batch, rows + row, y);
    store_point(batch, 2 * rows + row, middle);
    batch_distance[row] = distance[number];
}

/* A batch of `rows` points. */
__kernel void gather_points(__global const float *points, __global const uint *choice, int rows,
                            __global float *batch)
{
    const int row = get_global_id(0);
    if (row < rows) {
        float x[POINT_SIZE];
        load_point(x, points, (int)choice[row]);
        store_point(batch, row, x);
    }
}
