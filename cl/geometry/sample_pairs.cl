/*
 * Pairs of nearby points: points (3 n, POINT_SIZE) holds all x, then all y, then all geodesic
 * averages; distance (n). One work-item per pair, which depends only on (seed, stream, step, first
 * + i).
 *
 * The geodesics are those of draw_geodesic: average = exp_x(r u / 2), so d = r is exact.
 */
#include "geometry/draw_geodesic.cl"
#include "geometry/render.cl"

/* point receives x, y and the average. Returns r. */
INLINE float draw_pair(struct rng *rng, const float r_min, const float r_max,
                       float point[3][POINT_SIZE], __global int *failed)
{
    float direction[TANGENT_SIZE];
    const float r = draw_geodesic(rng, r_min, r_max, point[0], direction, point[1], failed);
    follow_geodesic(point[0], direction, 0.5f * r, point[2]);
    return r;
}

/* Writes pair i of n to points and distance; `point` also receives x, y and the average. */
INLINE void make_pair(struct rng rng, const int i, const int n, const float r_min,
                      const float r_max, float point[3][POINT_SIZE], __global float *points,
                      __global float *distance, __global int *failed)
{
    distance[i] = draw_pair(&rng, r_min, r_max, point, failed);
    store_points(point, 3, i, n, points);
}

__kernel void sample_pairs(ulong seed, uint stream, uint step, uint first, int n, float r_min,
                           float r_max, __global float *points, __global float *distance,
                           __global int *failed)
{
    const int i = get_global_id(0);
    if (i < n) {
        float point[3][POINT_SIZE];
        make_pair(rng_start(seed, stream, step, first + i), i, n, r_min, r_max, point, points,
                  distance, failed);
    }
}

#if HEIGHT * WIDTH == 1
/* Sampling and rendering of one-pixel images in one launch: images (3 n, CHANNELS). Exactly n
 * work-items: PoCL would not vectorise across them under a condition. */
__kernel void sample_pair_images(ulong seed, uint stream, uint step, uint first, int n, float r_min,
                                 float r_max, __global float *points, __global float *distance,
                                 __global int *failed, __global float *images)
{
    const int i = get_global_id(0);
    float point[3][POINT_SIZE];
    make_pair(rng_start(seed, stream, step, first + i), i, n, r_min, r_max, point, points, distance,
              failed);
#pragma unroll
    for (int j = 0; j < 3; j++) {
        render_pixels(point[j], 0, 1, images + (size_t)(j * n + i) * CHANNELS);
    }
}
#endif
