/* The points of a Euclidean box themselves. */
#include "manifold/box.cl"
#include "lib/vfloat.cl"

#define HEIGHT   1
#define WIDTH    1
#define CHANNELS POINT_SIZE

#define RECIPE "lambda=0.03 epsilon=0.3"

void dataset_pixel(const float *point, vfloat row, vfloat column, vfloat *pixel)
{
    for (int i = 0; i < POINT_SIZE; i++) {
        pixel[i] = point[i];
    }
}
