/* Translation and rotation in R^4, isometric: (a, b, l cos(angle), l sin(angle)), l the length that
 * a radian counts. */
#include "manifold/se2.cl"
#include "lib/vfloat.cl"

#define HEIGHT   1
#define WIDTH    1
#define CHANNELS 4

#define RECIPE "lambda=0.03 epsilon=0.3"

void dataset_pixel(const float *point, vfloat row, vfloat column, vfloat *pixel)
{
    pixel[0] = point[0];
    pixel[1] = point[1];
    pixel[2] = SE2_RADIAN_LENGTH * cos(point[2]);
    pixel[3] = SE2_RADIAN_LENGTH * sin(point[2]);
}
