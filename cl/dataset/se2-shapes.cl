/*
 * A soft letter L, translated and rotated in the plane. The picture shows [-1,1]^2, and the
 * letter's centre stays in the middle half of it, so the whole letter is always visible.
 */
#define SE2_SIDE_1 1.0f
#define SE2_SIDE_2 1.0f
/* About the letter's mean radius: a rotation then moves its ink as far as a translation of the same
 * length. */
#define SE2_RADIAN_LENGTH 0.25f
#include "manifold/se2.cl"
#include "lib/vfloat.cl"

#ifdef OPTION_SIZE
#define HEIGHT OPTION_SIZE
#else
#define HEIGHT 64
#endif
#define WIDTH    HEIGHT
#define CHANNELS 1

#define RECIPE \
    "lambda=0.02 epsilon=0.1 epsilon-start=0.75 epsilon-share=0.8 cross-weight=0.5 " \
    "steps=1300 decoder-steps=1000"

/* Ink of a bar with half-sides half_x, half_y: exp(-t^4) has a flat top and soft edges. */
vfloat bar(vfloat x, vfloat y, float2 centre, float half_x, float half_y)
{
    const vfloat u = (x - centre.x) * (1.0f / half_x);
    const vfloat v = (y - centre.y) * (1.0f / half_y);
    const vfloat u2 = u * u;
    const vfloat v2 = v * v;
    return vexp(-u2 * u2 - v2 * v2);
}

/* The letter's centre, and cosine and sine of its rotation. */
#define PREPARED_SIZE 4
void dataset_prepare(const float *point, float *pose)
{
    pose[0] = point[0];
    pose[1] = point[1];
    pose[2] = cos(point[2]);
    pose[3] = sin(point[2]);
}

void dataset_pixel(const float *pose, vfloat row, vfloat column, vfloat *pixel)
{
    const vfloat qx = 2.0f * (column + 0.5f) / WIDTH - 1.0f - pose[0];
    const vfloat qy = 1.0f - 2.0f * (row + 0.5f) / HEIGHT - pose[1];
    const vfloat x = qx * pose[2] + qy * pose[3];
    const vfloat y = qy * pose[2] - qx * pose[3];
    const vfloat stem = bar(x, y, (float2)(-0.1f, 0.04f), 0.09f, 0.3f);
    const vfloat foot = bar(x, y, (float2)(0.08f, -0.22f), 0.2f, 0.09f);
    pixel[0] = vexp(-2.0f * (stem + foot));
}
