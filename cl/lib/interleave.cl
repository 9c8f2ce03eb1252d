/*
 * store_three_channels(r, g, b, to): VECTOR_WIDTH pixels of three channels, side by side:
 * to[3 i + k] is pixel i of channel k. Clang's shuffles take two instructions for each vector
 * stored. As for lib/whole.cl, datasets must not include this file.
 */
#ifndef LIB_INTERLEAVE_CL
#define LIB_INTERLEAVE_CL

#include "lib/vfloat.cl"
#include "lib/whole.cl"

#if defined(__clang__) && VECTOR_WIDTH == 16
#define SHUFFLE __builtin_shufflevector
/* First red and green with gaps for blue, then blue (16 to 31) into the gaps. */
void store_three_channels(vfloat r, vfloat g, vfloat b, __global float *to)
{
    vfloat v = SHUFFLE(r, g, 0, 16, -1, 1, 17, -1, 2, 18, -1, 3, 19, -1, 4, 20, -1, 5);
    v = SHUFFLE(v, b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15);
    STORE_WHOLE(v, to);
    v = SHUFFLE(r, g, 21, -1, 6, 22, -1, 7, 23, -1, 8, 24, -1, 9, 25, -1, 10, 26);
    v = SHUFFLE(v, b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15);
    STORE_WHOLE(v, to + 16);
    v = SHUFFLE(r, g, -1, 11, 27, -1, 12, 28, -1, 13, 29, -1, 14, 30, -1, 15, 31, -1);
    v = SHUFFLE(v, b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31);
    STORE_WHOLE(v, to + 32);
}
#elif defined(__clang__) && VECTOR_WIDTH == 8
#define SHUFFLE __builtin_shufflevector
void store_three_channels(vfloat r, vfloat g, vfloat b, __global float *to)
{
    vfloat v = SHUFFLE(r, g, 0, 8, -1, 1, 9, -1, 2, 10);
    STORE_WHOLE(SHUFFLE(v, b, 0, 1, 8, 3, 4, 9, 6, 7), to);
    v = SHUFFLE(r, g, -1, 3, 11, -1, 4, 12, -1, 5);
    STORE_WHOLE(SHUFFLE(v, b, 10, 1, 2, 11, 4, 5, 12, 7), to + 8);
    v = SHUFFLE(r, g, 13, -1, 6, 14, -1, 7, 15, -1);
    STORE_WHOLE(SHUFFLE(v, b, 0, 13, 2, 3, 14, 5, 6, 15), to + 16);
}
#else
void store_three_channels(vfloat r, vfloat g, vfloat b, __global float *to)
{
    union {
        vfloat vector;
        float lane[VECTOR_WIDTH];
    } red, green, blue;
    red.vector = r;
    green.vector = g;
    blue.vector = b;
#pragma unroll
    for (int i = 0; i < VECTOR_WIDTH; i++) {
        to[3 * i] = red.lane[i];
        to[3 * i + 1] = green.lane[i];
        to[3 * i + 2] = blue.lane[i];
    }
}
#endif

#endif
