/*
 * Chains: CHAIN equidistant points on a geodesic (method.md, section 2). points (CHAIN n,
 * POINT_SIZE) holds all first points, then all second ones, and so on; distance (n) is that of a
 * chain's ends. One work-item per chain, which depends only on (seed, stream, step, first + i).
 *
 * The geodesics are those of draw_geodesic: point k = exp_x(k r u / (CHAIN - 1)), so the distance
 * of points j and k, |j - k| r / (CHAIN - 1), is exact.
 */
#include "geometry/draw_geodesic.cl"
#include "geometry/render.cl"
#include "lib/chain.cl"

/* Writes chain i of n to points and distance; `point` also receives its points. */
INLINE void make_chain(struct rng rng, const int i, const int n, const float r_min,
                       const float r_max, float point[CHAIN][POINT_SIZE], __global float *points,
                       __global float *distance, __global int *failed)
{
    float direction[TANGENT_SIZE];
    const float r =
        draw_geodesic(&rng, r_min, r_max, point[0], direction, point[CHAIN - 1], failed);
    for (int j = 1; j < CHAIN - 1; j++) {
        follow_geodesic(point[0], direction, r * j * (1.0f / (CHAIN - 1)), point[j]);
    }
    distance[i] = r;
    store_points(point, CHAIN, i, n, points);
}

__kernel void sample_chains(ulong seed, uint stream, uint step, uint first, int n, float r_min,
                            float r_max, __global float *points, __global float *distance,
                            __global int *failed)
{
    const int i = get_global_id(0);
    if (i < n) {
        float point[CHAIN][POINT_SIZE];
        make_chain(rng_start(seed, stream, step, first + i), i, n, r_min, r_max, point, points,
                   distance, failed);
    }
}

#if HEIGHT * WIDTH == 1
/* Sampling and rendering of one-pixel images in one launch: images (CHAIN n, CHANNELS). Exactly n
 * work-items: PoCL would not vectorise across them under a condition. */
__kernel void sample_chain_images(ulong seed, uint stream, uint step, uint first, int n,
                                  float r_min, float r_max, __global float *points,
                                  __global float *distance, __global int *failed,
                                  __global float *images)
{
    const int i = get_global_id(0);
    float point[CHAIN][POINT_SIZE];
    make_chain(rng_start(seed, stream, step, first + i), i, n, r_min, r_max, point, points,
               distance, failed);
#if VECTOR_WIDTH == 1 /* so that a GPU keeps the points in registers */
#pragma unroll
#endif
    for (int j = 0; j < CHAIN; j++) {
        render_pixels(point[j], 0, 1, images + (size_t)(j * n + i) * CHANNELS);
    }
}
#endif
