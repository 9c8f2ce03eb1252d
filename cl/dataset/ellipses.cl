/*
 * Softly filled ellipses: the point S is the covariance, and a pixel is exp(-(q / EDGE^2)^2) with
 * the squared Mahalanobis distance q = x' S^-1 x: nearly flat inside, half its height at 0.91 EDGE
 * standard deviations, and smooth in x and S. Axes point to the right and upwards.
 */
#include "manifold/bures.cl"
#include "lib/vfloat.cl"

#ifdef OPTION_SIZE
#define HEIGHT OPTION_SIZE
#else
#define HEIGHT 64
#endif
#define WIDTH    HEIGHT
#define CHANNELS 1

#define RECIPE "lambda=0.01 epsilon=0.1 steps=1000 decoder-steps=1500"

/* The picture shows [-HALF_SIDE, HALF_SIDE]^2: at its rim the longest ellipse (standard deviation
 * 1.94) has faded to 0.01; the thinnest (0.5) still spans a dozen pixels of 64. */
#define HALF_SIDE 3.5f
#define EDGE      1.25f

void dataset_pixel(const float *point, vfloat row, vfloat column, vfloat *pixel)
{
    const vfloat x = HALF_SIDE * (2.0f * (column + 0.5f) / WIDTH - 1.0f);
    const vfloat y = HALF_SIDE * (1.0f - 2.0f * (row + 0.5f) / HEIGHT);
    const float3 s = load3(point);
    const float3 inverse =
        (float3)(s.z, -s.y, s.x) / (symmetric_determinant(s) * (EDGE * EDGE));
    const vfloat q = inverse.x * x * x + 2.0f * inverse.y * x * y + inverse.z * y * y;
    pixel[0] = vexp(-q * q);
}
