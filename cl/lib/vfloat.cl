/*
 * vfloat: one float, or a vector of neighbouring pixels on devices with SIMD cores (CPUs), where
 * compilers do not vectorise across work-items. The host defines VECTOR_WIDTH (1, 4, 8, 16).
 *
 * Arithmetic, comparisons, select(if_false, if_true, condition) and the built-in functions work for
 * all widths; a condition on pixels is a vint, so do not use `if` or ?: with it.
 */
#ifndef LIB_VFLOAT_CL
#define LIB_VFLOAT_CL

#if VECTOR_WIDTH == 16
typedef float16 vfloat;
typedef int16 vint;
#define VECTOR_LANES (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#define to_vfloat          convert_float16
#define as_vfloat          as_float16
#define as_vint            as_int16
#define LOAD_VFLOAT(p)     vload16(0, p)
#define STORE_VFLOAT(x, p) vstore16(x, 0, p)
#elif VECTOR_WIDTH == 8
typedef float8 vfloat;
typedef int8 vint;
#define VECTOR_LANES (int8)(0, 1, 2, 3, 4, 5, 6, 7)
#define to_vfloat          convert_float8
#define as_vfloat          as_float8
#define as_vint            as_int8
#define LOAD_VFLOAT(p)     vload8(0, p)
#define STORE_VFLOAT(x, p) vstore8(x, 0, p)
#elif VECTOR_WIDTH == 4
typedef float4 vfloat;
typedef int4 vint;
#define VECTOR_LANES (int4)(0, 1, 2, 3)
#define to_vfloat          convert_float4
#define as_vfloat          as_float4
#define as_vint            as_int4
#define LOAD_VFLOAT(p)     vload4(0, p)
#define STORE_VFLOAT(x, p) vstore4(x, 0, p)
#else
typedef float vfloat;
typedef int vint;
#define VECTOR_LANES 0
#define to_vfloat          convert_float
#define LOAD_VFLOAT(p)     (*(p))
#define STORE_VFLOAT(x, p) (*(p) = (x))
#endif

#if VECTOR_WIDTH > 1
/*
 * exp(x) for finite x <= 88, at most 1.1 ulp, ten times as fast on vectors as PoCL's exp(). Below
 * -87 it stays at exp(-87) = 1.6e-38.
 *
 * x = n ln 2 + r, |r| <= ln 2 / 2, with ln 2 in two parts of which the first times n is exact;
 * exp(r) - 1 = r + r^2 P(r), P fitted for minimal relative error. Adding 1.5 * 2^23 + 127 rounds to
 * n + 127, the exponent of 2^n, in the lowest bits.
 */
vfloat vexp(vfloat x)
{
    const vfloat low = fmax(x, -87.0f);
    const vfloat rounded = low * 1.44269504f + 12583039.0f;
    const vfloat n = rounded - 12583039.0f;
    const vfloat r = (low - n * 0.693359375f) + n * 2.12194440e-4f;
    const vfloat p = 0.166665435f +
                     r * (0.0416672006f + r * (0.00836658012f + r * 0.00138825097f));
    const vfloat q = r + r * r * (0.49999997f + r * p);
    const vfloat power = as_vfloat(as_vint(rounded) << 23);
    return q * power + power;
}

/*
 * 1 / sqrt(x) for normal x > 0, at most 1.5 ulp: a dozen multiplications and additions instead of a
 * square root and a division, which are slower for vectors. Half the bits of x, negated, give an
 * initial guess with an error of 3.4 %; each Newton step squares the error, up to a factor of 3/2.
 * The last step adds a small correction, so that rounding is small.
 */
vfloat vrsqrt(vfloat x)
{
    const vfloat half_x = 0.5f * x;
    vfloat y = as_vfloat(0x5f3759df - (as_vint(x) >> 1));
    y *= 1.5f - half_x * y * y;
    y *= 1.5f - half_x * y * y;
    return y + y * (0.5f - half_x * y * y);
}
#else
#define vexp   exp
#define vrsqrt rsqrt
#endif

#endif
