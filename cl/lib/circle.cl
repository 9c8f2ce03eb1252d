/*
 * The circle R / (length Z). Points are numbers in [0, length).
 */
#ifndef LIB_CIRCLE_CL
#define LIB_CIRCLE_CL

/* The point of [0, length) that x stands for. */
float circle_reduce(float x, float length)
{
    const float y = x - length * floor(x / length);
    /* Rounding can leave y one step outside, at either end. */
    return y >= 0.0f && y < length ? y : 0.0f;
}

/* The shortest way, in [-length/2, length/2], from one point to another. The subtraction's own
 * rounding error (Knuth's two-sum) is added once a turn has been taken off: across the seam the
 * way is then as exact as within. */
float circle_difference(float from, float to, float length)
{
    const float difference = to - from;
    const float minus_from = difference - to;
    const float error = (to - (difference - minus_from)) - (from + minus_from);
    return (difference - length * rint(difference / length)) + error;
}

#endif
