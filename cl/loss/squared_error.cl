/*
 * Mean squared error of out against target (n floats each) and its gradient:
 *
 *     gradient = weight 2 (out - target) / n,   partial (groups, 4).x = each group's sum of squares
 *
 * Any number of groups; work-items stride over the elements.
 */
#include "lib/reduce.cl"

__kernel ONE_GROUP
void squared_error(__global const float *out, __global const float *target, int n, float weight,
                   __global float *gradient, __global float4 *partial)
{
    const int local_id = get_local_id(0);
    const int start = get_global_id(0);
    const int stride = get_global_size(0);
    const float scale = weight * 2.0f / n;
    __local float4 sums[GROUP];
    float sum = 0.0f;
    for (int i = start; i < n; i += stride) {
        const float difference = out[i] - target[i];
        gradient[i] = scale * difference;
        sum += difference * difference;
    }
    const float4 total = group_sum((float4)(sum, 0.0f, 0.0f, 0.0f), local_id, sums);
    if (local_id == 0) {
        partial[get_group_id(0)] = total;
    }
}
