/*
 * A copy in another order: to[to_offset + place] of n numbers, place = ((a size1 + b) size2 + c)
 * size3 + d, is from[offset + a step0 + b step1 + c step2 + d step3].
 *
 * One work-item for the size3 numbers of a row, or a number on devices that vectorise across
 * work-items.
 */
#include "lib/vfloat.cl"

__kernel void gather(__global const float *from, int offset, int step0, int step1, int step2,
                     int step3, __global float *to, int to_offset, int n, int size1, int size2,
                     int size3)
{
    const int run = VECTOR_WIDTH > 1 ? size3 : 1;
    const int first = get_global_id(0) * run;
    if (first >= n) {
        return;
    }
    const int row = first / size3;
    const int d = first % size3;
    __global const float *at = from + (offset + row / size2 / size1 * step0 +
                                       row / size2 % size1 * step1 + row % size2 * step2);
    for (int i = 0; i < run; i++) {
        to[to_offset + first + i] = at[(d + i) * step3];
    }
}
