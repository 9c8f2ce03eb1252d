/*
 * Loss of n pairs and its gradient, one work-item per pair; see pair_loss.cl.
 *
 * z (3 n, l): latents of all x, then all y, then all averages. dz likewise receives the gradient of
 * mean distortion + lambda mean bending; it may be z's own buffer. partial (groups, 4) receives
 * each group's sums of distortion, bending and of their squares; mean_terms adds them up.
 */
#include "loss/pair_loss.cl"
#include "lib/reduce.cl"

__kernel ONE_GROUP void loss_gradient(__global const float *z, __global const float *distance,
                                      int n, int l, float lambda, float c_squared, float least,
                                      __global float *dz, __global float4 *partial)
{
    const int local_id = get_local_id(0);
    const int i = get_global_id(0);
    __local float4 sums[GROUP];
    float4 terms = (float4)(0.0f);
    if (i < n) {
        const size_t x = (size_t)i * l;
        const size_t y = (size_t)(n + i) * l;
        const size_t m = (size_t)(2 * n + i) * l;
        terms = pair_loss(z + x, z + y, z + m, distance[i], n, l, lambda, c_squared, least, dz + x,
                          dz + y, dz + m);
    }
    const float4 sum = group_sum(terms, local_id, sums);
    if (local_id == 0) {
        partial[get_group_id(0)] = sum;
    }
}
