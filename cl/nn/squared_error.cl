/*
 * Mean squared error of out against target (n floats each) and its gradient:
 *
 *     gradient = weight 2 (out - target) / n,   partial (groups, 4).x = each group's sum of squares
 *
 * Any number of groups of 64; work-items stride over the elements.
 */
#define GROUP 64

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void squared_error(__global const float *out, __global const float *target, int n, float weight,
                   __global float *gradient, __global float4 *partial)
{
    const int local_id = get_local_id(0);
    const int start = get_global_id(0);
    const int stride = get_global_size(0);
    const float scale = weight * 2.0f / n;
    __local float sums[GROUP];
    float sum = 0.0f;
    for (int i = start; i < n; i += stride) {
        const float difference = out[i] - target[i];
        gradient[i] = scale * difference;
        sum += difference * difference;
    }
    sums[local_id] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int s = GROUP / 2; s > 0; s /= 2) {
        if (local_id < s) {
            sums[local_id] += sums[local_id + s];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (local_id == 0) {
        partial[get_group_id(0)] = (float4)(sums[0], 0.0f, 0.0f, 0.0f);
    }
}
