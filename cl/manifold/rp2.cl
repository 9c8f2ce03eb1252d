/*
 * The projective plane RP^2 of curvature 1: unit vectors in R^3, where x and -x are the same point.
 * Tangent vectors are ambient 3-vectors at the given vector.
 */
#ifndef MANIFOLD_RP2_CL
#define MANIFOLD_RP2_CL

#include "lib/sphere.cl"

#define MANIFOLD           "rp2"
#define DIMENSION          2
#define POINT_SIZE         3
#define TANGENT_SIZE       3
#define EMBEDDING_SIZE     9
#define INJECTIVITY_RADIUS (0.5f * M_PI_F)
#define LIMIT_H            4.0f
/* x x^T is symmetric, which leaves 6 of its 9 numbers, and its trace is constant. */
#define LIMIT_LATENT 5

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

/* x x' / sqrt(2), row-major: isometric, and the optimal embedding. */
void manifold_embedding(const float *x, float *z)
{
    for (int i = 0; i < POINT_SIZE; i++) {
        for (int j = 0; j < POINT_SIZE; j++) {
            z[POINT_SIZE * i + j] = M_SQRT1_2_F * (x[i] * x[j]);
        }
    }
}

/* Lines through the pole every 15 degrees, and circles around it. */
#define GRID_MERIDIANS 12
#define GRID_CIRCLES   6
#define GRID_LINES     (GRID_MERIDIANS + GRID_CIRCLES)

void manifold_grid(int line, float t, float *x)
{
    const int meridian = line < GRID_MERIDIANS;
    const float circle = (line - GRID_MERIDIANS + 1) * (1.0f / GRID_CIRCLES); // the last: equator
    const float longitude = M_PI_F * (meridian ? line * (1.0f / GRID_MERIDIANS) : 2.0f * t);
    const float polar = M_PI_F * (meridian ? t : 0.5f * circle);
    store3(x, (float3)(sin(polar) * cos(longitude), sin(polar) * sin(longitude), cos(polar)));
}

#define COLOR_HUE       "twice the longitude"
#define COLOR_LIGHTNESS "towards the pole"

/* Even in x, like everything on RP^2. */
void manifold_color(const float *x, float *color)
{
    const float3 v = load3(x);
    const float2 around = (float2)(v.x * v.x - v.y * v.y, 2.0f * v.x * v.y);
    store3(color, (float3)(0.75f * around, 0.66f * (2.0f * v.z * v.z - 1.0f)));
}

#endif
