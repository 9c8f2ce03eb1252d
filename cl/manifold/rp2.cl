/*
 * The projective plane RP^2 of curvature 1: unit vectors in R^3, x and -x the same point. Tangent
 * vectors are ambient 3-vectors at the vector given.
 */
#ifndef MANIFOLD_RP2_CL
#define MANIFOLD_RP2_CL

#include "lib/sphere.cl"

#define MANIFOLD           "rp2"
#define DIMENSION          2
#define POINT_SIZE         3
#define TANGENT_SIZE       3
#define INJECTIVITY_RADIUS (0.5f * M_PI_F)
#define LIMIT_H            4.0f

void manifold_sample(struct rng *rng, float *x)
{
    store3(x, sphere_sample(rng, 2.0f));
}

int manifold_contains(const float *x)
{
    return 1;
}

float manifold_radius(struct rng *rng, float r_min, float r_max)
{
    return sphere_radius(rng, r_min, r_max);
}

void manifold_frame(const float *x, float *frame)
{
    float3 first;
    float3 second;
    sphere_frame(load3(x), &first, &second);
    store3(frame, first);
    store3(frame + TANGENT_SIZE, second);
}

void manifold_exponential(const float *x, const float *v, float *y)
{
    store3(y, sphere_exponential(load3(x), load3(v)));
}

float manifold_distance(const float *x, const float *y)
{
    const float apart = length(load3(x) - load3(y));
    const float across = length(load3(x) + load3(y));
    return 2.0f * atan2(fmin(apart, across), fmax(apart, across));
}

void manifold_midpoint(const float *x, const float *y, float *midpoint)
{
    const float sign = dot(load3(x), load3(y)) < 0.0f ? -1.0f : 1.0f;
    store3(midpoint, sphere_midpoint(load3(x), sign * load3(y)));
}

#endif
