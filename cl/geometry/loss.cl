/*
 * The loss of n pairs and its gradient (method.md, section 1), one work-item a pair:
 *
 *     first  = (z_y - z_x) / d                  distortion = gamma_c(|first|)
 *     second = 8 ((z_x + z_y)/2 - z_m) / d^2    bending    = |second|^2
 *     gamma_c(s) = (s^2 - 1)^2 / (s^2 + c^2), s^2 floored at 1e-12
 *
 * z (3 n, l): latents of all x, then all y, then all averages. dz likewise receives the gradient of
 * mean distortion + lambda mean bending; it may be z's own buffer. partial (groups, 4) receives
 * each group's sums of distortion, bending and of their squares; loss_mean adds them up.
 */
#include "lib/reduce.cl"

#define FLOOR 1e-12f

__kernel ONE_GROUP
void loss_gradient(__global const float *z, __global const float *distance, int n, int l,
                   float lambda, float c_squared, __global float *dz, __global float4 *partial)
{
    const int local_id = get_local_id(0);
    const int i = get_global_id(0);
    __local float4 sums[GROUP];
    float4 terms = (float4)(0.0f);
    if (i < n) {
        const size_t x = (size_t)i * l;
        const size_t y = (size_t)(n + i) * l;
        const size_t m = (size_t)(2 * n + i) * l;
        const float d = distance[i];
        const float first_scale = 1.0f / d;
        const float second_scale = 8.0f / (d * d);
        float first_squared = 0.0f;
        float second_squared = 0.0f;
        for (int k = 0; k < l; k++) {
            const float first = (z[y + k] - z[x + k]) * first_scale;
            /* Differences of neighbours first: they are exact where the sum would round. */
            const float second =
                0.5f * ((z[x + k] - z[m + k]) + (z[y + k] - z[m + k])) * second_scale;
            first_squared += first * first;
            second_squared += second * second;
        }
        const float s = fmax(first_squared, FLOOR);
        const float quotient = (s - 1.0f) / (s + c_squared);
        const float gamma = quotient * (s - 1.0f);
        /* d gamma / d s^2 = (s^2-1)(s^2+2c^2+1)/(s^2+c^2)^2, then the chain rule through s^2. */
        const float slope = quotient * ((s + 2.0f * c_squared + 1.0f) / (s + c_squared));
        const float first_weight = 2.0f * slope * first_scale * first_scale / n;
        const float second_weight = 2.0f * lambda * second_scale * second_scale / n;
        for (int k = 0; k < l; k++) {
            const float first = (z[y + k] - z[x + k]) * first_weight;
            const float second =
                0.5f * ((z[x + k] - z[m + k]) + (z[y + k] - z[m + k])) * second_weight;
            dz[x + k] = 0.5f * second - first;
            dz[y + k] = 0.5f * second + first;
            dz[m + k] = -second;
        }
        terms = (float4)(gamma, second_squared, gamma * gamma, second_squared * second_squared);
    }
    const float4 sum = group_sum(terms, local_id, sums);
    if (local_id == 0) {
        partial[get_group_id(0)] = sum;
    }
}
