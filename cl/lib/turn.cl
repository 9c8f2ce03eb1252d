/*
 * Cosine and sine together, without the range reduction of the built-in functions for huge angles.
 * Errors, emulated in numpy's float32 on 4 million angles each: at most 1e-7, for angles up to pi
 * also relative to the sine or cosine, including near its zeros. Larger angles lose precision: 4e-7
 * at 4 pi.
 */
#ifndef LIB_TURN_CL
#define LIB_TURN_CL

#include "lib/inline.cl"

/* (cos, sin) of t + quadrant pi/2, |t| <= pi/4, by Taylor's series. */
INLINE float2 turn_in_quadrant(const float t, const int quadrant)
{
    const float z = t * t;
    const float sine =
        t + t * z * (-1.0f / 6 + z * (1.0f / 120 + z * (-1.0f / 5040 + z * (1.0f / 362880))));
    const float cosine =
        1.0f + z * (-0.5f + z * (1.0f / 24 +
                                 z * (-1.0f / 720 + z * (1.0f / 40320 + z * (-1.0f / 3628800)))));
    /* Exact products instead of branches, because quadrants are random */
    const float sign = 1 - (quadrant & 2);
    const float odd = quadrant & 1;
    const float even = 1.0f - odd;
    return (float2)(sign * (even * cosine - odd * sine), sign * (even * sine + odd * cosine));
}

/* x + TO_INTEGER rounds x to an integer in the lowest bits; the built-in rint() has branches, which
 * random numbers mispredict. |x| < 2^22. */
#define TO_INTEGER 12582912.0f /* 1.5 * 2^23 */

/* (cos, sin) of 2 pi u, 0 <= u <= 1. */
INLINE float2 turn(const float u)
{
    const float rounded = 4.0f * u + TO_INTEGER;
    const float quadrant = rounded - TO_INTEGER;
    return turn_in_quadrant((u - 0.25f * quadrant) * (2.0f * M_PI_F), as_int(rounded));
}

/* (cos, sin) of an angle in radians, |angle| <= pi. */
INLINE float2 turn_radians(const float angle)
{
    const float rounded = angle * M_2_PI_F + TO_INTEGER;
    const float quadrant = rounded - TO_INTEGER;
    /* pi/2 in two parts. */
    const float t = (angle - quadrant * 1.5707963705f) + quadrant * 4.3711388e-8f;
    return turn_in_quadrant(t, as_int(rounded));
}

/*
 * Arc sine of s, 0 <= s <= 1, without branches: s + s z P(z), z = s^2, up to 1/2, with P fitted for
 * minimal relative error; beyond that, pi/2 minus twice the arc sine of sqrt((1 - s) / 2). Relative
 * error, emulated as above: at most 5e-7.
 */
INLINE float arc_sine(const float s)
{
    const int beyond = s > 0.5f;
    const float z = beyond ? 0.5f - 0.5f * s : s * s;
    const float t = beyond ? sqrt(z) : s;
    const float p = 0.16665579f + z * (0.075405315f + z * (0.04003498f + z * 0.04995312f));
    const float angle = t + t * z * p;
    return beyond ? 0.5f * M_PI_F - 2.0f * angle : angle;
}

#endif
