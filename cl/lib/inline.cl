/*
 * INLINE, before a function: no call of it is left. The device can only vectorise across work-items
 * or pixels what has no calls, no branches and no vectors of fixed lengths in it: hence `#pragma
 * unroll` on loops over a point's few numbers, and vectors only as bundles of scalars.
 */
#ifndef LIB_INLINE_CL
#define LIB_INLINE_CL

#define INLINE __attribute__((always_inline))

#endif
