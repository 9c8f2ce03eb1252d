/*
 * Stores tiles of sums to C with the epilogue, and reloads unfinished ones; for the prelude see
 * store.cl and tile.cl.
 */
#include "gemm/store.cl"
#include "gemm/tile.cl"

/* apply_epilogue() for `rows` rows of a tile whose columns all exist. */
void store_whole_tile(const FLOATW tile[ROWS][2], const int rows, const FLOATW bias[2],
                      global float *c, const int c_stride, global float *slope,
                      const int slope_stride, const int kind, const int options)
{
#pragma unroll 1
    for (int r = 0; r < rows; r++) {
        if (kind == EPILOGUE_ACTIVATE) {
            FLOATW s[2];
            STORE(elementwise(tile[r][0] + bias[0], &s[0]), 0, c);
            STORE(elementwise(tile[r][1] + bias[1], &s[1]), 1, c);
            if (options & OPTION_SLOPE) {
                STORE(s[0], 0, slope);
                STORE(s[1], 1, slope);
            }
        } else {
            apply_epilogue(tile[r][0], bias[0], c, slope, W, kind, options);
            apply_epilogue(tile[r][1], bias[1], c + W, slope + W, W, kind, options);
        }
        c += c_stride;
        slope += slope_stride;
    }
}

/* apply_epilogue() for a row of a tile with missing columns. */
void store_part_row(const FLOATW row[2], const int valid, const FLOATW bias[2], global float *c,
                    global float *slope, const int kind, const int options)
{
    apply_epilogue(row[0], bias[0], c, slope, valid, kind, options);
    if (valid > W) {
        apply_epilogue(row[1], bias[1], c + W, slope + W, valid - W, kind, options);
    }
}

/* The bias of a tile's columns, if `kind` has one. */
void load_tile_bias(FLOATW both[2], global const float *bias, const int valid, const int kind)
{
    both[0] = load_bias(bias, valid, kind);
    both[1] = valid > W ? load_bias(bias + W, valid - W, kind) : 0.0f;
}

/* c, bias and slope point at the first of `valid` columns. */
void store_tile(const FLOATW tile[ROWS][2], const int rows, const int valid, global float *c,
                const int c_stride, global const float *bias, global float *slope,
                const int slope_stride, const int kind, const int options)
{
    FLOATW both[2];
    load_tile_bias(both, bias, valid, kind);
    if (valid >= COLUMNS) {
        store_whole_tile(tile, rows, both, c, c_stride, slope, slope_stride, kind, options);
        return;
    }
#pragma unroll 1
    for (int r = 0; r < rows; r++) {
        store_part_row(tile[r], valid, both, c, slope, kind, options);
        c += c_stride;
        slope += slope_stride;
    }
}

/* Reloads the unfinished numbers of a tile's row. */
void load_tile_row(FLOATW tile[2], const int valid, global const float *c)
{
    tile[0] = load_columns(c, valid);
    tile[1] = valid > W ? load_columns(c + W, valid - W) : 0.0f;
}

/* A loop, which compiles much faster than code per row. */
void load_tile(FLOATW tile[ROWS][2], const int rows, const int valid, global const float *c,
               const int c_stride)
{
#pragma unroll 1
    for (int r = 0; r < ROWS; r++) {
        load_tile_row(tile[r], valid, c + (ulong)min(r, rows - 1) * c_stride);
    }
}
