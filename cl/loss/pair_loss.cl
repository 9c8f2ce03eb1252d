/*
 * The loss of one pair and its gradient (method.md, section 1):
 *
 *     first  = (z_y - z_x) / d                  distortion = gamma_c(|first|)
 *     second = 8 ((z_x + z_y)/2 - z_m) / d^2    bending    = |second|^2
 *     gamma_c and `least`: see gamma.cl
 *
 * x, y, m (l): the latents; dx, dy, dm likewise receive the gradient of (distortion + lambda
 * bending) / n, and may be the latents' own places. The result is distortion, bending and their
 * squares.
 */
#include "loss/gamma.cl"

float4 pair_loss(__global const float *x, __global const float *y, __global const float *m,
                 const float d, const int n, const int l, const float lambda, const float c_squared,
                 const float least, __global float *dx, __global float *dy, __global float *dm)
{
    const float first_scale = 1.0f / d;
    const float second_scale = 8.0f / (d * d);
    float first_squared = 0.0f;
    float second_squared = 0.0f;
    for (int k = 0; k < l; k++) {
        const float first = (y[k] - x[k]) * first_scale;
        /* Differences of neighbours first: they are exact where the sum would round. */
        const float second = 0.5f * ((x[k] - m[k]) + (y[k] - m[k])) * second_scale;
        first_squared += first * first;
        second_squared += second * second;
    }
    const float2 gamma = gamma_and_slope(first_squared, c_squared, least);
    /* The chain rule through s^2. */
    const float first_weight = 2.0f * gamma.y * first_scale * first_scale / n;
    const float second_weight = 2.0f * lambda * second_scale * second_scale / n;
    for (int k = 0; k < l; k++) {
        const float first = (y[k] - x[k]) * first_weight;
        const float second = 0.5f * ((x[k] - m[k]) + (y[k] - m[k])) * second_weight;
        dx[k] = 0.5f * second - first;
        dy[k] = 0.5f * second + first;
        dm[k] = -second;
    }
    return (float4)(gamma.x, second_squared, gamma.x * gamma.x, second_squared * second_squared);
}
