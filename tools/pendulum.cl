/*
 * A dataset of your own: copy this file, change it, and run `lowbend train pendulum.cl --out RUN`.
 *
 * A dataset is OpenCL C 1.2 text that defines a manifold and the image of each of its points. This
 * one is complete: the manifold is the circle of angles, the image a pendulum at that angle. If
 * you use a manifold from cl/manifold, one line replaces all of part 1:
 *
 *     #include "manifold/sphere.cl"
 */

/* ---- 1. The manifold ------------------------------------------------------------------------- */

#define MANIFOLD     "circle" /* name in messages and config.json */
#define DIMENSION    1        /* m */
#define POINT_SIZE   1        /* floats of a point: here the angle in [0, 2 pi) */
#define TANGENT_SIZE 1        /* floats of a tangent vector */

/* Below this distance shortest geodesics are unique; --epsilon must be smaller. */
#define INJECTIVITY_RADIUS M_PI_F

/* Only if the minimum E* of the limit is known: the circle embeds as (cos, sin) with h = 1. */
#define LIMIT_H 1.0f

/* x reduced to [0, 2 pi). */
float reduced(float x)
{
    const float turns = x * (0.5f * M_1_PI_F);
    return fmin((turns - floor(turns)) * (2.0f * M_PI_F), 6.2831850f);
}

/* y - x, the short way round. */
float difference(float x, float y)
{
    const float d = y - x;
    return d - 2.0f * M_PI_F * rint(d * (0.5f * M_1_PI_F));
}

/* A random point, uniform by the volume measure. rng_uniform() is in (0,1); rng_normal() gives two
 * Gaussian numbers. */
void manifold_sample(struct rng *rng, float *x)
{
    x[0] = 2.0f * M_PI_F * rng_uniform(rng);
}

/* 0 for points beyond the boundary of the manifold; the circle has none. */
int manifold_contains(const float *x)
{
    return 1;
}

/* The distance from x of a random point, uniform in the ball around x between r_min and r_max. */
float manifold_radius(struct rng *rng, float r_min, float r_max)
{
    return mix(r_min, r_max, rng_uniform(rng));
}

/* DIMENSION orthonormal tangent vectors at x, one after the other. */
void manifold_frame(const float *x, float *frame)
{
    frame[0] = 1.0f;
}

/* y = exp_x(v): the end of the geodesic that leaves x along v and is as long as v. */
void manifold_exponential(const float *x, const float *v, float *y)
{
    y[0] = reduced(x[0] + v[0]);
}

/* Accurate at every distance: no arccos of inner products. */
float manifold_distance(const float *x, const float *y)
{
    return fabs(difference(x[0], y[0]));
}

/* The middle of the shortest geodesic. */
void manifold_midpoint(const float *x, const float *y, float *midpoint)
{
    midpoint[0] = reduced(x[0] + 0.5f * difference(x[0], y[0]));
}

/* Lines and colours for pictures (manifold_grid, manifold_color) are optional: see
 * cl/lib/dataset.cl, and cl/manifold/torus.cl for an example. */

/* ---- 2. The image ---------------------------------------------------------------------------- */

/* --size sets OPTION_SIZE; an image of fixed size needs no #ifdef. */
#ifdef OPTION_SIZE
#define HEIGHT OPTION_SIZE
#else
#define HEIGHT 32
#endif
#define WIDTH    HEIGHT
#define CHANNELS 1

/* Recommended settings of `lowbend train`, which override those for all images. Settings not listed
 * follow from the radius; `lowbend datasets pendulum.cl` shows all of them. */
#define RECIPE "lambda=0.1 steps=400 decoder-steps=800"

/*
 * The pixel at (row, column), counted from the top left, each channel in [0,1]. It must be smooth
 * in the point (twice differentiable: no hard edges), or the bending measures jagged edges.
 *
 * A vfloat holds one pixel, or several neighbouring ones if that is faster. Arithmetic and built-in
 * functions work on it as on float; use select() instead of `if` and ?:.
 */
void dataset_pixel(const float *point, vfloat row, vfloat column, vfloat *pixel)
{
    const vfloat x = 2.0f * (column + 0.5f) / WIDTH - 1.0f;
    const vfloat y = 1.0f - 2.0f * (row + 0.5f) / HEIGHT;
    const float2 along = (float2)(sin(point[0]), -cos(point[0]));
    const vfloat height = x * along.x + y * along.y; /* along the rod */
    const vfloat across = x * along.y - y * along.x;
    const vfloat bob = 1.5f * exp(-((height - 0.6f) * (height - 0.6f) + across * across) * 30.0f);
    const vfloat middle = height - 0.3f;
    const vfloat rod = 0.7f * exp(-middle * middle * 14.0f - across * across * 90.0f);
    pixel[0] = exp(-bob - rod);
}
