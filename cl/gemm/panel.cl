/*
 * C (m,n) = epilogue(op(A) op(B) + beta C): one work-item makes ROWS x 2W numbers in registers.
 *
 * W and ROWS: see tile.cl; ACTIVATION, kind and options: see finish.cl.
 *
 * panel_packed: A packed by pack.cl in groups of ROWS rows; panel_direct: op(A) as it is, element
 * (i,l) at a[a_offset + i a_row + l a_step]. B is packed in panels of 2W columns, or read as it is
 * where n is a multiple of 2W: panel j starts at b[b_offset + j b_panel], its steps are b_step
 * apart. With OPTION_SUMS the column sums of B go to `slope`.
 *
 * One work-item a work-group. They are numbered so that a panel meets `block` row groups before the
 * next one does, and all panels meet these before the next row groups come: with the right number
 * both stay in a cache. Each number is one chain of k multiply-adds, in order, whatever the
 * other sizes are, and with both kernels.
 */
#include "gemm/finish.cl"
#include "gemm/pack.cl"
#include "gemm/tile.cl"

/* finish() for `rows` rows of a tile whose columns all exist. */
void finish_whole(const FLOATW tile[ROWS][2], const int rows, const FLOATW bias[2], global float *c,
                  const int c_stride, global float *slope, const int slope_stride, const int kind,
                  const int options)
{
    for (int r = 0; r < rows; r++) {
        if (kind == FINISH_ACTIVATE) {
            FLOATW s[2];
            STORE(wide_both(tile[r][0] + bias[0], &s[0]), 0, c);
            STORE(wide_both(tile[r][1] + bias[1], &s[1]), 1, c);
            if (options & OPTION_SLOPE) {
                STORE(s[0], 0, slope);
                STORE(s[1], 1, slope);
            }
        } else {
            finish(tile[r][0], bias[0], c, slope, W, kind, options);
            finish(tile[r][1], bias[1], c + W, slope + W, W, kind, options);
        }
        c += c_stride;
        slope += slope_stride;
    }
}

void finish_tile(const FLOATW tile[ROWS][2], const int first_row, const int first_column,
                 global float *c, const int c_stride, global const float *bias, global float *slope,
                 const int slope_stride, const int m, const int n, const int kind,
                 const int options)
{
    const int rows = min(ROWS, m - first_row);
    const int valid = n - first_column;
    c += (ulong)first_row * c_stride + first_column;
    slope += (ulong)first_row * slope_stride + first_column;
    bias += first_column;
    FLOATW both[2];
    both[0] = load_bias(bias, valid, kind);
    both[1] = valid > W ? load_bias(bias + W, valid - W, kind) : 0.0f;
    if (valid >= COLUMNS) {
        finish_whole(tile, rows, both, c, c_stride, slope, slope_stride, kind, options);
        return;
    }
    for (int r = 0; r < rows; r++) {
        finish(tile[r][0], both[0], c, slope, valid, kind, options);
        if (valid > W) {
            finish(tile[r][1], both[1], c + W, slope + W, valid - W, kind, options);
        }
        c += c_stride;
        slope += slope_stride;
    }
}

/* The sums over k of one panel's columns; four interleaved ones, for less rounding. */
void sum_columns(global const float *panel, const int step, const int k, global float *sums,
                 const int valid)
{
    FLOATW sum[4][2];
    for (int i = 0; i < 4; i++) {
        sum[i][0] = 0.0f;
        sum[i][1] = 0.0f;
    }
    int i = 0;
    for (; i + 4 <= k; i += 4) {
        for (int j = 0; j < 4; j++) {
            sum[j][0] += LOAD(0, panel);
            sum[j][1] += LOAD(1, panel);
            panel += step;
        }
    }
    for (; i < k; i++) {
        sum[0][0] += LOAD(0, panel);
        sum[0][1] += LOAD(1, panel);
        panel += step;
    }
    for (int side = 0; side < 2; side++) {
        if (side * W < valid) {
            store_columns((sum[0][side] + sum[1][side]) + (sum[2][side] + sum[3][side]),
                          sums + side * W, valid - side * W);
        }
    }
}

/* Where a work-item's tile is, and its sums at 0. */
#define FIND_TILE                                                                                  \
    const int id = get_global_id(0);                                                               \
    const int groups = (m + ROWS - 1) / ROWS;                                                      \
    const int panels = (n + COLUMNS - 1) / COLUMNS;                                                \
    const int first_group = id / (block * panels) * block;                                         \
    const int in_block = id - first_group * panels;                                                \
    const int high = min(block, groups - first_group);                                             \
    if (high < 1) {                                                                                \
        return;                                                                                    \
    }                                                                                              \
    const int panel = in_block / high;                                                             \
    const int first_row = (first_group + in_block % high) * ROWS;                                  \
    const int first_column = panel * COLUMNS;                                                      \
    global const float *panel_b = b + b_offset + (ulong)panel * b_panel;                           \
    if ((options & OPTION_SUMS) && first_row == 0) {                                               \
        sum_columns(panel_b, b_step, k, slope + slope_offset + first_column, n - first_column);    \
    }                                                                                              \
    FLOATW sum[ROWS][2];                                                                           \
    EACH_ROW(CLEAR)

#define FINISH_TILE                                                                                \
    FLOATW tile[ROWS][2];                                                                          \
    EACH_ROW(KEEP)                                                                                 \
    finish_tile(tile, first_row, first_column, c + c_offset, c_stride, bias + bias_offset,         \
                slope + slope_offset, slope_stride, m, n, kind, options);

#define B_AND_C_PARAMETERS                                                                         \
    global const float *b, const ulong b_offset, const int b_panel, const int b_step,              \
        global float *c, const ulong c_offset, const int c_stride, global const float *bias,       \
        const ulong bias_offset, global float *slope, const ulong slope_offset,                    \
        const int slope_stride, const int m, const int n, const int k, const int block,            \
        const int kind, const int options

kernel void panel_packed(global const float *a, B_AND_C_PARAMETERS)
{
    FIND_TILE
    global const float *group_a = a + (ulong)first_row * k;
#define ELEMENT(r) group_a[r]
    for (int i = 0; i < k; i++) {
        STEP(panel_b)
        group_a += ROWS;
        panel_b += b_step;
    }
#undef ELEMENT
    FINISH_TILE
}

kernel void panel_direct(global const float *a, const ulong a_offset, const int a_row,
                         const int a_step, B_AND_C_PARAMETERS)
{
    FIND_TILE
    global const float *row[ROWS];
#define POINT(r) row[r] = a + a_offset + (ulong)min(first_row + r, m - 1) * a_row;
    EACH_ROW(POINT)
    size_t at = 0;
#define ELEMENT(r) row[r][at]
    for (int i = 0; i < k; i++) {
        STEP(panel_b)
        at += a_step;
        panel_b += b_step;
    }
#undef ELEMENT
    FINISH_TILE
}
