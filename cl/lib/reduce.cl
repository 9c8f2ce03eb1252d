/*
 * Sum over a work-group of GROUP work-items, a power of 2, in a fixed halving tree: equal numbers
 * give equal bits. (PoCL 3.1 miscompiles a tree of growing steps.) Work-item 0 gets the sum; every
 * work-item must call it.
 */
#ifndef LIB_REDUCE_CL
#define LIB_REDUCE_CL

#define ONE_GROUP __attribute__((reqd_work_group_size(GROUP, 1, 1)))

float4 group_sum(float4 value, int local_id, __local float4 *sums)
{
    sums[local_id] = value;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int s = GROUP / 2; s > 0; s /= 2) {
        if (local_id < s) {
            sums[local_id] += sums[local_id + s];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    return sums[0];
}

#endif
