/*
 * Shortest geodesics from points drawn from the volume measure: a direction u in an orthonormal
 * frame at x, and a length r distributed as in a ball. If the end leaves a manifold with boundary,
 * only u and r are redrawn, so x stays uniform; failed[0] becomes 1 if all MAX_TRIES attempts fail.
 *
 * Points between the ends need no test: manifolds with boundary are geodesically convex.
 */
#ifndef GEOMETRY_DRAW_GEODESIC_CL
#define GEOMETRY_DRAW_GEODESIC_CL

#include "geometry/direction.cl"

/* y = exp_x(r u) */
INLINE void follow_geodesic(const float *x, const float *direction, const float r, float *y)
{
    float tangent[TANGENT_SIZE];
#pragma unroll
    for (int j = 0; j < TANGENT_SIZE; j++) {
        tangent[j] = r * direction[j];
    }
    manifold_exponential(x, tangent, y);
}

/* Stores the points of geodesic i of n in `points` (count n, POINT_SIZE): all first points, all
 * second ones and so on. */
INLINE void store_points(float (*point)[POINT_SIZE], const int count, const int i,
                         const int n, __global float *points)
{
#pragma unroll
    for (int j = 0; j < count; j++) {
#pragma unroll
        for (int k = 0; k < POINT_SIZE; k++) {
            points[(size_t)(j * n + i) * POINT_SIZE + k] = point[j][k];
        }
    }
}

/* Sets x, u and the end exp_x(r u); returns r. */
INLINE float draw_geodesic(struct rng *rng, const float r_min, const float r_max, float *x,
                           float *direction, float *end, __global int *failed)
{
    float frame[DIMENSION * TANGENT_SIZE];
    float r;
    int inside = 0;
    manifold_sample(rng, x);
    manifold_frame(x, frame);
    for (int try = 0; try < MAX_TRIES && !inside; try++) {
        random_direction(rng, frame, direction);
        r = manifold_radius(rng, r_min, r_max);
        follow_geodesic(x, direction, r, end);
        inside = manifold_contains(end);
    }
    if (!inside) {
        failed[0] = 1;
    }
    return r;
}

#endif
