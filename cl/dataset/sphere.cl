/* The sphere's points themselves, x in R^3: the identity is the optimal embedding. */
#include "manifold/sphere.cl"
#include "lib/vfloat.cl"

#define HEIGHT   1
#define WIDTH    1
#define CHANNELS 3

#define RECIPE "lambda=0.03 epsilon=0.3"

void dataset_pixel(const float *point, vfloat row, vfloat column, vfloat *pixel)
{
#pragma unroll
    for (int i = 0; i < POINT_SIZE; i++) {
        pixel[i] = point[i];
    }
}
