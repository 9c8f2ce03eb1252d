/*
 * The flat torus with sides TORUS_SIDE_1 and TORUS_SIDE_2 (default 2 pi). Points are (a,b) in [0,
 * side), tangent vectors coordinate vectors.
 */
#ifndef MANIFOLD_TORUS_CL
#define MANIFOLD_TORUS_CL

#include "lib/ball.cl"
#include "lib/circle.cl"

#ifndef TORUS_SIDE_1
#define TORUS_SIDE_1 (2.0f * M_PI_F)
#endif
#ifndef TORUS_SIDE_2
#define TORUS_SIDE_2 (2.0f * M_PI_F)
#endif

#define MANIFOLD           "torus"
#define DIMENSION          2
#define POINT_SIZE         2
#define TANGENT_SIZE       2
#define EMBEDDING_SIZE     4
#define INJECTIVITY_RADIUS (0.5f * fmin(TORUS_SIDE_1, TORUS_SIDE_2))

/* For unequal sides the minimum is unknown (-1). */
#define TORUS_FREQUENCY (2.0f * M_PI_F / TORUS_SIDE_1)
#define LIMIT_LATENT    4
#define LIMIT_H                                                                                    \
    (TORUS_SIDE_1 == TORUS_SIDE_2 ? 0.75f * TORUS_FREQUENCY * TORUS_FREQUENCY : -1.0f)

void manifold_sample(struct rng *rng, float *x)
{
    /* A number close to 1 can round up to the side */
    x[0] = circle_reduce(TORUS_SIDE_1 * rng_uniform(rng), TORUS_SIDE_1);
    x[1] = circle_reduce(TORUS_SIDE_2 * rng_uniform(rng), TORUS_SIDE_2);
}

int manifold_contains(const float *x)
{
    return 1;
}

float manifold_radius(struct rng *rng, float r_min, float r_max)
{
    return flat_radius(rng, r_min, r_max, DIMENSION);
}

void manifold_frame(const float *x, float *frame)
{
    frame[0] = 1.0f;
    frame[1] = 0.0f;
    frame[2] = 0.0f;
    frame[3] = 1.0f;
}

void manifold_exponential(const float *x, const float *v, float *y)
{
    y[0] = circle_reduce(x[0] + v[0], TORUS_SIDE_1);
    y[1] = circle_reduce(x[1] + v[1], TORUS_SIDE_2);
}

float2 torus_difference(const float *x, const float *y)
{
    return (float2)(circle_difference(x[0], y[0], TORUS_SIDE_1),
                    circle_difference(x[1], y[1], TORUS_SIDE_2));
}

float manifold_distance(const float *x, const float *y)
{
    return length(torus_difference(x, y));
}

void manifold_midpoint(const float *x, const float *y, float *midpoint)
{
    const float2 way = torus_difference(x, y);
    const float half_way[TANGENT_SIZE] = {0.5f * way.x, 0.5f * way.y};
    manifold_exponential(x, half_way, midpoint);
}

/* Two circles, isometric: (cos a, sin a, cos b, sin b) for sides of 2 pi. */
void manifold_embedding(const float *x, float *z)
{
    const float2 frequency = 2.0f * M_PI_F / (float2)(TORUS_SIDE_1, TORUS_SIDE_2);
    const float2 angle = frequency * (float2)(x[0], x[1]); // exact for sides of 2 pi
    z[0] = cos(angle.x) / frequency.x;
    z[1] = sin(angle.x) / frequency.x;
    z[2] = cos(angle.y) / frequency.y;
    z[3] = sin(angle.y) / frequency.y;
}

/* Circles of constant a, then of constant b. */
#define GRID_CIRCLES 12
#define GRID_LINES   (2 * GRID_CIRCLES)

void manifold_grid(int line, float t, float *x)
{
    const float fixed = (line % GRID_CIRCLES) * (1.0f / GRID_CIRCLES);
    x[0] = circle_reduce(TORUS_SIDE_1 * (line < GRID_CIRCLES ? fixed : t), TORUS_SIDE_1);
    x[1] = circle_reduce(TORUS_SIDE_2 * (line < GRID_CIRCLES ? t : fixed), TORUS_SIDE_2);
}

#define COLOR_HUE       "angle a"
#define COLOR_LIGHTNESS "cos b"

void manifold_color(const float *x, float *color)
{
    const float a = x[0] * (2.0f * M_PI_F / TORUS_SIDE_1);
    const float b = x[1] * (2.0f * M_PI_F / TORUS_SIDE_2);
    color[0] = 0.75f * cos(a);
    color[1] = 0.75f * sin(a);
    color[2] = 0.66f * cos(b);
}

#endif
