/* Covariances in R^4 by the isometric embedding (sqrt t / 2) (n, sqrt 3) of manifold/bures.cl. */
#include "manifold/bures.cl"
#include "lib/vfloat.cl"

#define HEIGHT   1
#define WIDTH    1
#define CHANNELS 4

#define RECIPE "lambda=0.03 epsilon=0.3"

void dataset_pixel(const float *point, vfloat row, vfloat column, vfloat *pixel)
{
    const float3 s = load3(point);
    const float root = sqrt(symmetric_trace(s));
    pixel[0] = 0.5f * (s.x - s.z) / root;
    pixel[1] = s.y / root;
    pixel[2] = sqrt(symmetric_determinant(s)) / root;
    pixel[3] = 0.866025404f * root;
}
