/* Exposes cl/lib/philox.cl to the test: one work-item per vector or per stream. */
#include "lib/philox.cl"

kernel void run_philox(int n, global const uint4 *counter, global const uint2 *key,
                       global uint4 *out)
{
    const int i = get_global_id(0);
    if (i < n) {
        out[i] = philox4x32(counter[i], key[i]);
    }
}

/* Row i: six words of the stream (seed, stream, step, i). */
kernel void run_bits(int n, ulong seed, uint stream, uint step, global uint *out)
{
    const int i = get_global_id(0);
    if (i < n) {
        struct rng rng = rng_start(seed, stream, step, (uint)i);
        for (int j = 0; j < 6; j++) {
            out[6 * i + j] = rng_bits(&rng);
        }
    }
}

kernel void run_uniform(int n, ulong seed, uint stream, uint step, global float *out)
{
    const int i = get_global_id(0);
    if (i < n) {
        struct rng rng = rng_start(seed, stream, step, (uint)i);
        out[i] = rng_uniform(&rng);
    }
}

kernel void run_normal(int n, ulong seed, uint stream, uint step, global float2 *out)
{
    const int i = get_global_id(0);
    if (i < n) {
        struct rng rng = rng_start(seed, stream, step, (uint)i);
        out[i] = rng_normal(&rng);
    }
}
