/*
 * ROWS x 2W sums of products in registers, the heart of matrix products on CPU devices.
 *
 *     #define W n     float vector width, 4, 8 or 16
 *     #define ROWS n  6 or 8: 2 * ROWS accumulators, 3 more registers in the loop
 *
 * EACH_ROW(CLEAR) starts `FLOATW sum[ROWS][2]`; STEP(b) adds ELEMENT(r), a macro defined by the
 * includer, times the 2W numbers at b to each row r, STEP_LEFT(b) only to the first W columns.
 * `FLOATW tile[ROWS][2]` receives the sums by EACH_ROW(KEEP), or starts them by EACH_ROW(RESUME).
 *
 * Products of few rows with long ones use a separate tile of NARROW x 3W sums: EACH_NARROW
 * replaces EACH_ROW; NARROW_STEP(b, a) adds each of the NARROW numbers at b times the 3W numbers
 * at a.
 */
#include "gemm/store.cl"

#pragma OPENCL FP_CONTRACT ON

#define COLUMNS (2 * W)

/* Constant indices only, so that the compiler keeps the sums in registers. */
#if ROWS == 6
#define EACH_ROW(F) F(0) F(1) F(2) F(3) F(4) F(5)
#elif ROWS == 8
#define EACH_ROW(F) F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7)
#else
#error "ROWS must be 6 or 8"
#endif

#define CLEAR(r)                                                                                   \
    sum[r][0] = 0.0f;                                                                              \
    sum[r][1] = 0.0f;
/* Not fma(): without hardware support it is a slow library call. */
#define MULTIPLY_ADD(r)                                                                            \
    sum[r][0] = sum[r][0] + ELEMENT(r) * left;                                                     \
    sum[r][1] = sum[r][1] + ELEMENT(r) * right;
#define RESUME(r)                                                                                  \
    sum[r][0] = tile[r][0];                                                                        \
    sum[r][1] = tile[r][1];
#define KEEP(r)                                                                                    \
    tile[r][0] = sum[r][0];                                                                        \
    tile[r][1] = sum[r][1];

/* One step of k with the numbers of B for it. */
#define STEP(b)                                                                                    \
    const FLOATW left = LOAD(0, b);                                                                \
    const FLOATW right = LOAD(1, b);                                                               \
    EACH_ROW(MULTIPLY_ADD)

#define MULTIPLY_ADD_LEFT(r) sum[r][0] = sum[r][0] + ELEMENT(r) * left;
#define STEP_LEFT(b)                                                                               \
    const FLOATW left = LOAD(0, b);                                                                \
    EACH_ROW(MULTIPLY_ADD_LEFT)

#define NARROW 4
#define EACH_NARROW(F) F(0) F(1) F(2) F(3)
#define NARROW_CLEAR(j)                                                                            \
    sum[j][0] = 0.0f;                                                                              \
    sum[j][1] = 0.0f;                                                                              \
    sum[j][2] = 0.0f;
#define NARROW_MULTIPLY_ADD(j)                                                                     \
    sum[j][0] = sum[j][0] + factor[j] * first;                                                     \
    sum[j][1] = sum[j][1] + factor[j] * second;                                                    \
    sum[j][2] = sum[j][2] + factor[j] * third;
#define NARROW_KEEP(j)                                                                             \
    STORE(sum[j][0], 0, tile[j]);                                                                  \
    STORE(sum[j][1], 1, tile[j]);                                                                  \
    STORE(sum[j][2], 2, tile[j]);
#define NARROW_STEP(b, a)                                                                          \
    local const float *factor = b;                                                                 \
    const FLOATW first = LOAD(0, a);                                                               \
    const FLOATW second = LOAD(1, a);                                                              \
    const FLOATW third = LOAD(2, a);                                                               \
    EACH_NARROW(NARROW_MULTIPLY_ADD)
