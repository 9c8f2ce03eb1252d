/*
 * The rotations SO(3) as unit quaternions (w,x,y,z), where q and -q are the same point. The
 * distance is the rotation angle, in [0, pi] (not sqrt 2 times it, as with the Frobenius norm).
 * Tangent vectors are rotation vectors in the body frame: exp_q(v) = q * (rotation about v by |v|).
 */
#ifndef MANIFOLD_SO3_CL
#define MANIFOLD_SO3_CL

#include "lib/ball.cl"
#include "lib/quaternion.cl"

#define MANIFOLD           "so3"
#define DIMENSION          3
#define POINT_SIZE         4
#define TANGENT_SIZE       3
#define EMBEDDING_SIZE     9
#define INJECTIVITY_RADIUS M_PI_F
#define LIMIT_H            1.0f
#define LIMIT_LATENT       9

/* A normalised Gaussian vector is uniform on S^3 */
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

/* Density sin^2(r/2): the flat ball's r^2, thinned by (sin(r/2) / (r/2))^2. At least 0.4 of the
 * attempts succeed, since that quotient does not decrease by more from r_min to pi. */
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

/* R / sqrt(2), row-major: isometric, and the optimal embedding. */
void manifold_embedding(const float *x, float *z)
{
    float matrix[EMBEDDING_SIZE];
    quaternion_matrix(quaternion_load(x), matrix);
    for (int i = 0; i < EMBEDDING_SIZE; i++) {
        z[i] = M_SQRT1_2_F * matrix[i];
    }
}

/* Full turns about the body's axes (three families), each starting at the identity and at turns by
 * 90, 180 and 270 degrees about the next axis. */
#define GRID_STARTS 4
#define GRID_LINES  (3 * GRID_STARTS)

void manifold_grid(int line, float t, float *x)
{
    const int axis = line / GRID_STARTS;
    const float start = (line % GRID_STARTS) * (2.0f * M_PI_F / GRID_STARTS);
    const float3 e = (float3)(axis == 0, axis == 1, axis == 2);
    const float4 from = quaternion_of_vector(start * e.zxy);
    const float4 turn = quaternion_of_vector(2.0f * M_PI_F * t * e);
    quaternion_store(x, normalize(quaternion_product(from, turn)));
}

#define COLOR_HUE       "azimuth of R e3"
#define COLOR_LIGHTNESS "height of R e3"

/* Direction of the body's third axis. */
void manifold_color(const float *x, float *color)
{
    float matrix[9];
    quaternion_matrix(quaternion_load(x), matrix);
    for (int k = 0; k < 3; k++) {
        color[k] = matrix[3 * k + 2];
    }
}

#endif
