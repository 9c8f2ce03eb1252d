/*
 * The Euclidean box with BOX_DIMENSION sides BOX_SIDES, centred at 0: a convex manifold with
 * boundary. Points and tangent vectors are coordinate vectors. E* is unknown.
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
#define EMBEDDING_SIZE     BOX_DIMENSION
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

/* The coordinates. */
void manifold_embedding(const float *x, float *z)
{
    for (int k = 0; k < BOX_DIMENSION; k++) {
        z[k] = x[k];
    }
}

/* Lines along each side: a grid in two dimensions, 3 x 3 of them in three, one otherwise. */
#if BOX_DIMENSION == 2
#define GRID_ACROSS 11
#elif BOX_DIMENSION == 3
#define GRID_ACROSS 9
#else
#define GRID_ACROSS 1
#endif
#define GRID_LINES (BOX_DIMENSION * GRID_ACROSS)

void manifold_grid(int line, float t, float *x)
{
    const int along = line / GRID_ACROSS;
    const int place = line % GRID_ACROSS;
    for (int k = 0; k < BOX_DIMENSION; k++) {
        x[k] = 0.0f;
    }
    x[along] = box_sides[along] * (t - 0.5f);
#if BOX_DIMENSION == 2
    x[1 - along] = box_sides[1 - along] * (place * (1.0f / (GRID_ACROSS - 1)) - 0.5f);
#elif BOX_DIMENSION == 3
    x[(along + 1) % 3] = box_sides[(along + 1) % 3] * (0.5f * (place % 3) - 0.5f);
    x[(along + 2) % 3] = box_sides[(along + 2) % 3] * (0.5f * (place / 3) - 0.5f);
#endif
}

#if BOX_DIMENSION > 1
#define COLOR_HUE "direction of (x1, x2)"
#else
#define COLOR_HUE "sign of x1"
#endif
#if BOX_DIMENSION > 2
#define COLOR_LIGHTNESS "x3"
#else
#define COLOR_LIGHTNESS "towards the centre"
#endif

/* Maps the square of the first sides to a disc with the same outline; an unused side gives the
 * lightness. */
void manifold_color(const float *x, float *color)
{
    const float first = 2.0f * x[0] / box_sides[0];
#if BOX_DIMENSION > 1
    const float second = 2.0f * x[1] / box_sides[1];
#else
    const float second = 0.0f;
#endif
    const float size = hypot(first, second);
    const float ring = fmin(fmax(fabs(first), fabs(second)), 1.0f);
    const float scale = size > 0.0f ? ring / size : 0.0f;
#if BOX_DIMENSION > 2
    const float third = 1.2f * x[2] / box_sides[2];
    const float saturation = 0.8f;
#else
    const float third = 1.0f - ring;
    const float saturation = 1.0f;
#endif
    color[0] = saturation * scale * first;
    color[1] = saturation * scale * second;
    color[2] = third;
}

#endif
