/*
 * The unit sphere S^2 in R^3, shared by the manifolds that are parts or quotients of it.
 * Points are unit vectors, tangent vectors ambient 3-vectors; angles in radians.
 */
#ifndef LIB_SPHERE_CL
#define LIB_SPHERE_CL

#include "lib/philox.cl"

INLINE float3 load3(const float *x)
{
    return (float3)(x[0], x[1], x[2]);
}

INLINE void store3(float *x, float3 v)
{
    x[0] = v.x;
    x[1] = v.y;
    x[2] = v.z;
}

/* v / |v| for |v| about 1: normalize() also handles lengths whose squares overflow. */
INLINE float3 unit3(float3 v)
{
    const float scale = 1.0f / sqrt(v.x * v.x + v.y * v.y + v.z * v.z);
    return (float3)(scale * v.x, scale * v.y, scale * v.z);
}

/* Uniform on the cap z >= 1 - height; height 2 is the whole sphere. */
INLINE float3 sphere_sample(struct rng *rng, float height)
{
    /* Draws 1 - z, so that points near the pole keep their relative precision */
    const float depth = height * rng_uniform(rng);
    const float2 longitude = turn(rng_uniform(rng));
    const float radius = sqrt(depth * (2.0f - depth));
    return unit3((float3)(radius * longitude.x, radius * longitude.y, 1.0f - depth));
}

/* Two orthonormal tangent vectors at x, smooth except for a jump of the frame across z = 0. */
INLINE void sphere_frame(float3 x, float3 *first, float3 *second)
{
    const float sign = copysign(1.0f, x.z);
    const float a = -1.0f / (sign + x.z);
    const float b = x.x * x.y * a;
    *first = (float3)(1.0f + sign * x.x * x.x * a, sign * b, -sign * x.x);
    *second = (float3)(b, sign + x.y * x.y * a, -x.y);
}

INLINE float3 sphere_exponential(float3 x, float3 v)
{
    const float r = sqrt(v.x * v.x + v.y * v.y + v.z * v.z);
    const float2 point = turn_radians(r);
    const float sinc = point.y / fmax(r, 1e-20f); /* if r is 0, v is too */
    return unit3((float3)(point.x * x.x + sinc * v.x, point.x * x.y + sinc * v.y,
                          point.x * x.z + sinc * v.z));
}

/* 2 atan2(|x-y|, |x+y|): exact at every distance, unlike arccos of the inner product. */
float sphere_distance(float3 x, float3 y)
{
    return 2.0f * atan2(length(x - y), length(x + y));
}

float3 sphere_midpoint(float3 x, float3 y)
{
    return normalize(x + y);
}

/* Radius of a uniform point in the ball: density sin r on [r_min, r_max], by inverting 1 - cos r =
 * 2 sin^2(r/2). */
INLINE float sphere_radius(struct rng *rng, float r_min, float r_max)
{
    const float low = turn_radians(0.5f * r_min).y;
    const float high = turn_radians(0.5f * r_max).y;
    const float s = sqrt(mix(low * low, high * high, rng_uniform(rng)));
    return clamp(2.0f * arc_sine(s), r_min, r_max);
}

#endif
