/*
 * Translations and rotations of the plane, as the Riemannian product of a box SE2_SIDE_1 x
 * SE2_SIDE_2 centred at 0 and the circle of angles: points (a, b, angle) with the angle in [0, 2
 * pi), tangent vectors (da, db, dangle),
 *
 *     d^2 = da^2 + db^2 + (SE2_RADIAN_LENGTH dangle)^2.
 *
 * The box makes it a convex manifold with boundary. E* is unknown. The metric is not that of screw
 * motions: translations are along fixed axes.
 */
#ifndef MANIFOLD_SE2_CL
#define MANIFOLD_SE2_CL

#include "lib/ball.cl"
#include "lib/circle.cl"

#ifndef SE2_SIDE_1
#define SE2_SIDE_1 2.0f
#endif
#ifndef SE2_SIDE_2
#define SE2_SIDE_2 2.0f
#endif
/* Length that corresponds to a rotation by one radian. */
#ifndef SE2_RADIAN_LENGTH
#define SE2_RADIAN_LENGTH 0.5f
#endif

#define MANIFOLD           "se2"
#define DIMENSION          3
#define POINT_SIZE         3
#define TANGENT_SIZE       3
#define EMBEDDING_SIZE     4
#define INJECTIVITY_RADIUS (M_PI_F * SE2_RADIAN_LENGTH)

#define SE2_TURN (2.0f * M_PI_F)

void manifold_sample(struct rng *rng, float *x)
{
    x[0] = SE2_SIDE_1 * (rng_uniform(rng) - 0.5f);
    x[1] = SE2_SIDE_2 * (rng_uniform(rng) - 0.5f);
    /* A number close to 1 can round up to a full turn */
    x[2] = circle_reduce(SE2_TURN * rng_uniform(rng), SE2_TURN);
}

int manifold_contains(const float *x)
{
    return fabs(x[0]) <= 0.5f * SE2_SIDE_1 && fabs(x[1]) <= 0.5f * SE2_SIDE_2;
}

float manifold_radius(struct rng *rng, float r_min, float r_max)
{
    return flat_radius(rng, r_min, r_max, DIMENSION);
}

void manifold_frame(const float *x, float *frame)
{
    for (int k = 0; k < DIMENSION * TANGENT_SIZE; k++) {
        frame[k] = k % (TANGENT_SIZE + 1) == 0 ? 1.0f : 0.0f;
    }
    frame[8] = 1.0f / SE2_RADIAN_LENGTH;
}

void manifold_exponential(const float *x, const float *v, float *y)
{
    y[0] = x[0] + v[0];
    y[1] = x[1] + v[1];
    y[2] = circle_reduce(x[2] + v[2], SE2_TURN);
}

float3 se2_difference(const float *x, const float *y)
{
    return (float3)(y[0] - x[0], y[1] - x[1], circle_difference(x[2], y[2], SE2_TURN));
}

float manifold_distance(const float *x, const float *y)
{
    return length(se2_difference(x, y) * (float3)(1.0f, 1.0f, SE2_RADIAN_LENGTH));
}

void manifold_midpoint(const float *x, const float *y, float *midpoint)
{
    const float3 way = 0.5f * se2_difference(x, y);
    const float half_way[TANGENT_SIZE] = {way.x, way.y, way.z};
    manifold_exponential(x, half_way, midpoint);
}

/* (a, b, l cos(angle), l sin(angle)), where l is the length of a radian: isometric. */
void manifold_embedding(const float *x, float *z)
{
    z[0] = x[0];
    z[1] = x[1];
    z[2] = SE2_RADIAN_LENGTH * cos(x[2]);
    z[3] = SE2_RADIAN_LENGTH * sin(x[2]);
}

/* Translations along either side at four angles, then full turns at nine positions. */
#define GRID_PLACES 3
#define GRID_ANGLES 4
#define GRID_SHIFTS (GRID_PLACES * GRID_ANGLES)
#define GRID_LINES  (2 * GRID_SHIFTS + GRID_PLACES * GRID_PLACES)

void manifold_grid(int line, float t, float *x)
{
    const float along = t - 0.5f;
    const int shift = line < 2 * GRID_SHIFTS;
    const int rest = shift ? line % GRID_SHIFTS : line - 2 * GRID_SHIFTS;
    const float place = 0.5f * (rest % GRID_PLACES) - 0.5f;
    const float angle = shift ? (rest / GRID_PLACES) * (1.0f / GRID_ANGLES) : t;
    const float other = shift ? along : 0.5f * (rest / GRID_PLACES) - 0.5f;
    const int first = line < GRID_SHIFTS;
    x[0] = SE2_SIDE_1 * (first ? other : place);
    x[1] = SE2_SIDE_2 * (first ? place : other);
    x[2] = circle_reduce(SE2_TURN * angle, SE2_TURN);
}

#define COLOR_HUE       "angle"
#define COLOR_LIGHTNESS "second coordinate"

void manifold_color(const float *x, float *color)
{
    color[0] = 0.75f * cos(x[2]);
    color[1] = 0.75f * sin(x[2]);
    color[2] = 1.3f * x[1] / SE2_SIDE_2;
}

#endif
