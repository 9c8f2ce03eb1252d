/*
 * INLINE before a function forces inlining. The device can only vectorise across work-items or
 * pixels code without calls, branches and vectors of fixed length: hence `#pragma unroll` on loops
 * over a point's few numbers, and vectors only as bundles of scalars.
 */
#ifndef LIB_INLINE_CL
#define LIB_INLINE_CL

#define INLINE __attribute__((always_inline))

#endif
