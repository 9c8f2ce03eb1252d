/*
 * Sum of `groups` partial sums of four terms each, divided by n, to result[slot]: one group, a
 * fixed tree, so that equal partials give equal bits.
 */
#define GROUP 64

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void mean_terms(__global const float4 *partial, int groups, float n, __global float4 *result,
                int slot)
{
    const int local_id = get_local_id(0);
    __local float4 sums[GROUP];
    float4 sum = (float4)(0.0f);
    for (int i = local_id; i < groups; i += GROUP) {
        sum += partial[i];
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
        result[slot] = sums[0] / n;
    }
}
