/*
 * Points drawn from the volume measure: points (n, POINT_SIZE). One work-item per point, which
 * depends only on (seed, stream, step, first + i).
 */
__kernel void sample_points(ulong seed, uint stream, uint step, uint first, int n,
                            __global float *points)
{
    const int i = get_global_id(0);
    if (i >= n) {
        return;
    }
    struct rng rng = rng_start(seed, stream, step, first + i);
    float x[POINT_SIZE];
    manifold_sample(&rng, x);
    for (int k = 0; k < POINT_SIZE; k++) {
        points[(size_t)i * POINT_SIZE + k] = x[k];
    }
}
