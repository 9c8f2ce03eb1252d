/*
 * The unit sphere S^2, or with CAP_DEGREES its cap around the north pole (0,0,1). Points are unit
 * vectors, tangent vectors ambient 3-vectors. A cap of at most 90 degrees is geodesically convex:
 * midpoints stay inside.
 */
#ifndef MANIFOLD_SPHERE_CL
#define MANIFOLD_SPHERE_CL

#include "lib/sphere.cl"

#define DIMENSION          2
#define POINT_SIZE         3
#define TANGENT_SIZE       3
#define EMBEDDING_SIZE     3
#define INJECTIVITY_RADIUS M_PI_F

#ifdef CAP_DEGREES
#define MANIFOLD "hemisphere"
#else
#define MANIFOLD "sphere"
#define LIMIT_H  1.0f
#define LIMIT_LATENT 3
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
#ifdef CAP_DEGREES
    return x[2] >= 1.0f - sphere_height();
#else
    return 1;
#endif
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

/* The unit vector, which is the optimal embedding on the whole sphere. */
void manifold_embedding(const float *x, float *z)
{
    for (int i = 0; i < POINT_SIZE; i++) {
        z[i] = x[i];
    }
}

/* Meridians every 30 degrees, and circles of latitude. */
#define GRID_MERIDIANS 12
#ifdef CAP_DEGREES
#define GRID_CIRCLES 4
#define GRID_RIM     (CAP_DEGREES * (0.9999f * M_PI_F / 180.0f)) /* rounding stays inside */
#else
#define GRID_CIRCLES 5
#define GRID_RIM     M_PI_F
#endif
#define GRID_LINES (GRID_MERIDIANS + GRID_CIRCLES)

void manifold_grid(int line, float t, float *x)
{
    const int meridian = line < GRID_MERIDIANS;
#ifdef CAP_DEGREES
    const float circle = (line - GRID_MERIDIANS + 1) * (1.0f / GRID_CIRCLES); // the last: the rim
#else
    const float circle = (line - GRID_MERIDIANS + 1) * (1.0f / (GRID_CIRCLES + 1));
#endif
    const float longitude = 2.0f * M_PI_F * (meridian ? line * (1.0f / GRID_MERIDIANS) : t);
    const float polar = GRID_RIM * (meridian ? t : circle);
    store3(x, (float3)(sin(polar) * cos(longitude), sin(polar) * sin(longitude), cos(polar)));
}

#define COLOR_HUE "longitude"
#ifdef CAP_DEGREES
#define COLOR_LIGHTNESS "towards the pole"
#else
#define COLOR_LIGHTNESS "height z"
#endif

void manifold_color(const float *x, float *color)
{
#ifdef CAP_DEGREES /* the cap fills the upper half of the ball's surface */
    const float polar = atan2(hypot(x[0], x[1]), x[2]) * (0.5f * M_PI_F / GRID_RIM);
    const float longitude = atan2(x[1], x[0]);
    const float ring = sin(fmin(polar, 0.5f * M_PI_F));
    store3(color, (float3)(ring * cos(longitude), ring * sin(longitude), cos(polar)));
#else
    store3(color, load3(x));
#endif
}

#endif
