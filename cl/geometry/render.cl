/* Images of points. */
#ifndef GEOMETRY_RENDER_CL
#define GEOMETRY_RENDER_CL

/* Renders pixels first to end - 1 of a point's image. */
void render_pixels(const float *point, int first, int end, __global float *restrict image)
{
#ifdef PREPARED_SIZE
    float prepared[PREPARED_SIZE];
    dataset_prepare(point, prepared);
#else
    const float *prepared = point;
#endif
    for (int start = first; start < end; start += VECTOR_WIDTH) {
        vfloat value[CHANNELS];
        const vint position = start + VECTOR_LANES;
        dataset_pixel(prepared, to_vfloat(position / WIDTH), to_vfloat(position % WIDTH), value);
        if (CHANNELS == 1 && start + VECTOR_WIDTH <= end) {
            STORE_VFLOAT(value[0], image + start);
            continue;
        }
        union {
            vfloat vector;
            float lane[VECTOR_WIDTH];
        } pixel[CHANNELS];
#pragma unroll
        for (int k = 0; k < CHANNELS; k++) {
            pixel[k].vector = value[k];
        }
        const int count = min(VECTOR_WIDTH, end - start);
        for (int lane = 0; lane < count; lane++) {
#pragma unroll
            for (int k = 0; k < CHANNELS; k++) {
                image[(start + lane) * CHANNELS + k] = pixel[k].lane[lane];
            }
        }
    }
}

/*
 * images (n, HEIGHT, WIDTH, CHANNELS) from points (n, POINT_SIZE). One work-item renders PIXEL_RUN
 * neighbouring pixels, so that everything that depends only on the point is computed once for them:
 * dimension 0 runs over the runs of an image, dimension 1 over the images.
 */
__kernel void render(__global const float *restrict points, int n, __global float *restrict images)
{
    const int first = get_global_id(0) * PIXEL_RUN;
    const int i = get_global_id(1);
    if (first < HEIGHT * WIDTH && i < n) {
        __global float *image = images + (size_t)i * (HEIGHT * WIDTH * CHANNELS);
        const int end = min(first + PIXEL_RUN, HEIGHT * WIDTH);
        float point[POINT_SIZE];
        for (int k = 0; k < POINT_SIZE; k++) {
            point[k] = points[(size_t)i * POINT_SIZE + k];
        }
        render_pixels(point, first, end, image);
    }
}

#endif
