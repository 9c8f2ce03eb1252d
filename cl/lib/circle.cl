/*
 * The circle R / (length Z). Points are numbers in [0, length).
 */
#ifndef LIB_CIRCLE_CL
#define LIB_CIRCLE_CL

/* The representative of x in [0, length). */
float circle_reduce(float x, float length)
{
    const float y = x - length * floor(x / length);
    /* Rounding can leave y one step outside at either end */
    return y >= 0.0f && y < length ? y : 0.0f;
}

/* The shortest way, in [-length/2, length/2], from one point to another. The subtraction's rounding
 * error (Knuth's two-sum) is added after the wrap, so the result is as exact across the seam as
 * elsewhere. */
float circle_difference(float from, float to, float length)
{
    const float difference = to - from;
    const float minus_from = difference - to;
    const float error = (to - (difference - minus_from)) - (from + minus_from);
    return (difference - length * rint(difference / length)) + error;
}

#endif
