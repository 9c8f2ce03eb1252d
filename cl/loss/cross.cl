/*
 * Loss of all pairs of n points whose distance lies strictly between two limits, and its gradient:
 * mean gamma_c(|z_i - z_j| / d_ij) over the pairs i < j (method.md, cross pairs). The number of
 * pairs is known only here; without pairs the mean and the gradient are 0.
 *
 * z (n, l): the latents; distance (n, n), symmetric.
 */
#include "loss/pair_loss.cl"
#include "lib/reduce.cl"

/*
 * One group per point i: distance receives, instead of d_ij, the weight of z_i - z_j in the
 * gradient of the sum over pairs, 0 for pairs that do not count. partial (n): sums over j > i of
 * gamma, of its square, and of 1.
 */
__kernel ONE_GROUP void cross_pairs(__global const float *z, int n, int l, float nearest,
                                    float farthest, float c_squared, float least,
                                    __global float *distance, __global float4 *partial)
{
    const int local_id = get_local_id(0);
    const int i = get_group_id(0);
    __global const float *zi = z + (size_t)i * l;
    __local float4 sums[GROUP];
    float4 terms = (float4)(0.0f);
    for (int j = local_id; j < n; j += GROUP) {
        const size_t at = (size_t)i * n + j;
        const float d = distance[at];
        float weight = 0.0f;
        if (d > nearest && d < farthest && j != i) {
            __global const float *zj = z + (size_t)j * l;
            const float scale = 1.0f / d;
            float s_squared = 0.0f;
            for (int k = 0; k < l; k++) {
                const float quotient = (zi[k] - zj[k]) * scale;
                s_squared += quotient * quotient;
            }
            const float2 gamma = gamma_and_slope(s_squared, c_squared, least);
            weight = 2.0f * gamma.y * scale * scale;
            if (j > i) {
                terms += (float4)(gamma.x, gamma.x * gamma.x, 1.0f, 0.0f);
            }
        }
        distance[at] = weight;
    }
    const float4 sum = group_sum(terms, local_id, sums);
    if (local_id == 0) {
        partial[i] = sum;
    }
}

/* One group: result[slot] = the means of gamma and of its square, and the number of pairs. */
__kernel ONE_GROUP void cross_mean(__global const float4 *partial, int n, __global float4 *result,
                                   int slot)
{
    const int local_id = get_local_id(0);
    __local float4 sums[GROUP];
    float4 sum = (float4)(0.0f);
    for (int i = local_id; i < n; i += GROUP) {
        sum += partial[i];
    }
    const float4 total = group_sum(sum, local_id, sums);
    if (local_id == 0) {
        const float count = fmax(total.z, 1.0f);
        result[slot] = (float4)(total.x / count, total.y / count, total.z, 0.0f);
    }
}

/* One work-item per number of dz (n, l): adds `weight` times the gradient of the mean. pair_weight
 * (n, n) and result[slot] as above. */
__kernel void cross_gradient(__global const float *z, int n, int l,
                             __global const float *pair_weight, __global const float4 *result,
                             int slot, float weight, __global float *dz)
{
    const int at = get_global_id(0);
    if (at < n * l) {
        const int i = at / l;
        const int k = at - i * l;
        const float own = z[at];
        const float scale = weight / fmax(result[slot].z, 1.0f);
        float sum = 0.0f;
        for (int j = 0; j < n; j++) {
            sum += pair_weight[(size_t)i * n + j] * (own - z[(size_t)j * l + k]);
        }
        dz[at] += scale * sum;
    }
}
