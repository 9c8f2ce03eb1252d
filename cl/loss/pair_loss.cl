/*
 * Loss of one pair and its gradient (method.md, section 1):
 *
 *     first  = (z_y - z_x) / d                  distortion = gamma_c(|first|)
 *     second = 8 ((z_x + z_y)/2 - z_m) / d^2    bending    = |second|^2
 *     gamma_c(s) = (s^2 - 1)^2 / (s^2 + c^2), s^2 at least `least`
 */
#ifndef LOSS_PAIR_LOSS_CL
#define LOSS_PAIR_LOSS_CL

/* (z_x + z_y)/2 - z_m, computed from differences of neighbours, which are exact where the sum would
 * round. */
float second_difference(const float x, const float y, const float m)
{
    return 0.5f * ((x - m) + (y - m));
}

/* gamma_c and its derivative by s^2, of `first_squared` = |first|^2. */
float2 gamma_and_slope(const float first_squared, const float c_squared, const float least)
{
    const float s = fmax(first_squared, least);
    const float quotient = (s - 1.0f) / (s + c_squared);
    const float gamma = quotient * (s - 1.0f);
    /* d gamma / d s^2 = (s^2-1)(s^2+2c^2+1)/(s^2+c^2)^2 */
    const float slope = quotient * ((s + 2.0f * c_squared + 1.0f) / (s + c_squared));
    return (float2)(gamma, slope);
}

/*
 * x, y, m (l): the latents; dx, dy, dm likewise receive the gradient of (distortion + lambda
 * bending) / n, and may be the same buffers as the latents. The result is distortion, bending and
 * their squares.
 */
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
        const float second = second_difference(x[k], y[k], m[k]) * second_scale;
        first_squared += first * first;
        second_squared += second * second;
    }
    const float2 gamma = gamma_and_slope(first_squared, c_squared, least);
    /* The chain rule through s^2. */
    const float first_weight = 2.0f * gamma.y * first_scale * first_scale / n;
    const float second_weight = 2.0f * lambda * second_scale * second_scale / n;
    for (int k = 0; k < l; k++) {
        const float first = (y[k] - x[k]) * first_weight;
        const float second = second_difference(x[k], y[k], m[k]) * second_weight;
        dx[k] = 0.5f * second - first;
        dy[k] = 0.5f * second + first;
        dm[k] = -second;
    }
    return (float4)(gamma.x, second_squared, gamma.x * gamma.x, second_squared * second_squared);
}

#endif
