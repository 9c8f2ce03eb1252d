/*
 * The unit sphere S^2, or where CAP_DEGREES is defined its cap round the north pole (0,0,1).
 * Points are unit vectors, tangent vectors ambient 3-vectors. A cap of at most 90 degrees is
 * geodesically convex: midpoints stay inside.
 */
#ifndef MANIFOLD_SPHERE_CL
#define MANIFOLD_SPHERE_CL

#include "lib/sphere.cl"

#define DIMENSION          2
#define POINT_SIZE         3
#define TANGENT_SIZE       3
#define INJECTIVITY_RADIUS M_PI_F

#ifdef CAP_DEGREES
#define MANIFOLD "hemisphere"
#else
#define MANIFOLD "sphere"
#define LIMIT_H  1.0f
#endif

/* Extent along z: 1 - cos(cap) = 2 sin^2(cap / 2). */
float sphere_height(void)
{
#ifdef CAP_DEGREES
    const float s = sin(0.5f * CAP_DEGREES * (M_PI_F / 180.0f));
    return 2.0f * s * s;
#else
    return 2.0f;
#endif
}

void manifold_sample(struct rng *rng, float *x)
{
    store3(x, sphere_sample(rng, sphere_height()));
}

int manifold_contains(const float *x)
{
    return x[2] >= 1.0f - sphere_height();
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
    return sphere_distance(load3(x), load3(y));
}

void manifold_midpoint(const float *x, const float *y, float *midpoint)
{
    store3(midpoint, sphere_midpoint(load3(x), load3(y)));
}

#endif
