/*
 * The rotations SO(3) as unit quaternions (w,x,y,z), q and -q the same point. The distance is the
 * rotation angle, in [0, pi] (not sqrt 2 times it, the Frobenius norm's). Tangent vectors are
 * rotation vectors in the body's frame: exp_q(v) = q * (rotation about v by |v|).
 */
#ifndef MANIFOLD_SO3_CL
#define MANIFOLD_SO3_CL

#include "lib/ball.cl"
#include "lib/quaternion.cl"

#define MANIFOLD           "so3"
#define DIMENSION          3
#define POINT_SIZE         4
#define TANGENT_SIZE       3
#define INJECTIVITY_RADIUS M_PI_F
#define LIMIT_H            1.0f

/* A normalised Gaussian vector is uniform on S^3. */
void manifold_sample(struct rng *rng, float *x)
{
    float4 q;
    do {
        const float2 first = rng_normal(rng);
        const float2 second = rng_normal(rng);
        q = (float4)(first, second);
    } while (dot(q, q) < 1e-12f);
    quaternion_store(x, normalize(q));
}

int manifold_contains(const float *x)
{
    return 1;
}

/* Density sin^2(r/2): the flat ball's r^2, thinned out by (sin(r/2) / (r/2))^2. At least 0.4 of
 * the tries succeed, since that quotient falls by no more than that from r_min to pi. */
float manifold_radius(struct rng *rng, float r_min, float r_max)
{
    const float lowest = fmax(0.5f * r_min, 1e-6f);
    const float best = sin(lowest) / lowest;
    float r;
    float thinning;
    do {
        r = flat_radius(rng, r_min, r_max, DIMENSION);
        const float half_angle = fmax(0.5f * r, 1e-6f);
        const float quotient = sin(half_angle) / (half_angle * best);
        thinning = quotient * quotient;
    } while (rng_uniform(rng) > thinning);
    return r;
}

void manifold_frame(const float *x, float *frame)
{
    for (int k = 0; k < DIMENSION * TANGENT_SIZE; k++) {
        frame[k] = k % (TANGENT_SIZE + 1) == 0 ? 1.0f : 0.0f;
    }
}

void manifold_exponential(const float *x, const float *v, float *y)
{
    const float4 step = quaternion_of_vector((float3)(v[0], v[1], v[2]));
    quaternion_store(y, normalize(quaternion_product(quaternion_load(x), step)));
}

/* Twice the angle between the lines through p and q in R^4. */
float manifold_distance(const float *x, const float *y)
{
    const float4 p = quaternion_load(x);
    const float4 q = quaternion_load(y);
    const float apart = length(p - q);
    const float across = length(p + q);
    return 4.0f * atan2(fmin(apart, across), fmax(apart, across));
}

void manifold_midpoint(const float *x, const float *y, float *midpoint)
{
    const float4 p = quaternion_load(x);
    const float4 q = quaternion_load(y);
    const float sign = dot(p, q) < 0.0f ? -1.0f : 1.0f;
    quaternion_store(midpoint, normalize(p + sign * q));
}

#endif
