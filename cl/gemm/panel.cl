/*
 * C (m,n) = epilogue(op(A) op(B) + beta C), in tiles of ROWS x 2W numbers computed in registers.
 *
 * W and ROWS: see tile.cl; f, kind and options: see store.cl. LOCAL_FLOATS: size of a part of an
 * operand in local memory; CHUNK: steps of k per pass, at most LOCAL_FLOATS / COLUMNS.
 *
 * One work-item per work-group. It computes `row_groups` groups of ROWS rows x `panels` panels of
 * COLUMNS columns. panel_direct, for A: rows of A are read in place, panels of B are packed into
 * local memory, and each row group is multiplied by all panels there while it is in the first-level
 * cache. panel_packed, for the transpose of A: its row groups, which must fit, are packed into
 * local memory, and each panel is multiplied by all of them; B was packed by pack_b(), or is used
 * in place if n is a multiple of COLUMNS: panels are b_panel floats apart, their steps b_step.
 *
 * In both kernels each number is one chain of k multiply-adds in order, from 0 or from C with
 * OPTION_ADD, so its bits do not depend on the other sizes; between chunks of k, C holds the sums.
 * Of the last panel only the vector that C has numbers for is multiplied: latent layers, with at
 * most W columns, have no other.
 * With OPTION_SUMS panel_packed stores the column sums of B in `slope`. With OPTION_SYMMETRIC tiles
 * below the diagonal are skipped, and results above it are stored on both sides.
 */
#include "gemm/pack.cl"
#include "gemm/store_tile.cl"

/* Sums one panel's columns over k, as four interleaved sums to reduce rounding errors. */
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

/* Assigns parts of a triangle alternately from both ends, because their sizes grow from one end to
 * the other. */
int part_number(const int id, const int parts, const int options)
{
    return !(options & OPTION_SYMMETRIC) ? id : id % 2 == 0 ? id / 2 : parts - 1 - id / 2;
}

/* Stores the numbers of a tile at (row, column) of a symmetric C that are on or above the diagonal;
 * with `done` also their mirror images. c points to C's number (0, 0). */
void store_symmetric(const FLOATW tile[ROWS][2], const int rows, const int valid, global float *c,
                     const int c_stride, const int row, const int column, const int done)
{
    float part[ROWS][COLUMNS];
    for (int r = 0; r < ROWS; r++) {
        STORE(tile[r][0], 0, part[r]);
        STORE(tile[r][1], 1, part[r]);
    }
    const int crossed = column < row + rows - 1;
    for (int r = 0; r < rows && crossed; r++) {
        for (int w = max(0, row + r - column); w < valid; w++) {
            c[(ulong)(row + r) * c_stride + column + w] = part[r][w];
        }
    }
    for (int w = 0; w < valid && done; w++) {
        global float *other = c + (ulong)(column + w) * c_stride + row;
        const int end = min(rows, column + w - row + 1);
        for (int r = 0; r < end; r++) {
            other[r] = part[r][w];
        }
    }
}

/* Parameters of both kernels besides A and B. */
#define OTHER_PARAMETERS                                                                           \
    global float *c, const ulong c_offset, const int c_stride, global const float *bias,           \
        const ulong bias_offset, global float *slope, const ulong slope_offset,                    \
        const int slope_stride, const int m, const int n, const int k, const int row_groups,       \
        const int panels, const int kind, const int options

/* The part of C that a work-item computes. */
#define FIND_PART                                                                                  \
    const int id = part_number(get_global_id(0), get_global_size(0), options);                     \
    const int across = (n + panels * COLUMNS - 1) / (panels * COLUMNS);                            \
    const int first_row = id / across * row_groups * ROWS;                                         \
    const int end_row = min(first_row + row_groups * ROWS, m);                                     \
    const int first_column = id % across * panels * COLUMNS;                                       \
    const int end_column = min(first_column + panels * COLUMNS, n);

/* Whether a tile is below the diagonal of a symmetric C, and therefore skipped. */
#define IS_BELOW ((options & OPTION_SYMMETRIC) && column + COLUMNS <= row)

/* Starts a tile's sums from 0 or from the stored sums. */
#define START_TILE                                                                                 \
    const int rows = min(ROWS, end_row - row);                                                     \
    const int valid = min(COLUMNS, end_column - column);                                           \
    global float *tile_c = c + c_offset + (ulong)row * c_stride + column;                          \
    FLOATW sum[ROWS][2];                                                                           \
    FLOATW tile[ROWS][2];                                                                          \
    EACH_ROW(CLEAR)                                                                                \
    if (start > 0 || (options & OPTION_ADD)) {                                                     \
        load_tile(tile, rows, valid, tile_c, c_stride);                                            \
        EACH_ROW(RESUME)                                                                           \
    }
