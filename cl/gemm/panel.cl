/*
 * C (m,n) = epilogue(op(A) op(B) + beta C): one work-item makes ROWS x 2W numbers in registers.
 *
 *     #define W n       float vector width, 4, 8 or 16
 *     #define ROWS n    6 or 8: 2 * ROWS accumulators, 3 more registers in the loop
 *     #define DIRECT n  0: A packed by pack.cl in groups of ROWS rows; 1: A (m,k) as it is
 *     EPILOGUE and ACTIVATION: see finish.cl
 *
 * B is packed by pack.cl in panels of 2W columns. One work-item a group, numbered so that the row
 * groups of one panel follow each other and the panel stays in the cache. Each number is one chain
 * of k multiply-adds, in order, whatever the other sizes are.
 */
#include "gemm/finish.cl"

#pragma OPENCL FP_CONTRACT ON

#if ROWS == 6
#define EACH_ROW(F) F(0) F(1) F(2) F(3) F(4) F(5)
#elif ROWS == 8
#define EACH_ROW(F) F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7)
#else
#error "ROWS must be 6 or 8"
#endif

#define COLUMNS (2 * W)

kernel void panel(global const float *a, const ulong a_offset, const int a_stride,
                  global const float *b, global float *c, const ulong c_offset, const int c_stride,
                  global const float *bias, const ulong bias_offset, global float *slope,
                  const ulong slope_offset, const int slope_stride, const int m, const int n,
                  const int k, const int options)
{
    const int id = get_global_id(0);
    const int groups = (m + ROWS - 1) / ROWS;
    const int panel_index = id / groups;
    const int first_row = (id % groups) * ROWS;
    const int first_column = panel_index * COLUMNS;
    if (first_column >= n) {
        return;
    }
    global const float *panel_b = b + (ulong)first_column * k;

    /* Constant indices only, so that the compiler keeps the array in registers. */
    FLOATW sum[ROWS][2];
#define CLEAR(r)                                                                                   \
    sum[r][0] = 0.0f;                                                                              \
    sum[r][1] = 0.0f;
    EACH_ROW(CLEAR)

#if DIRECT
    global const float *row[ROWS];
#define POINT(r) row[r] = a + a_offset + (ulong)min(first_row + r, m - 1) * a_stride;
    EACH_ROW(POINT)
#define ELEMENT(r) row[r][i]
#else
    global const float *group_a = a + (ulong)first_row * k;
#define ELEMENT(r) group_a[r]
#endif

    for (int i = 0; i < k; i++) {
        const FLOATW left = LOAD(0, panel_b);
        const FLOATW right = LOAD(1, panel_b);
        /* Not fma(): where there is no such instruction it is a slow library call. */
#define MULTIPLY_ADD(r)                                                                            \
    sum[r][0] = sum[r][0] + ELEMENT(r) * left;                                                     \
    sum[r][1] = sum[r][1] + ELEMENT(r) * right;
        EACH_ROW(MULTIPLY_ADD)
        panel_b += COLUMNS;
#if !DIRECT
        group_a += ROWS;
#endif
    }

    FLOATW tile[ROWS][2];
#define KEEP(r)                                                                                    \
    tile[r][0] = sum[r][0];                                                                        \
    tile[r][1] = sum[r][1];
    EACH_ROW(KEEP)
    const int rows = min(ROWS, m - first_row);
    for (int r = 0; r < rows; r++) {
        const ulong i = first_row + r;
        for (int side = 0; side < 2; side++) {
            const int j = first_column + side * W;
            if (j < n) {
                finish(tile[r][side], c + c_offset + i * c_stride + j, bias + bias_offset + j,
                       slope + slope_offset + i * slope_stride + j, n - j, options);
            }
        }
    }
}
