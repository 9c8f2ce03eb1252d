/*
 * Sundial: the shadow that a vertical rod casts on a plane, seen from above; the point is the
 * direction towards the sun, at most CAP_DEGREES from the vertical.
 *
 * The rod absorbs light softly: its density at distance r from its axis is (1 + (r/w)^2)^(-5/2).
 * A ray to the ground point q crosses it along the segment from q to q - shadow, where
 * shadow = -ROD_HEIGHT s.xy / s.z is the shadow of the tip, and by Beer and Lambert
 *
 *     light = exp(-DENSITY / s.z * integral over t in [0,1] of (1 + |q - t shadow|^2 / w^2)^(-5/2))
 *
 * which is smooth in s and q everywhere (a hard-edged rod would not be, with the sun overhead).
 */
#define DEFAULT_CAP_DEGREES 60.0f
#include "manifold/hemisphere.cl"
#include "lib/vfloat.cl"

#ifdef OPTION_SIZE
#define HEIGHT OPTION_SIZE
#else
#define HEIGHT 64
#endif
#define WIDTH    HEIGHT
#define CHANNELS 1

#define RECIPE "lambda=0.03 epsilon=0.3 steps=1000 decoder-steps=1000"

/* Lower suns would need a tiny rod to keep the shadow inside the picture */
#define MAX_CAP_DEGREES 75.0f

/* The picture shows [-1,1]^2; at the rim of the cap the shadow's tip is REACH from the foot. */
#define REACH     0.8f
#define ROD_WIDTH 0.11f
#define DENSITY   9.0f

vfloat density(vfloat s, vfloat b)
{
    const vfloat r = vrsqrt(b + s * s);
    const vfloat r2 = r * r;
    return r2 * r2 * r;
}

/* Mean over [s - reach, s] of the density (b + s^2)^(-5/2). */
vfloat mean_density(vfloat s, float reach, vfloat b)
{
    if (reach < 0.15f) { /* where the difference cancels: Gauss-Legendre, error below 1e-7 */
        const vfloat middle = s - 0.5f * reach;
        const float step = 0.387298335f * reach;
        return (8.0f * density(middle, b) + 5.0f * density(middle - step, b) +
                5.0f * density(middle + step, b)) / 18.0f;
    }
    /* The antiderivative in s is u (1 - u^2/3) / b^2 with u = s / sqrt(b + s^2). */
    const vfloat t = s - reach;
    const vfloat scale = 1.0f / (b * b * (3.0f * reach));
    const vfloat u = s * vrsqrt(b + s * s);
    const vfloat v = t * vrsqrt(b + t * t);
    return (u * (3.0f - u * u) - v * (3.0f - v * v)) * scale;
}

void dataset_pixel(const float *point, vfloat row, vfloat column, vfloat *pixel)
{
    /* In units of ROD_WIDTH. */
    const vfloat qx = (column + 0.5f - 0.5f * WIDTH) * (2.0f / (WIDTH * ROD_WIDTH));
    const vfloat qy = (0.5f * HEIGHT - 0.5f - row) * (2.0f / (HEIGHT * ROD_WIDTH));
    const float tip = REACH / (ROD_WIDTH * tan(CAP_DEGREES * (M_PI_F / 180.0f)));
    const float2 shadow = (float2)(point[0], point[1]) * (-tip / point[2]);
    const float reach = length(shadow);
    const float2 along = reach > 0.0f ? shadow / reach : (float2)(1.0f, 0.0f);
    const vfloat s = qx * along.x + qy * along.y;
    const vfloat across = qx * along.y - qy * along.x;
    pixel[0] = vexp(-DENSITY / point[2] * mean_density(s, reach, 1.0f + across * across));
}
