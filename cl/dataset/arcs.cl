/*
 * Two arcs around the picture's centre, each rotated by one angle of the torus: an outer one, short
 * and dark, by the first, and an inner one, long and lighter, by the second.
 *
 * An arc is a soft ring segment: a Gaussian across, and along it a logistic function of the cosine
 * of the angle to its centre, which is smooth on the whole circle.
 */
#include "manifold/torus.cl"
#include "lib/vfloat.cl"

#ifdef OPTION_SIZE
#define HEIGHT OPTION_SIZE
#else
#define HEIGHT 64
#endif
#define WIDTH    HEIGHT
#define CHANNELS 1

#define RECIPE "lambda=0.1 epsilon=0.4 steps=400 decoder-steps=1000"

/* The picture shows [-1,1]^2. */
#define ARC_WIDTH     0.12f
#define ARC_SHARPNESS 10.0f

/* Coverage by the arc of a radius and half-angle at pixels q, at distance r from the centre; (mx,
 * my) is the direction of the arc's centre. */
vfloat arc(vfloat qx, vfloat qy, vfloat r, float radius, float cos_half_angle, float mx, float my)
{
    const vfloat across = (r - radius) * (1.0f / ARC_WIDTH);
    const vfloat cosine = (qx * mx + qy * my) / r;
    /* At least 1e-22: subnormal quotients take a hundred times as long */
    const vfloat bump = vexp(-fmin(across * across, 50.0f));
    return bump / (1.0f + vexp(ARC_SHARPNESS * (cos_half_angle - cosine)));
}

/* Directions of the centres of both arcs. */
#define PREPARED_SIZE 4
void dataset_prepare(const float *point, float *middle)
{
    middle[0] = cospi(2.0f * point[0] / TORUS_SIDE_1);
    middle[1] = sinpi(2.0f * point[0] / TORUS_SIDE_1);
    middle[2] = cospi(2.0f * point[1] / TORUS_SIDE_2);
    middle[3] = sinpi(2.0f * point[1] / TORUS_SIDE_2);
}

void dataset_pixel(const float *middle, vfloat row, vfloat column, vfloat *pixel)
{
    const vfloat qx = 2.0f * (column + 0.5f) / WIDTH - 1.0f;
    const vfloat qy = 1.0f - 2.0f * (row + 0.5f) / HEIGHT;
    /* Not 0 at the centre, which no arc reaches */
    const vfloat square = qx * qx + qy * qy + 1e-6f;
    const vfloat r = square * vrsqrt(square);
    const vfloat outer = arc(qx, qy, r, 0.72f, 0.8f, middle[0], middle[1]);
    const vfloat inner = arc(qx, qy, r, 0.36f, 0.1f, middle[2], middle[3]);
    pixel[0] = vexp(-3.0f * outer - 1.0f * inner);
}
