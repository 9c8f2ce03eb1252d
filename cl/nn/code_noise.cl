/*
 * Noisy codes: x (n) <- x + sigma g, g independent standard normal numbers that depend on (seed,
 * stream, step) and their place alone. One work-item for `run` of them, 4: one block of bits.
 */
#include "lib/philox.cl"

__kernel void add_code_noise(__global float *x, int n, float sigma, ulong seed, uint stream,
                             uint step, int run)
{
    const int item = get_global_id(0);
    const int first = run * item;
    if (first >= n) {
        return;
    }
    struct rng rng = rng_start(seed, stream, step, item);
    for (int i = first; i < first + run; i += 2) {
        const float2 normal = sigma * rng_normal(&rng);
        if (i < n) {
            x[i] += normal.x;
        }
        if (i + 1 < n) {
            x[i + 1] += normal.y;
        }
    }
}
