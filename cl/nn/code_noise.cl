/*
 * Noise on codes: x (n) <- x + sigma g, where g are independent standard normal numbers that depend
 * only on (seed, stream, step) and their position. One work-item per `run` positions, 4: one block
 * of bits. The numbers at positions first..first+n-1 start at x[at].
 */
#include "lib/philox.cl"

__kernel void add_code_noise(__global float *x, int at, int first, int n, float sigma, ulong seed,
                             uint stream, uint step, int run)
{
    const int item = get_global_id(0) + first / run;
    const int start = run * item;
    if (start >= first + n) {
        return;
    }
    struct rng rng = rng_start(seed, stream, step, item);
    for (int i = start; i < start + run; i += 2) {
        const float2 normal = sigma * rng_normal(&rng);
        if (i >= first && i < first + n) {
            x[at + i - first] += normal.x;
        }
        if (i + 1 >= first && i + 1 < first + n) {
            x[at + i + 1 - first] += normal.y;
        }
    }
}
