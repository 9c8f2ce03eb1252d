/*
 * Normalised images (rows, size), n numbers in all; mean and scale hold a number for each of size:
 *
 *     y[i, j] = (x[i, j] - mean[j]) scale[j]
 *
 * One work-item a row, or a number on devices that vectorise across work-items.
 */
#include "lib/vfloat.cl"

__kernel void normalise(__global const float *x, int n, int size, __global const float *mean,
                        __global const float *scale, __global float *y)
{
    const int run = VECTOR_WIDTH > 1 ? size : 1;
    const int first = get_global_id(0) * run;
    if (first >= n) {
        return;
    }
    const int start = VECTOR_WIDTH > 1 ? 0 : first % size;
    __global const float *in = x + (first - start);
    __global float *out = y + (first - start);
    int j = start;
    for (; j + VECTOR_WIDTH <= start + run; j += VECTOR_WIDTH) {
        STORE_VFLOAT((LOAD_VFLOAT(in + j) - LOAD_VFLOAT(mean + j)) * LOAD_VFLOAT(scale + j),
                     out + j);
    }
    for (; j < start + run; j++) {
        out[j] = (in[j] - mean[j]) * scale[j];
    }
}
