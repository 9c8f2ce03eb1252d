/*
 * Pooling of normalised images, which need not be stored: y (images, height, width, channels) from
 * x (images, 2 height, 2 width, channels), where mean and scale hold a number for each element of
 * an image:
 *
 *     y = (z[2 i, 2 j] + z[2 i + 1, 2 j] + z[2 i, 2 j + 1] + z[2 i + 1, 2 j + 1]) / 4
 *     z = (x - mean) scale
 *
 * bitwise the result of normalise followed by block_sum. `rows` counts those of all images; one
 * work-item per few rows of y, or per number on devices that vectorise across work-items.
 */
#include "lib/whole.cl"
#include "nn/resample.cl"

/* Number k of the row above y's, and of the row below. */
#define ABOVE(LOAD, k) ((LOAD(x + above + (k)) - LOAD(mean + at + (k))) * LOAD(scale + at + (k)))
#define BELOW(LOAD, k)                                                                             \
    ((LOAD(x + above + 2 * size + (k)) - LOAD(mean + at + 2 * size + (k))) *                       \
     LOAD(scale + at + 2 * size + (k)))
#define POOL_NORMALISED(LOAD, STORE, k)                                                            \
    do {                                                                                           \
        const int left = (k) + j * channels;                                                       \
        const int right = left + channels;                                                         \
        STORE(0.25f * ((ABOVE(LOAD, left) + BELOW(LOAD, left)) +                                   \
                       (ABOVE(LOAD, right) + BELOW(LOAD, right))),                                 \
              y + (size_t)i * size + (k));                                                         \
    } while (0)

/* Pixels of y with few channels that are computed at once. */
#define SHORT_PIXELS 64

__kernel void pool_normalised(__global const float *x, __global float *y,
                              __global const float *mean, __global const float *scale, int rows,
                              int height, int width, int channels)
{
#pragma OPENCL FP_CONTRACT OFF
    const int size = width * channels;
    EACH_ROW(i, rows, size)
    {
        const size_t above = (size_t)i * (4 * size);
        const size_t at = (size_t)(i % height) * (4 * size);
#if VECTOR_WIDTH > 1
        int k = 0;
        int j = 0;
        for (; channels == 1 && j + VECTOR_WIDTH <= width; j += VECTOR_WIDTH) {
            k = 2 * j + VECTOR_WIDTH;
            const vfloat left = ABOVE(LOAD_WHOLE, 2 * j) + BELOW(LOAD_WHOLE, 2 * j);
            const vfloat right = ABOVE(LOAD_WHOLE, k) + BELOW(LOAD_WHOLE, k);
            STORE_WHOLE(0.25f * add_neighbours(left, right), y + (size_t)i * size + j);
        }
        for (; channels < 4 && j < width; j += SHORT_PIXELS) { /* by way of sums of columns */
            const int pixels = min(SHORT_PIXELS, width - j);
            const int left = 2 * j * channels;
            float sums[8 * SHORT_PIXELS];
            for (k = 0; k + VECTOR_WIDTH <= 2 * pixels * channels; k += VECTOR_WIDTH) {
                STORE_WHOLE(ABOVE(LOAD_WHOLE, left + k) + BELOW(LOAD_WHOLE, left + k), sums + k);
            }
            for (; k < 2 * pixels * channels; k++) {
                sums[k] = ABOVE(LOAD_ONE, left + k) + BELOW(LOAD_ONE, left + k);
            }
            __global float *to = y + (size_t)i * size + j * channels;
            for (k = 0; k + 4 <= pixels * channels; k += channels) {
                /* Numbers stored beyond this pixel are overwritten by the next one. */
                vstore4(0.25f * (vload4(0, sums + 2 * k) + vload4(0, sums + 2 * k + channels)), 0,
                        to + k);
            }
            for (; k < pixels * channels; k++) {
                const int at = 2 * k - k % channels;
                to[k] = 0.25f * (sums[at] + sums[at + channels]);
            }
        }
        for (; j < width; j++) {
            for (k = j * channels; k + 4 <= (j + 1) * channels; k += 4) {
                POOL_NORMALISED(LOAD_FOUR, STORE_FOUR, k);
            }
            for (; k < (j + 1) * channels; k++) {
                POOL_NORMALISED(LOAD_ONE, STORE_ONE, k);
            }
        }
#else
        const int k = FIRST_OF_ROW(size);
        const int j = k / channels;
        POOL_NORMALISED(LOAD_ONE, STORE_ONE, k);
#endif
    }
}
