/*
 * A permuted copy: to[to_offset + place] of n numbers, place = ((a size1 + b) size2 + c) size3 + d,
 * is from[offset + a step0 + b step1 + c step2 + d step3].
 *
 * One work-item per few rows of size3 numbers, or per number on devices that vectorise across
 * work-items.
 */
#include "lib/rows.cl"

__kernel void gather(__global const float *from, int offset, int step0, int step1, int step2,
                     int step3, __global float *to, int to_offset, int n, int size1, int size2,
                     int size3)
{
    EACH_ROW(row, n / size3, size3)
    {
        __global const float *at = from + (offset + row / size2 / size1 * step0 +
                                           row / size2 % size1 * step1 + row % size2 * step2);
        for (int i = FIRST_OF_ROW(size3); i < END_OF_ROW(size3); i++) {
            to[to_offset + row * size3 + i] = at[i * step3];
        }
    }
}
