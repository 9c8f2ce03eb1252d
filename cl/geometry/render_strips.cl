/*
 * Images of points for a dataset with data, such as a mesh: images (n, HEIGHT, WIDTH, CHANNELS)
 * from points (n, POINT_SIZE). One work-item renders a strip of VECTOR_WIDTH columns and
 * STRIP_ROWS rows: dimension 0 runs over the strips from left to right, dimension 1 from top to
 * bottom, dimension 2 over the images.
 */
__kernel void render(__global const float *restrict points, int n,
                     __global const float4 *restrict data, __global float *restrict images)
{
    const int first_column = get_global_id(0) * VECTOR_WIDTH;
    const int first_row = get_global_id(1) * STRIP_ROWS;
    const int i = get_global_id(2);
    if (first_column < WIDTH && first_row < HEIGHT && i < n) {
        __global float *image = images + (size_t)i * (HEIGHT * WIDTH * CHANNELS);
        float point[POINT_SIZE];
        union {
            vfloat vector;
            float lane[VECTOR_WIDTH];
        } one;
        vfloat pixel[STRIP_ROWS * CHANNELS];
        for (int k = 0; k < POINT_SIZE; k++) {
            point[k] = points[(size_t)i * POINT_SIZE + k];
        }
        dataset_strip(point, data, first_row, first_column, pixel);
        const int rows = min(STRIP_ROWS, HEIGHT - first_row);
        const int columns = min(VECTOR_WIDTH, WIDTH - first_column);
        /* A loop of constant length, so that a GPU keeps the pixels in registers. */
#if VECTOR_WIDTH == 1
#pragma unroll
#endif
        for (int row = 0; row < STRIP_ROWS; row++) {
            if (row >= rows) {
                break;
            }
            for (int k = 0; k < CHANNELS; k++) {
                one.vector = pixel[row * CHANNELS + k];
                for (int lane = 0; lane < columns; lane++) {
                    image[((first_row + row) * WIDTH + first_column + lane) * CHANNELS + k] =
                        one.lane[lane];
                }
            }
        }
    }
}
