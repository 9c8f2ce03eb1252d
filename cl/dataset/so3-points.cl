/* Rotations as R / sqrt(2), row-major in R^9: an isometric embedding, and the optimal one. */
#include "manifold/so3.cl"
#include "lib/vfloat.cl"

#define HEIGHT   1
#define WIDTH    1
#define CHANNELS 9

#define RECIPE "lambda=0.03 epsilon=0.3"

void dataset_pixel(const float *point, vfloat row, vfloat column, vfloat *pixel)
{
    float matrix[CHANNELS];
    quaternion_matrix(quaternion_load(point), matrix);
    for (int i = 0; i < CHANNELS; i++) {
        pixel[i] = M_SQRT1_2_F * matrix[i];
    }
}
