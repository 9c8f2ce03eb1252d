/*
 * vfloat: one float, or a vector of neighbouring pixels on devices whose cores are wide (CPUs),
 * where compilers do not vectorise across work-items. The host defines VECTOR_WIDTH (1, 4, 8, 16).
 *
 * Arithmetic, comparisons, select(if_false, if_true, condition) and the built-in functions mean the
 * same for all widths; a condition of pixels is a vint, so no `if` or ?: on it.
 */
#ifndef LIB_VFLOAT_CL
#define LIB_VFLOAT_CL

#if VECTOR_WIDTH == 16
typedef float16 vfloat;
typedef int16 vint;
#define VECTOR_LANES (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#define to_vfloat          convert_float16
#define LOAD_VFLOAT(p)     vload16(0, p)
#define STORE_VFLOAT(x, p) vstore16(x, 0, p)
#elif VECTOR_WIDTH == 8
typedef float8 vfloat;
typedef int8 vint;
#define VECTOR_LANES (int8)(0, 1, 2, 3, 4, 5, 6, 7)
#define to_vfloat          convert_float8
#define LOAD_VFLOAT(p)     vload8(0, p)
#define STORE_VFLOAT(x, p) vstore8(x, 0, p)
#elif VECTOR_WIDTH == 4
typedef float4 vfloat;
typedef int4 vint;
#define VECTOR_LANES (int4)(0, 1, 2, 3)
#define to_vfloat          convert_float4
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

#endif
