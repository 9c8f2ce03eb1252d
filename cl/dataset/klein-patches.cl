/*
 * Image patches on the Klein bottle (Carlsson, Ishkhanov, de Silva and Zomorodian 2008): quadratic
 * profiles c u^2 + d u along a direction u = a X + b Y of the square [-1,1]^2, (a,b) and (c,d) unit
 * vectors. (a,b,c,d) and (-a,-b,c,-d) are the same patch; with
 *
 *     (a,b) = (cos, sin)(pi x),   (c,d) = (cos, sin)(2 pi y)
 *
 * that is the identification (x,y) ~ (x+1,-y) of the unit square.
 */
#include "manifold/klein.cl"
#include "lib/vfloat.cl"

#ifdef OPTION_SIZE
#define HEIGHT OPTION_SIZE
#else
#define HEIGHT 32
#endif
#define WIDTH    HEIGHT
#define CHANNELS 1

#define RECIPE "lambda=0.01 epsilon=0.05 steps=400 decoder-steps=1200"

/* |c u^2 + d u| <= |(2, sqrt 2)| on |u| <= sqrt 2; half its inverse. */
#define PATCH_SCALE 0.204124145f

/* a, b, c and d. */
#define PREPARED_SIZE 4
void dataset_prepare(const float *point, float *patch)
{
    patch[0] = cospi(point[0]);
    patch[1] = sinpi(point[0]);
    patch[2] = cospi(2.0f * point[1]);
    patch[3] = sinpi(2.0f * point[1]);
}

void dataset_pixel(const float *patch, vfloat row, vfloat column, vfloat *pixel)
{
    const vfloat across = 2.0f * (column + 0.5f) / WIDTH - 1.0f;
    const vfloat up = 1.0f - 2.0f * (row + 0.5f) / HEIGHT;
    const vfloat u = across * patch[0] + up * patch[1];
    pixel[0] = 0.5f + PATCH_SCALE * (u * patch[2] + patch[3]) * u;
}
