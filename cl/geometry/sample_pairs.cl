/*
 * Pairs of nearby points: points (3 n, POINT_SIZE) holds all x, then all y, then all geodesic
 * averages; distance (n). One work-item a pair, which depends on (seed, stream, step, first + i)
 * alone.
 *
 * x is drawn by the volume measure, then a direction in an orthonormal frame at x and a radius r
 * by the ball law: y = exp_x(r u) and average = exp_x(r u / 2), so d = r is exact. Where y leaves a
 * manifold with boundary only y is redrawn, and x stays uniform; failed[0] becomes 1 if no try of
 * MAX_TRIES hits.
 */
#include "geometry/direction.cl"

#define MAX_TRIES 1000

__kernel void sample_pairs(ulong seed, uint stream, uint step, uint first, int n, float r_min,
                           float r_max, __global float *points, __global float *distance,
                           __global int *failed)
{
    const int i = get_global_id(0);
    if (i >= n) {
        return;
    }
    struct rng rng = rng_start(seed, stream, step, first + i);
    float x[POINT_SIZE];
    float y[POINT_SIZE];
    float average[POINT_SIZE];
    float frame[DIMENSION * TANGENT_SIZE];
    float direction[TANGENT_SIZE];
    float tangent[TANGENT_SIZE];
    float r;
    int inside = 0;
    manifold_sample(&rng, x);
    manifold_frame(x, frame);
    for (int try = 0; try < MAX_TRIES && !inside; try++) {
        random_direction(&rng, frame, direction);
        r = manifold_radius(&rng, r_min, r_max);
        for (int j = 0; j < TANGENT_SIZE; j++) {
            tangent[j] = r * direction[j];
        }
        manifold_exponential(x, tangent, y);
        inside = manifold_contains(y);
    }
    if (!inside) {
        failed[0] = 1;
    }
    for (int j = 0; j < TANGENT_SIZE; j++) {
        tangent[j] = 0.5f * r * direction[j];
    }
    manifold_exponential(x, tangent, average);
    for (int k = 0; k < POINT_SIZE; k++) {
        points[(size_t)i * POINT_SIZE + k] = x[k];
        points[(size_t)(n + i) * POINT_SIZE + k] = y[k];
        points[(size_t)(2 * n + i) * POINT_SIZE + k] = average[k];
    }
    distance[i] = r;
}
