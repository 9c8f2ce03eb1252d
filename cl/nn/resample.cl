/*
 * Images of half and of twice the height and width. Rows are counted over all images, with `width`
 * pixels of `channels` numbers each, n numbers in total. With
 *
 *     block_sum  factor (x[2 i, 2 j] + x[2 i + 1, 2 j] + x[2 i, 2 j + 1] + x[2 i + 1, 2 j + 1])
 *     spread     factor x[i / 2, j / 2]
 *
 * y = z, or z + y if `added`, or z slope if `scaled`; otherwise the slope is not read. One
 * work-item per few rows of y, or per number on devices that vectorise across work-items.
 */
#include "lib/rows.cl"
#include "lib/vfloat.cl"

#define LOAD_ONE(p)      (*(p))
#define STORE_ONE(x, p)  (*(p) = (x))
#define LOAD_FOUR(p)     vload4(0, p)
#define STORE_FOUR(x, p) vstore4(x, 0, p)

/* Number `place` of y from the sum z. */
#define STORE_RESAMPLED(T, LOAD, STORE, sum, place)                                                \
    do {                                                                                           \
        T z = factor * (sum);                                                                      \
        if (scaled) {                                                                              \
            z *= LOAD(slope + (place));                                                            \
        } else if (added) {                                                                        \
            z += LOAD(y + (place));                                                                \
        }                                                                                          \
        STORE(z, y + (place));                                                                     \
    } while (0)

/* For pixel j and channel c of a row of y: x from above and below, or x of half the rows. */
#define BLOCK_SUM(LOAD)                                                                            \
    ((LOAD(above + 2 * j * channels + c) + LOAD(below + 2 * j * channels + c)) +                   \
     (LOAD(above + (2 * j + 1) * channels + c) + LOAD(below + (2 * j + 1) * channels + c)))
#define SPREAD(LOAD) LOAD(from + j / 2 * channels + c)

#if VECTOR_WIDTH > 1
#define EACH_CHANNEL(T, LOAD, STORE, Z, WIDTH)                                                     \
    for (; c + (WIDTH) <= channels; c += (WIDTH)) {                                                \
        STORE_RESAMPLED(T, LOAD, STORE, Z(LOAD), first + j * channels + c);                        \
    }
#define EACH_OF_ROW(Z)                                                                             \
    for (; j < width; j++) {                                                                       \
        int c = 0;                                                                                 \
        EACH_CHANNEL(vfloat, LOAD_VFLOAT, STORE_VFLOAT, Z, VECTOR_WIDTH)                           \
        EACH_CHANNEL(float4, LOAD_FOUR, STORE_FOUR, Z, 4)                                          \
        EACH_CHANNEL(float, LOAD_ONE, STORE_ONE, Z, 1)                                             \
    }

/* Sums of neighbours, of 2 VECTOR_WIDTH numbers. */
vfloat add_neighbours(const vfloat left, const vfloat right)
{
    return (vfloat)(left.even + left.odd, right.even + right.odd);
}
#else
#define EACH_OF_ROW(Z)                                                                             \
    const int c = FIRST_OF_ROW(size) % channels;                                                   \
    j = FIRST_OF_ROW(size) / channels;                                                             \
    STORE_RESAMPLED(float, LOAD_ONE, STORE_ONE, Z(LOAD_ONE), first + j * channels + c);
#endif

__kernel void block_sum(__global const float *x, __global float *y, __global const float *slope,
                        int n, int width, int channels, float factor, int scaled, int added)
{
    const int size = width * channels;
    EACH_ROW(i, n / size, size)
    {
        const size_t first = (size_t)i * size;
        __global const float *above = x + 4 * first;
        __global const float *below = above + 2 * size;
        int j = 0;
#if VECTOR_WIDTH > 1
        for (; channels == 1 && j + VECTOR_WIDTH <= width; j += VECTOR_WIDTH) {
            const int k = 2 * j + VECTOR_WIDTH;
            const vfloat left = LOAD_VFLOAT(above + 2 * j) + LOAD_VFLOAT(below + 2 * j);
            const vfloat right = LOAD_VFLOAT(above + k) + LOAD_VFLOAT(below + k);
            STORE_RESAMPLED(vfloat, LOAD_VFLOAT, STORE_VFLOAT, add_neighbours(left, right),
                            first + j);
        }
        /* Numbers stored beyond this pixel are overwritten by the next one. */
        for (; channels < 4 && !added && j * channels + 4 <= size; j++) {
            const int c = 0;
            STORE_RESAMPLED(float4, LOAD_FOUR, STORE_FOUR, BLOCK_SUM(LOAD_FOUR),
                            first + j * channels);
        }
#endif
        EACH_OF_ROW(BLOCK_SUM)
    }
}

__kernel void spread(__global const float *x, __global float *y, __global const float *slope, int n,
                     int width, int channels, float factor, int scaled, int added)
{
    const int size = width * channels;
    EACH_ROW(i, n / size, size)
    {
        const size_t first = (size_t)i * size;
        __global const float *from = x + (size_t)(i / 2) * (size / 2);
        int j = 0;
        EACH_OF_ROW(SPREAD)
    }
}
