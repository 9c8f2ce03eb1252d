/*
 * Normalised images (rows, size), n numbers in total; mean and scale (size):
 *
 *     y[i, j] = (x[i, j] - mean[j]) scale[j]
 *
 * One work-item per few rows, or per number on devices that vectorise across work-items.
 */
#include "lib/rows.cl"
#include "lib/vfloat.cl"

__kernel void normalise(__global const float *x, int n, int size, __global const float *mean,
                        __global const float *scale, __global float *y)
{
    EACH_ROW(row, n / size, size)
    {
        __global const float *in = x + (size_t)row * size;
        __global float *out = y + (size_t)row * size;
        int j = FIRST_OF_ROW(size);
        for (; j + VECTOR_WIDTH <= END_OF_ROW(size); j += VECTOR_WIDTH) {
            STORE_VFLOAT((LOAD_VFLOAT(in + j) - LOAD_VFLOAT(mean + j)) * LOAD_VFLOAT(scale + j),
                         out + j);
        }
        for (; j < END_OF_ROW(size); j++) {
            out[j] = (in[j] - mean[j]) * scale[j];
        }
    }
}
