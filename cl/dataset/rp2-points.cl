/* Points of RP^2 as x x' / sqrt(2), row-major in R^9: isometric, and the optimal embedding. */
#include "manifold/rp2.cl"
#include "lib/vfloat.cl"

#define HEIGHT   1
#define WIDTH    1
#define CHANNELS 9

#define RECIPE "lambda=0.03 epsilon=0.3"

void dataset_pixel(const float *point, vfloat row, vfloat column, vfloat *pixel)
{
    for (int i = 0; i < POINT_SIZE; i++) {
        for (int j = 0; j < POINT_SIZE; j++) {
            pixel[POINT_SIZE * i + j] = M_SQRT1_2_F * (point[i] * point[j]);
        }
    }
}
