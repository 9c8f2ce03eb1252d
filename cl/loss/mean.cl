/*
 * Sum of `groups` partial sums of four terms each, divided by n, to result[slot]: one group, a
 * fixed tree, so that equal partials give equal bits.
 */
#include "lib/reduce.cl"

__kernel ONE_GROUP
void mean_terms(__global const float4 *partial, int groups, float n, __global float4 *result,
                int slot)
{
    const int local_id = get_local_id(0);
    __local float4 sums[GROUP];
    float4 sum = (float4)(0.0f);
    for (int i = local_id; i < groups; i += GROUP) {
        sum += partial[i];
    }
    const float4 total = group_sum(sum, local_id, sums);
    if (local_id == 0) {
        result[slot] = total / n;
    }
}
