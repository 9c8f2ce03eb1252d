/*
 * The flat Klein bottle: (x,y) in the unit square [0,1)^2, (x,y) ~ (x+1,-y) ~ (x,y+1). Tangent
 * vectors are coordinate vectors at the representative in the square. The shortest closed geodesics
 * have length 1. LIMIT_H is unknown.
 */
#ifndef MANIFOLD_KLEIN_CL
#define MANIFOLD_KLEIN_CL

#include "lib/ball.cl"
#include "lib/circle.cl"

#define MANIFOLD           "klein"
#define DIMENSION          2
#define POINT_SIZE         2
#define TANGENT_SIZE       2
#define EMBEDDING_SIZE     7
#define INJECTIVITY_RADIUS 0.5f

void manifold_sample(struct rng *rng, float *x)
{
    x[0] = rng_uniform(rng);
    x[1] = rng_uniform(rng);
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

/* The representative of (x,y) in the square. */
float2 klein_reduce(float x, float y)
{
    float turns = floor(x);
    float rest = x - turns;
    if (rest >= 1.0f) { /* x slightly below an integer, rounded up to it */
        turns += 1.0f;
        rest = 0.0f;
    }
    const int odd = fmod(turns, 2.0f) != 0.0f;
    return (float2)(rest, circle_reduce(odd ? -y : y, 1.0f));
}

/* From x to the nearest representative of y: the direct way, or once around, where y is
 * mirrored. */
float2 klein_difference(const float *x, const float *y)
{
    const float2 direct = (float2)(y[0] - x[0], circle_difference(x[1], y[1], 1.0f));
    /* Next to the seam the first difference is exact */
    const float2 round = (float2)(y[0] > x[0] ? (y[0] - 1.0f) - x[0] : (1.0f - x[0]) + y[0],
                                  circle_difference(x[1], -y[1], 1.0f));
    return dot(direct, direct) <= dot(round, round) ? direct : round;
}

void manifold_exponential(const float *x, const float *v, float *y)
{
    const float2 end = klein_reduce(x[0] + v[0], x[1] + v[1]);
    y[0] = end.x;
    y[1] = end.y;
}

float manifold_distance(const float *x, const float *y)
{
    return length(klein_difference(x, y));
}

void manifold_midpoint(const float *x, const float *y, float *midpoint)
{
    const float2 way = klein_difference(x, y);
    const float half_way[TANGENT_SIZE] = {0.5f * way.x, 0.5f * way.y};
    manifold_exponential(x, half_way, midpoint);
}

#define KLEIN_A (M_1_PI_F * 0.433012702f)
#define KLEIN_B (M_1_PI_F * 0.5f)
#define KLEIN_E (M_1_PI_F * 0.25f)

/*
 * Isometric: with X = 2 pi x, Y = 2 pi y
 *
 *     a (cos X, sin X), b sin Y (cos X/2, sin X/2), a cos Y, e cos Y (cos X, sin X),
 *     a = sqrt(3) / (4 pi), b = 1 / (2 pi), e = 1 / (4 pi)
 */
void manifold_embedding(const float *x, float *z)
{
    const float2 half_turn = (float2)(cospi(x[0]), sinpi(x[0]));
    const float2 turn = (float2)(cospi(2.0f * x[0]), sinpi(2.0f * x[0]));
    const float cosine = cospi(2.0f * x[1]);
    const float sine = sinpi(2.0f * x[1]);
    z[0] = KLEIN_A * turn.x;
    z[1] = KLEIN_A * turn.y;
    z[2] = KLEIN_B * sine * half_turn.x;
    z[3] = KLEIN_B * sine * half_turn.y;
    z[4] = KLEIN_A * cosine;
    z[5] = KLEIN_E * cosine * turn.x;
    z[6] = KLEIN_E * cosine * turn.y;
}

/* Circles of constant x, then lines of constant y, which continue at -y. */
#define GRID_CURVES 12
#define GRID_LINES  (2 * GRID_CURVES)

void manifold_grid(int line, float t, float *x)
{
    const float fixed = (line % GRID_CURVES) * (1.0f / GRID_CURVES);
    const float2 place = line < GRID_CURVES ? klein_reduce(fixed, t) : klein_reduce(t, fixed);
    x[0] = place.x;
    x[1] = place.y;
}

#define COLOR_HUE       "x"
#define COLOR_LIGHTNESS "cos 2 pi y"

/* Even in y, so that it is continuous at x = 1. */
void manifold_color(const float *x, float *color)
{
    color[0] = 0.75f * cospi(2.0f * x[0]);
    color[1] = 0.75f * sinpi(2.0f * x[0]);
    color[2] = 0.66f * cospi(2.0f * x[1]);
}

#endif
