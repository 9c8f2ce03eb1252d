/*
 * Coordinate lines and colours that a manifold may define for plots (cl/lib/dataset.cl); one
 * work-item per point.
 *
 * chart_grid:   points (GRID_LINES, per_line, POINT_SIZE) at equal steps of t from 0 to 1
 * chart_colors: result (n, 3), points of the unit ball, of points (n, POINT_SIZE)
 */
#ifdef GRID_LINES
__kernel void chart_grid(int per_line, __global float *points)
{
    const int i = get_global_id(0);
    if (i < GRID_LINES * per_line) {
        float x[POINT_SIZE];
        manifold_grid(i / per_line, (float)(i % per_line) / (float)(per_line - 1), x);
        for (int k = 0; k < POINT_SIZE; k++) {
            points[(size_t)i * POINT_SIZE + k] = x[k];
        }
    }
}
#endif

#ifdef COLOR_HUE
__kernel void chart_colors(__global const float *points, int n, __global float *result)
{
    const int i = get_global_id(0);
    if (i < n) {
        float x[POINT_SIZE];
        float color[3];
        for (int k = 0; k < POINT_SIZE; k++) {
            x[k] = points[(size_t)i * POINT_SIZE + k];
        }
        manifold_color(x, color);
        for (int k = 0; k < 3; k++) {
            result[3 * (size_t)i + k] = color[k];
        }
    }
}
#endif
