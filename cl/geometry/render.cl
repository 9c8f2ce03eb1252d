/* Images of points. */
#ifndef GEOMETRY_RENDER_CL
#define GEOMETRY_RENDER_CL

#include "lib/interleave.cl"

/* Renders VECTOR_WIDTH neighbouring pixels, fewer at the end of the image. Inlined, so that what
 * depends only on the point is computed once for many. No `restrict`: Oclgrind cannot run that in
 * an inlined function. */
INLINE void render_vector(const float *prepared, const int start, __global float *image)
{
    vfloat value[CHANNELS];
    const vint position = start + VECTOR_LANES;
    dataset_pixel(prepared, to_vfloat(position / WIDTH), to_vfloat(position % WIDTH), value);
    const int count = min(VECTOR_WIDTH, HEIGHT * WIDTH - start);
    if (CHANNELS == 1 && count == VECTOR_WIDTH) {
        STORE_VFLOAT(value[0], image + start);
        return;
    }
    if (CHANNELS == 3 && count == VECTOR_WIDTH) {
        store_three_channels(value[0], value[1 % CHANNELS], value[2 % CHANNELS], image + 3 * start);
        return;
    }
    union {
        vfloat vector;
        float lane[VECTOR_WIDTH];
    } pixel[CHANNELS];
#pragma unroll
    for (int k = 0; k < CHANNELS; k++) {
        pixel[k].vector = value[k];
    }
    for (int lane = 0; lane < count; lane++) {
#pragma unroll
        for (int k = 0; k < CHANNELS; k++) {
            image[(start + lane) * CHANNELS + k] = pixel[k].lane[lane];
        }
    }
}

#ifdef CROPS
#if VECTOR_WIDTH > 1 && WIDTH % VECTOR_WIDTH == 0 && PIXEL_RUN % WIDTH == 0
/* Renders whole rows in tiles of a vector's columns. */
#define TILE_ROWS 4
void render_tiles(float *prepared, const int first, const int end, __global float *restrict image)
{
    for (int left = 0; left < WIDTH; left += VECTOR_WIDTH) {
        for (int top = first / WIDTH; top < end / WIDTH; top += TILE_ROWS) {
            const int rows = min(TILE_ROWS, end / WIDTH - top);
            dataset_crop(prepared, top, left, rows, VECTOR_WIDTH);
            for (int row = top; row < top + rows; row++) {
                render_vector(prepared, row * WIDTH + left, image);
            }
        }
    }
}
#define RENDER_TILES
#endif
#endif

/* Renders pixels first to end - 1 of a point's image. */
void render_pixels(const float *point, int first, int end, __global float *restrict image)
{
#ifdef PREPARED_SIZE
    float prepared[PREPARED_SIZE];
    dataset_prepare(point, prepared);
#else
    const float *prepared = point;
#endif
#ifdef RENDER_TILES
    render_tiles(prepared, first, end, image);
#else
#if defined(CROPS) && VECTOR_WIDTH > 1
    dataset_crop(prepared, 0, 0, HEIGHT, WIDTH);
#endif
    for (int start = first; start < end; start += VECTOR_WIDTH) {
        render_vector(prepared, start, image);
    }
#endif
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
