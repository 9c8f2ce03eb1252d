/*
 * What a dataset and its manifold define, declared before their text: a definition with other
 * arguments is then an error in the user's own file. INLINE lets the device vectorise pixels and
 * pairs.
 *
 * The manifold (cl/manifold/NAME.cl) also defines the macros MANIFOLD (its name), DIMENSION,
 * POINT_SIZE, TANGENT_SIZE (floats of a point and of a tangent vector), INJECTIVITY_RADIUS and,
 * where E* is known, LIMIT_H and LIMIT_LATENT (dimensions of the space that the embedding with E*
 * spans); the dataset HEIGHT, WIDTH and CHANNELS.
 *
 * For pictures it may also define lines on itself, GRID_LINES (their number) with manifold_grid(),
 * and colours, COLOR_HUE and COLOR_LIGHTNESS (strings: what they stand for) with manifold_color().
 *
 * Settings of a training that suit the dataset it states as #define RECIPE "lambda=0.3 steps=400":
 * options of `lowbend train` that then are its defaults, more than those of all images.
 */
#ifndef LIB_DATASET_CL
#define LIB_DATASET_CL

#include "lib/inline.cl"
#include "lib/philox.cl"
#include "lib/vfloat.cl"

/* A point by the volume measure. */
INLINE void manifold_sample(struct rng *rng, float *x);
/* Non-zero unless x lies beyond the manifold's boundary. */
INLINE int manifold_contains(const float *x);
/* A radius in [r_min, r_max] by the law of the distance of a uniform point of the ball. */
INLINE float manifold_radius(struct rng *rng, float r_min, float r_max);
/* DIMENSION orthonormal tangent vectors at x. */
INLINE void manifold_frame(const float *x, float *frame);
/* y = exp_x(v) */
INLINE void manifold_exponential(const float *x, const float *v, float *y);
float manifold_distance(const float *x, const float *y);
/* The middle of the shortest geodesic. */
void manifold_midpoint(const float *x, const float *y, float *midpoint);

/* A smooth embedding of the manifold in R^EMBEDDING_SIZE, isometric where one is at hand: with
 * #define EMBEDDING_SIZE the points themselves can be trained on, which tells what the manifold
 * allows (`attainable` of an evaluation). */
INLINE void manifold_embedding(const float *x, float *z);

/* The point at t in [0,1] of coordinate line number `line`. */
void manifold_grid(int line, float t, float *x);
/* A continuous map to the unit ball: the angle round its third axis becomes the hue, the distance
 * from that axis the saturation, the third coordinate the lightness. */
void manifold_color(const float *x, float *color);

/* A dataset whose pixels share much that depends on the point alone may compute it once for many
 * of them: it says #define PREPARED_SIZE, the floats that it makes of a point, and dataset_pixel()
 * gets these in place of the point. */
INLINE void dataset_prepare(const float *point, float *prepared);
/* The CHANNELS values of the pixels at (row, column), counted from the top left, each in [0,1]. */
INLINE void dataset_pixel(const float *point, vfloat row, vfloat column, vfloat *pixel);

/* A dataset that can show a mesh of the user's says #define TAKES_MESH and defines this too, used
 * instead of dataset_pixel() where there is a mesh: see lib/surfel.cl, whose surfel_strip() takes a
 * rotation matrix. */
void dataset_strip(const float *point, __global const float4 *data, int first_row,
                   int first_column, vfloat *pixel);

#endif
