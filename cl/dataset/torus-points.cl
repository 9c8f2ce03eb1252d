/* The flat torus as two circles in R^4: (cos a, sin a, cos b, sin b) for sides of 2 pi. */
#include "manifold/torus.cl"
#include "lib/vfloat.cl"

#define HEIGHT   1
#define WIDTH    1
#define CHANNELS 4

#define RECIPE "lambda=0.03 epsilon=0.3"

void dataset_pixel(const float *point, vfloat row, vfloat column, vfloat *pixel)
{
    const float2 frequency = 2.0f * M_PI_F / (float2)(TORUS_SIDE_1, TORUS_SIDE_2);
    const float2 angle = frequency * (float2)(point[0], point[1]); // exact for sides of 2 pi
    pixel[0] = cos(angle.x) / frequency.x;
    pixel[1] = sin(angle.x) / frequency.x;
    pixel[2] = cos(angle.y) / frequency.y;
    pixel[3] = sin(angle.y) / frequency.y;
}
