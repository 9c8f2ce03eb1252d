/* Points (n, POINT_SIZE) in global memory, one at a time. */

void load_point(float *point, __global const float *points, int i)
{
    for (int k = 0; k < POINT_SIZE; k++) {
        point[k] = points[(size_t)i * POINT_SIZE + k];
    }
}

void store_point(__global float *points, int i, const float *point)
{
    for (int k = 0; k < POINT_SIZE; k++) {
        points[(size_t)i * POINT_SIZE + k] = point[k];
    }
}
