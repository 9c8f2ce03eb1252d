/*
 * Images of points: images (n, HEIGHT, WIDTH, CHANNELS) from points (n, POINT_SIZE). One work-item
 * renders VECTOR_WIDTH pixels: dimension 0 runs over the runs of pixels of an image, dimension 1
 * over the images.
 */
__kernel void render(__global const float *restrict points, int n, __global float *restrict images)
{
    const int first = get_global_id(0) * VECTOR_WIDTH;
    const int i = get_global_id(1);
    if (first < HEIGHT * WIDTH && i < n) {
        __global float *image = images + (size_t)i * (HEIGHT * WIDTH * CHANNELS);
        float point[POINT_SIZE];
        union {
            vfloat vector;
            float lane[VECTOR_WIDTH];
        } pixel[CHANNELS];
        vfloat value[CHANNELS];
        for (int k = 0; k < POINT_SIZE; k++) {
            point[k] = points[(size_t)i * POINT_SIZE + k];
        }
        const vint position = first + VECTOR_LANES;
        dataset_pixel(point, to_vfloat(position / WIDTH), to_vfloat(position % WIDTH), value);
        for (int k = 0; k < CHANNELS; k++) {
            pixel[k].vector = value[k];
        }
        const int count = min(VECTOR_WIDTH, HEIGHT * WIDTH - first);
        for (int lane = 0; lane < count; lane++) {
            for (int k = 0; k < CHANNELS; k++) {
                image[(first + lane) * CHANNELS + k] = pixel[k].lane[lane];
            }
        }
    }
}