#define STORE_TILE                                                                                 \
    EACH_ROW(KEEP)                                                                                 \
    if (options & OPTION_SYMMETRIC) {                                                              \
        store_symmetric(tile, rows, valid, c + c_offset, c_stride, row, column,                    \
                        start + steps == k);                                                       \
    }                                                                                              \
    if ((options & OPTION_SYMMETRIC) && column < row + rows - 1) {                                 \
        continue;                                                                                  \
    }                                                                                              \
    store_tile(tile, rows, valid, tile_c, c_stride, bias + bias_offset + column,                   \
               slope + slope_offset + (ulong)row * slope_stride + column, slope_stride,            \
               start + steps == k ? kind : EPILOGUE_NONE, options);

#define POINT(r) row_of[r] = a + a_offset + (ulong)(row + min(r, rows - 1)) * a_stride + start;

kernel void panel_direct(global const float *a, const ulong a_offset, const int a_stride,
                         global const float *b, const ulong b_offset, const int b_panel,
                         const int b_stride, OTHER_PARAMETERS)
{
    local float packed[LOCAL_FLOATS];
    FIND_PART
    for (int start = 0; start < k; start += CHUNK) {
        const int steps = min(CHUNK, k - start);
        const int together = LOCAL_FLOATS / (steps * COLUMNS) * COLUMNS;
        for (int first = first_column; first < end_column; first += together) {
            const int end = min(first + together, end_column);
            if (options & OPTION_TRANSPOSED) {
                pack_lanes_local(packed, b + b_offset + (ulong)first * b_stride + start, b_stride,
                                 steps, end - first, COLUMNS);
            } else {
                pack_steps_local(packed, b + b_offset + (ulong)start * b_stride + first, b_stride,
                                 steps, end - first, COLUMNS);
            }
            for (int row = first_row; row < end_row; row += ROWS) {
                local const float *panel = packed;
                for (int column = first; column < end; column += COLUMNS) {
                    if (IS_BELOW) {
                        panel += steps * COLUMNS;
                        continue;
                    }
                    START_TILE
                    global const float *row_of[ROWS];
                    EACH_ROW(POINT)
#define ELEMENT(r) row_of[r][i]
                    if (valid > W) {
                        for (int i = 0; i < steps; i++) {
                            STEP(panel)
                            panel += COLUMNS;
                        }
                    } else {
                        for (int i = 0; i < steps; i++) {
                            STEP_LEFT(panel)
                            panel += COLUMNS;
                        }
                    }
#undef ELEMENT
                    STORE_TILE
                }
            }
        }
    }
}

kernel void panel_packed(global const float *a, const ulong a_offset, const int a_stride,
                         global const float *b, const ulong b_offset, const int b_panel,
                         const int b_step, OTHER_PARAMETERS)
{
    local float packed[LOCAL_FLOATS];
    FIND_PART
    if ((options & OPTION_SUMS) && first_row == 0) {
        for (int column = first_column; column < end_column; column += COLUMNS) {
            sum_columns(b + b_offset + (ulong)(column / COLUMNS) * b_panel, b_step, k,
                        slope + slope_offset + column, end_column - column);
        }
    }
    for (int start = 0; start < k; start += CHUNK) {
        const int steps = min(CHUNK, k - start);
        pack_steps_local(packed, a + a_offset + (ulong)start * a_stride + first_row, a_stride,
                         steps, end_row - first_row, ROWS);
        for (int column = first_column; column < end_column; column += COLUMNS) {
            global const float *panel =
                b + b_offset + (ulong)(column / COLUMNS) * b_panel + (ulong)start * b_step;
            local const float *group = packed;
            for (int row = first_row; row < end_row; row += ROWS) {
                if (IS_BELOW) {
                    break;
                }
                START_TILE
                global const float *at = panel;
#define ELEMENT(r) group[r]
                if (valid > W) {
                    for (int i = 0; i < steps; i++) {
                        STEP(at)
                        group += ROWS;
                        at += b_step;
                    }
                } else {
                    for (int i = 0; i < steps; i++) {
                        STEP_LEFT(at)
                        group += ROWS;
                        at += b_step;
                    }
                }
#undef ELEMENT
                STORE_TILE
            }
        }
    }
}
