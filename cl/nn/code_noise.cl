/*
 * Noisy codes: x (n) <- x + sigma g, g independent standard normal numbers that depend on (seed,
 * stream, step) and their place alone. One work-item for four of them, one block of bits.
 */
#include "lib/philox.cl"

#define NOISE_RUN 4 /* as in code_noise.c */

__kernel void add_code_noise(__global float *x, int n, float sigma, ulong seed, uint stream,
                             uint step)
{
    const int item = get_global_id(0);
    const int first = NOISE_RUN * item;
    if (first >= n) {
        return;
    }
    struct rng rng = rng_start(seed, stream, step, item);
    for (int i = first; i < first + NOISE_RUN; i += 2) {
        const float2 normal = sigma * rng_normal(&rng);
        if (i < n) {
            x[i] += normal.x;
        }
        if (i + 1 < n) {
            x[i + 1] += normal.y;
        }
    }
}
