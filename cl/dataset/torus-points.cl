/* The flat torus as two circles in R^4: (cos a, sin a, cos b, sin b) for sides of 2 pi. */
#include "manifold/torus.cl"
#include "lib/vfloat.cl"

#define HEIGHT   1
#define WIDTH    1
#define CHANNELS 4

void dataset_pixel(const float *point, vfloat row, vfloat column, vfloat *pixel)
{
    const float2 side = (float2)(TORUS_SIDE_1, TORUS_SIDE_2);
    const float2 radius = side / (2.0f * M_PI_F);
    const float2 turns = 2.0f * (float2)(point[0], point[1]) / side; // in units of pi
    pixel[0] = radius.x * cospi(turns.x);
    pixel[1] = radius.x * sinpi(turns.x);
    pixel[2] = radius.y * cospi(turns.y);
    pixel[3] = radius.y * sinpi(turns.y);
}
