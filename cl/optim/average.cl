/*
 * Running mean of a block over steps: after c steps, mean <- mean + (x - mean) / (c + 1), one
 * work-item per RUN numbers. A skipped step, skip[0], does not count.
 */
#include "lib/vfloat.cl"

__kernel void average_add(__global const float *parameters, int n, __global float *mean,
                          __global const float *count, __global const int *skip)
{
    if (skip[0] != 0) {
        return;
    }
    const float share = 1.0f / (count[0] + 1.0f);
    int i = get_global_id(0) * RUN;
    const int end = min(i + RUN, n);
    for (; i + VECTOR_WIDTH <= end; i += VECTOR_WIDTH) {
        const vfloat old = LOAD_VFLOAT(mean + i);
        STORE_VFLOAT(old + share * (LOAD_VFLOAT(parameters + i) - old), mean + i);
    }
    for (; i < end; i++) {
        mean[i] += share * (parameters[i] - mean[i]);
    }
}

__kernel void average_count(__global float *count, __global const int *skip)
{
    if (get_global_id(0) == 0 && skip[0] == 0) {
        count[0] += 1.0f;
    }
}

/* Replaces the block by the mean, if it contains any steps. */
__kernel void average_take(__global float *parameters, int n, __global const float *mean,
                           __global const float *count)
{
    const int first = get_global_id(0) * RUN;
    const int end = min(first + RUN, n);
    for (int i = first; i < end && count[0] > 0.0f; i++) {
        parameters[i] = mean[i];
    }
}
