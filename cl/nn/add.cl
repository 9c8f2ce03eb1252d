/* sum (n) <- sum + x, one work-item per RUN numbers. */
#include "lib/vfloat.cl"

__kernel void add(__global const float *x, int n, __global float *sum)
{
    int i = get_global_id(0) * RUN;
    const int end = min(i + RUN, n);
    for (; i + VECTOR_WIDTH <= end; i += VECTOR_WIDTH) {
        STORE_VFLOAT(LOAD_VFLOAT(sum + i) + LOAD_VFLOAT(x + i), sum + i);
    }
    for (; i < end; i++) {
        sum[i] += x[i];
    }
}
