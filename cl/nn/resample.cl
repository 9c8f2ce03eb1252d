/*
 * Images of half and of twice the height and width. Rows of all images count on, `width` pixels of
 * `channels` numbers each, n numbers in all; z being
 *
 *     block_sum  factor (x[2 i, 2 j] + x[2 i, 2 j + 1] + x[2 i + 1, 2 j] + x[2 i + 1, 2 j + 1])
 *     spread     factor x[i / 2, j / 2]
 *
 * y = z, z + y where `added`, or z slope where `scaled`, else the slope is not read. One work-item
 * for a row of y, or for a number on devices that vectorise across work-items.
 */
#include "lib/vfloat.cl"

#define LOAD_ONE(p)      (*(p))
#define STORE_ONE(x, p)  (*(p) = (x))
#define LOAD_FOUR(p)     vload4(0, p)
#define STORE_FOUR(x, p) vstore4(x, 0, p)

#define STORE_RESAMPLED(T, LOAD, STORE, Z, place)                                                  \
    do {                                                                                           \
        T z = factor * Z(LOAD);                                                                    \
        if (scaled) {                                                                              \
            z *= LOAD(slope + place);                                                              \
        } else if (added) {                                                                        \
            z += LOAD(y + place);                                                                  \
        }                                                                                          \
        STORE(z, y + place);                                                                       \
    } while (0)

/* Z(LOAD) for pixel j and channel c of row i of y. */
#define BLOCK_SUM(LOAD)                                                                            \
    ((LOAD(from + 2 * j * channels + c) + LOAD(from + (2 * j + 1) * channels + c)) +               \
     (LOAD(from + (2 * (width + j)) * channels + c) +                                              \
      LOAD(from + (2 * (width + j) + 1) * channels + c)))
#define SPREAD(LOAD) LOAD(from + j / 2 * channels + c)

#if VECTOR_WIDTH > 1
#define EACH_OF_ROW(Z)                                                                             \
    for (int j = 0; j < width; j++) {                                                              \
        int c = 0;                                                                                 \
        for (; c + 4 <= channels; c += 4) {                                                        \
            STORE_RESAMPLED(float4, LOAD_FOUR, STORE_FOUR, Z, first + j * channels + c);           \
        }                                                                                          \
        for (; c < channels; c++) {                                                                \
            STORE_RESAMPLED(float, LOAD_ONE, STORE_ONE, Z, first + j * channels + c);              \
        }                                                                                          \
    }
#else
#define EACH_OF_ROW(Z)                                                                             \
    const int j = first / channels % width;                                                        \
    const int c = first % channels;                                                                \
    STORE_RESAMPLED(float, LOAD_ONE, STORE_ONE, Z, first);
#endif

__kernel void block_sum(__global const float *x, __global float *y, __global const float *slope,
                        int n, int width, int channels, float factor, int scaled, int added)
{
    const int size = width * channels;
    const int first = get_global_id(0) * (VECTOR_WIDTH > 1 ? size : 1);
    if (first < n) {
        const int i = first / size;
        __global const float *from = x + (size_t)i * 4 * size;
        EACH_OF_ROW(BLOCK_SUM)
    }
}

__kernel void spread(__global const float *x, __global float *y, __global const float *slope, int n,
                     int width, int channels, float factor, int scaled, int added)
{
    const int size = width * channels;
    const int first = get_global_id(0) * (VECTOR_WIDTH > 1 ? size : 1);
    if (first < n) {
        const int i = first / size;
        __global const float *from = x + (size_t)(i / 2) * (size / 2);
        EACH_OF_ROW(SPREAD)
    }
}
