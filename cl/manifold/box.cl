/*
 * The Euclidean box of BOX_DIMENSION sides BOX_SIDES, centred at 0: a convex manifold with
 * boundary. Points and tangent vectors are coordinate vectors. E* is not known.
 */
#ifndef MANIFOLD_BOX_CL
#define MANIFOLD_BOX_CL

#include "lib/ball.cl"

#ifndef BOX_DIMENSION
#define BOX_DIMENSION 2
#endif
#ifndef BOX_SIDES
#if BOX_DIMENSION == 1
#define BOX_SIDES {2.0f}
#elif BOX_DIMENSION == 2
#define BOX_SIDES {2.0f, 2.0f}
#elif BOX_DIMENSION == 3
#define BOX_SIDES {2.0f, 2.0f, 2.0f}
#else
#error "define BOX_SIDES, {a, b, ...}, for a box of more than three dimensions"
#endif
#endif

#define MANIFOLD           "box"
#define DIMENSION          BOX_DIMENSION
#define POINT_SIZE         BOX_DIMENSION
#define TANGENT_SIZE       BOX_DIMENSION
#define INJECTIVITY_RADIUS INFINITY

__constant float box_sides[BOX_DIMENSION] = BOX_SIDES;

void manifold_sample(struct rng *rng, float *x)
{
    for (int k = 0; k < BOX_DIMENSION; k++) {
        x[k] = box_sides[k] * (rng_uniform(rng) - 0.5f);
    }
}

int manifold_contains(const float *x)
{
    int inside = 1;
    for (int k = 0; k < BOX_DIMENSION; k++) {
        inside = inside && fabs(x[k]) <= 0.5f * box_sides[k];
    }
    return inside;
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
}

void manifold_exponential(const float *x, const float *v, float *y)
{
    for (int k = 0; k < BOX_DIMENSION; k++) {
        y[k] = x[k] + v[k];
    }
}

float manifold_distance(const float *x, const float *y)
{
    float square = 0.0f;
    for (int k = 0; k < BOX_DIMENSION; k++) {
        square += (y[k] - x[k]) * (y[k] - x[k]);
    }
    return sqrt(square);
}

void manifold_midpoint(const float *x, const float *y, float *midpoint)
{
    for (int k = 0; k < BOX_DIMENSION; k++) {
        midpoint[k] = x[k] + 0.5f * (y[k] - x[k]);
    }
}

#endif
