/*
 * The flat Klein bottle in R^7, an isometric embedding: with X = 2 pi x, Y = 2 pi y
 *
 *     a (cos X, sin X), b sin Y (cos X/2, sin X/2), a cos Y, e cos Y (cos X, sin X),
 *     a = sqrt(3) / (4 pi), b = 1 / (2 pi), e = 1 / (4 pi)
 */
#include "manifold/klein.cl"
#include "lib/vfloat.cl"

#define HEIGHT   1
#define WIDTH    1
#define CHANNELS 7

#define RECIPE "lambda=0.03 epsilon=0.3"

#define KLEIN_A (M_1_PI_F * 0.433012702f)
#define KLEIN_B (M_1_PI_F * 0.5f)
#define KLEIN_E (M_1_PI_F * 0.25f)

void dataset_pixel(const float *point, vfloat row, vfloat column, vfloat *pixel)
{
    const float2 half_turn = (float2)(cospi(point[0]), sinpi(point[0]));
    const float2 turn = (float2)(cospi(2.0f * point[0]), sinpi(2.0f * point[0]));
    const float cosine = cospi(2.0f * point[1]);
    const float sine = sinpi(2.0f * point[1]);
    pixel[0] = KLEIN_A * turn.x;
    pixel[1] = KLEIN_A * turn.y;
    pixel[2] = KLEIN_B * sine * half_turn.x;
    pixel[3] = KLEIN_B * sine * half_turn.y;
    pixel[4] = KLEIN_A * cosine;
    pixel[5] = KLEIN_E * cosine * turn.x;
    pixel[6] = KLEIN_E * cosine * turn.y;
}
