/*
 * Functions that a dataset and its manifold define, declared before their source, so that a
 * definition with other arguments is an error in the user's own file. INLINE lets the device
 * vectorise pixels and pairs.
 *
 * The manifold (cl/manifold/NAME.cl) also defines the macros MANIFOLD (its name), DIMENSION,
 * POINT_SIZE, TANGENT_SIZE (floats of a point and of a tangent vector), INJECTIVITY_RADIUS and, if
 * E* is known, LIMIT_H and LIMIT_LATENT (dimension of the space spanned by the embedding that
 * attains E*); the dataset HEIGHT, WIDTH and CHANNELS.
 *
 * For plots it may also define coordinate lines, GRID_LINES (their number) with manifold_grid(),
 * and colours, COLOR_HUE and COLOR_LIGHTNESS (strings: their meaning) with manifold_color().
 *
 * The dataset states recommended training settings as #define RECIPE "lambda=0.3 steps=400":
 * defaults for options of `lowbend train`, which override those of all images.
 */
#ifndef LIB_DATASET_CL
#define LIB_DATASET_CL

#include "lib/inline.cl"
#include "lib/philox.cl"
#include "lib/vfloat.cl"

/* Draws a point from the volume measure. */
INLINE void manifold_sample(struct rng *rng, float *x);
/* Non-zero unless x lies beyond the manifold's boundary. */
INLINE int manifold_contains(const float *x);
/* A radius in [r_min, r_max], distributed like the distance of a uniform point in the ball. */
INLINE float manifold_radius(struct rng *rng, float r_min, float r_max);
/* DIMENSION orthonormal tangent vectors at x. */
INLINE void manifold_frame(const float *x, float *frame);
/* y = exp_x(v) */
INLINE void manifold_exponential(const float *x, const float *v, float *y);
float manifold_distance(const float *x, const float *y);
/* The middle of the shortest geodesic. */
void manifold_midpoint(const float *x, const float *y, float *midpoint);

/* A smooth embedding of the manifold in R^EMBEDDING_SIZE, isometric if available: with #define
 * EMBEDDING_SIZE, networks can be trained on the points themselves, which shows what the manifold
 * allows (`attainable` of an evaluation). */
INLINE void manifold_embedding(const float *x, float *z);

/* The point at t in [0,1] of coordinate line number `line`. */
void manifold_grid(int line, float t, float *x);
/* A continuous map to the unit ball: the angle around its third axis is the hue, the distance from
 * that axis the saturation, the third coordinate the lightness. */
void manifold_color(const float *x, float *color);

/* A dataset whose pixels share computations that depend only on the point can do these once for
 * many pixels: with #define PREPARED_SIZE this computes that many floats from a point, and
 * dataset_pixel() gets them instead of the point. */
INLINE void dataset_prepare(const float *point, float *prepared);
/* With #define CROPS, on devices whose vfloat is a vector, this is called before dataset_pixel()
 * for the pixels of a tile of rows x columns, (top, left) being its first: it can select the parts
 * of `prepared` that matter there. */
INLINE void dataset_crop(float *prepared, int top, int left, int rows, int columns);
/* The CHANNELS values of the pixels at (row, column), counted from the top left, each in [0,1]. */
INLINE void dataset_pixel(const float *point, vfloat row, vfloat column, vfloat *pixel);

/* A dataset that can show a user's mesh defines TAKES_MESH and this function, which replaces
 * dataset_pixel() if there is a mesh: see lib/surfel.cl, whose surfel_strip() takes a rotation
 * matrix. */
void dataset_strip(const float *point, __global const float4 *data, int first_row,
                   int first_column, vfloat *pixel);

#endif
