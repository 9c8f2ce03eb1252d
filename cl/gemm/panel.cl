/*
 * C (m,n) = epilogue(op(A) op(B) + beta C): one work-item makes ROWS x 2W numbers in registers.
 *
 *     #define W n     float vector width, 4, 8 or 16
 *     #define ROWS n  6 or 8: 2 * ROWS accumulators, 3 more registers in the loop
 *     ACTIVATION, kind and options: see finish.cl
 *
 * panel_packed: A packed by pack.cl in groups of ROWS rows; panel_direct: A (m,k) as it is. B is
 * packed in panels of 2W columns. One work-item a work-group, numbered so that the row groups of
 * one panel follow each other and the panel stays in the cache. Each number is one chain of k
 * multiply-adds, in order, whatever the other sizes are, and with both kernels.
 */
#include "gemm/finish.cl"
#include "gemm/pack.cl"

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
/* Not fma(): where there is no such instruction it is a slow library call. */
#define MULTIPLY_ADD(r)                                                                            \
    sum[r][0] = sum[r][0] + ELEMENT(r) * left;                                                     \
    sum[r][1] = sum[r][1] + ELEMENT(r) * right;
#define KEEP(r)                                                                                    \
    tile[r][0] = sum[r][0];                                                                        \
    tile[r][1] = sum[r][1];

/* One step of k with the numbers of B for it. */
#define STEP(b)                                                                                    \
    const FLOATW left = LOAD(0, b);                                                                \
    const FLOATW right = LOAD(1, b);                                                               \
    EACH_ROW(MULTIPLY_ADD)

void finish_tile(const FLOATW tile[ROWS][2], const int first_row, const int first_column,
                 global float *c, const int c_stride, global const float *bias,
                 global float *slope, const int slope_stride, const int m, const int n,
                 const int kind, const int options)
{
    const int rows = min(ROWS, m - first_row);
    for (int r = 0; r < rows; r++) {
        const ulong i = first_row + r;
        for (int side = 0; side < 2; side++) {
            const int j = first_column + side * W;
            if (j < n) {
                finish(tile[r][side], c + i * c_stride + j, bias + j, slope + i * slope_stride + j,
                       n - j, kind, options);
            }
        }
    }
}

kernel void panel_packed(global const float *a, global const float *b, global float *c,
                         const ulong c_offset, const int c_stride, global const float *bias,
                         const ulong bias_offset, global float *slope, const ulong slope_offset,
                         const int slope_stride, const int m, const int n, const int k,
                         const int kind, const int options)
{
    const int id = get_global_id(0);
    const int groups = (m + ROWS - 1) / ROWS;
    const int first_row = (id % groups) * ROWS;
    const int first_column = (id / groups) * COLUMNS;
    if (first_column >= n) {
        return;
    }
    global const float *group_a = a + (ulong)first_row * k;
    global const float *panel_b = b + (ulong)first_column * k;
    FLOATW sum[ROWS][2];
    EACH_ROW(CLEAR)
#define ELEMENT(r) group_a[r]
    for (int i = 0; i < k; i++) {
        STEP(panel_b)
        group_a += ROWS;
        panel_b += COLUMNS;
    }
#undef ELEMENT
    FLOATW tile[ROWS][2];
    EACH_ROW(KEEP)
    finish_tile(tile, first_row, first_column, c + c_offset, c_stride, bias + bias_offset,
                slope + slope_offset, slope_stride, m, n, kind, options);
}

kernel void panel_direct(global const float *a, const ulong a_offset, const int a_stride,
                         global const float *b, global float *c, const ulong c_offset,
                         const int c_stride, global const float *bias, const ulong bias_offset,
                         global float *slope, const ulong slope_offset, const int slope_stride,
                         const int m, const int n, const int k, const int kind, const int options)
{
    const int id = get_global_id(0);
    const int groups = (m + ROWS - 1) / ROWS;
    const int first_row = (id % groups) * ROWS;
    const int first_column = (id / groups) * COLUMNS;
    if (first_column >= n) {
        return;
    }
    global const float *row[ROWS];
#define POINT(r) row[r] = a + a_offset + (ulong)min(first_row + r, m - 1) * a_stride;
    EACH_ROW(POINT)
    global const float *panel_b = b + (ulong)first_column * k;
    FLOATW sum[ROWS][2];
    EACH_ROW(CLEAR)
#define ELEMENT(r) row[r][i]
    for (int i = 0; i < k; i++) {
        STEP(panel_b)
        panel_b += COLUMNS;
    }
#undef ELEMENT
    FLOATW tile[ROWS][2];
    EACH_ROW(KEEP)
    finish_tile(tile, first_row, first_column, c + c_offset, c_stride, bias + bias_offset,
                slope + slope_offset, slope_stride, m, n, kind, options);
}
