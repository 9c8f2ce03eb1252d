/*
 * C (m,n) = P^T op(B), P (k,m) the patches of images; see patches.cl for sizes and groups.
 *
 * patches_transposed: one work-item per work-group, for one piece of the patches and one part of k,
 * a range of blocks of patches. It copies a block's region of the images and its rows of B into
 * local memory, and adds the products, in tiles of ROWS numbers of a patch x 2W columns. Results go
 * to a slice for each part.
 *
 * sum_parts: one work-item per row of C adds the slices, and the parts of groups.
 *
 * An element is summed within a block, then over a part's blocks, then over the parts, then over
 * the members of a group. How these are divided depends only on sizes.
 */
#include "gemm/pack.cl"
#include "gemm/region.cl"
#include "gemm/store_tile.cl"

/* For `rows` elements of the patches, starting at `first` within the piece: the sum over the
 * block's patches of element times row of B. */
void multiply_block(FLOATW tile[ROWS][2], local const float *region, local const int *place,
                    const int count, const int pitch, const struct piece *piece, const int first,
                    const int rows, local const float *panel, const int valid)
{
    FLOATW sum[ROWS][2];
    local const float *number[ROWS];
    EACH_ROW(CLEAR)
#define POINT(r)                                                                                   \
    {                                                                                              \
        const int at = first + min(r, rows - 1);                                                   \
        number[r] = region + at / piece->length * pitch + at % piece->length;                      \
    }
    EACH_ROW(POINT)
#undef POINT
#define ELEMENT(r) number[r][at]
    if (valid > W) {
        for (int i = 0; i < count; i++) {
            const int at = place[i];
            STEP(panel)
            panel += COLUMNS;
        }
    } else {
        for (int i = 0; i < count; i++) {
            const int at = place[i];
            STEP_LEFT(panel)
            panel += COLUMNS;
        }
    }
#undef ELEMENT
    EACH_ROW(KEEP)
}

/* Like multiply_block() for at most NARROW columns of B and 3W numbers of a patch. */
void multiply_narrow(float tile[NARROW][3 * W], local const float *region, local const int *place,
                     const int count, local const float *panel)
{
    FLOATW sum[NARROW][3];
    EACH_NARROW(NARROW_CLEAR)
    for (int i = 0; i < count; i++) {
        NARROW_STEP(panel, region + place[i])
        panel += COLUMNS;
    }
    EACH_NARROW(NARROW_KEEP)
}

/* Rows of C for one piece and block, if n is at most NARROW. c points at the first. */
void add_narrow(local const float *region, local const int *place, const int count,
                const int pitch, const struct piece *piece, local const float *panel,
                global float *c, const int c_stride, const int n, const int add)
{
    for (int u = 0; u < piece->rows; u++) {
        for (int first = 0; first < piece->length; first += 3 * W) {
            const int valid = min(3 * W, piece->length - first);
            float tile[NARROW][3 * W];
            multiply_narrow(tile, region + u * pitch + first, place, count, panel);
            for (int lane = 0; lane < valid; lane++) {
                for (int j = 0; j < n; j++) {
                    c[j] = add ? c[j] + tile[j][lane] : tile[j][lane];
                }
                c += c_stride;
            }
        }
    }
}

/* Panels of the rows of op(B) that belong to a block's patches. Of a panel with at most W columns
 * the right half stays undefined. */
void pack_rows(local float *to, global const float *b, const int stride, local const int *row,
               const int steps, const int lanes, const int transposed)
{
    for (int lane = 0; lane < lanes; lane += COLUMNS) {
        const int valid = min(COLUMNS, lanes - lane);
        for (int step = 0; step < steps; step++) {
            global const float *from = b + (ulong)row[step] * stride + lane;
            if (transposed) {
                for (int i = 0; i < COLUMNS; i++) {
                    to[i] = b[(ulong)(lane + min(i, valid - 1)) * stride + row[step]];
                }
            } else if (valid <= W) {
                copy_lanes_local(to, from, W, valid);
            } else {
                copy_lanes_local(to, from, COLUMNS, valid);
            }
            to += COLUMNS;
        }
    }
}

/* Adds the column sums of a panel to `sums`, or stores them there if `fresh`. */
void sum_panel(local const float *panel, const int steps, global float *sums, const int valid,
               const int fresh)
{
    for (int first = 0; first < valid; first += W) {
        local const float *at = panel + first;
        FLOATW sum[4];
        for (int j = 0; j < 4; j++) {
            sum[j] = 0.0f;
        }
        int i = 0;
        for (; i + 4 <= steps; i += 4) {
            for (int j = 0; j < 4; j++) {
                sum[j] += LOAD(0, at);
                at += COLUMNS;
            }
        }
        for (; i < steps; i++) {
            sum[0] += LOAD(0, at);
            at += COLUMNS;
        }
        FLOATW all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
        if (!fresh) {
            all += load_columns(sums + first, valid - first);
        }
        store_columns(all, sums + first, valid - first);
    }
}

/* Slices are `part_floats` apart; row m of one holds column sums of B. n: columns of a group. */
kernel void patches_transposed(global const float *a, const ulong a_offset,
                               const struct layout layout, global const float *b,
                               const ulong b_offset, const int b_stride, global float *c,
                               const ulong c_offset, const int c_stride, global float *sums,
                               const ulong sums_offset, const int part_floats, const int n,
                               const int blocks, const int own_blocks, const int pieces,
                               const int options)
{
    local float region[REGION_FLOATS + 3 * W]; // read past the end, for sums that are never stored
    local float packed[PANEL_FLOATS];
    local int place[BLOCK];
    local int pixel[BLOCK];
    const int id = get_global_id(0);
    const int part = id / pieces;
    const struct piece piece = find_piece(&layout, id % pieces);
    const int numbers = piece.rows * piece.length;
    const int first_block = part * own_blocks;
    const int end_block = min(first_block + own_blocks, blocks);
    global float *own_c = c + c_offset + (ulong)part * part_floats;
    global float *own_sums = sums + sums_offset + (ulong)part * part_floats;
    for (int which = first_block; which < end_block; which++) {
        const struct block block = find_block(&layout, which);
        const int pitch = region_pitch(&layout, &piece, &block);
        const int count = list_patches(place, pixel, &layout, &piece, &block);
        const int together = PANEL_FLOATS / (count * COLUMNS) * COLUMNS;
        const int fresh = which == first_block;
        pack_region(region, a + a_offset, &layout, &piece, &block);
        for (int first = 0; first < n; first += together) {
            const int end = min(first + together, n);
            const int transposed = options & OPTION_TRANSPOSED;
            pack_rows(packed, b + b_offset + (ulong)first * (transposed ? b_stride : 1), b_stride,
                      pixel, count, end - first, transposed);
            local const float *panel = packed;
            for (int column = first; column < end; column += COLUMNS) {
                const int valid = min(COLUMNS, end - column);
                if ((options & OPTION_SUMS) && piece.start == 0) {
                    sum_panel(panel, count, own_sums + column, valid, fresh);
                }
                const int add = !fresh || (options & OPTION_ADD);
                if (n <= NARROW) {
                    add_narrow(region, place, count, pitch, &piece, panel,
                               own_c + (ulong)piece.start * c_stride, c_stride, n, add);
                    continue;
                }
                for (int row = 0; row < numbers; row += ROWS) {
                    const int rows = min(ROWS, numbers - row);
                    global float *tile_c = own_c + (ulong)(piece.start + row) * c_stride + column;
                    FLOATW tile[ROWS][2];
                    multiply_block(tile, region, place, count, pitch, &piece, row, rows, panel,
                                   valid);
#pragma unroll 1
                    for (int r = 0; r < rows; r++) {
                        if (add) {
                            FLOATW before[2];
                            load_tile_row(before, valid, tile_c);
                            tile[r][0] += before[0];
                            tile[r][1] += before[1];
                        }
                        store_tile(tile + r, 1, valid, tile_c, 0, b, own_c, 0, EPILOGUE_NONE,
                                   options);
                        tile_c += c_stride;
                    }
                }
                panel += count * COLUMNS;
            }
        }
    }
}

/* The sum of W columns over the parts, the first of which `from` points at. */
FLOATW sum_over_parts(global const float *from, const int parts, const int part_floats,
                      const int valid)
{
    FLOATW sum[4];
    for (int i = 0; i < 4; i++) {
        sum[i] = 0.0f;
    }
    for (int part = 0; part < parts; part += 4) {
        for (int i = 0; i < 4; i++) {
            if (part + i < parts) {
                sum[i] += load_columns(from, valid);
                from += part_floats;
            }
        }
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/*
 * C (m,n) = epilogue(sum of the parts, plus C with OPTION_ADD). With OPTION_SUMS, the last row of
 * each part goes to `sums`.
 *
 * The columns of group member g stand g n further on in a part; row i of a line of its patch stands
 * g shift further down.
 */
kernel void sum_parts(global const float *from, const int parts, const int part_floats,
                      const struct layout layout, global float *sums, const ulong sums_offset,
                      global float *c, const ulong c_offset, const int c_stride,
                      global const float *bias, const ulong bias_offset, global float *slope,
                      const ulong slope_offset, const int slope_stride, const int m, const int n,
                      const int kind, const int options)
{
    const int row = get_global_id(0);
    const int own_run = layout.run - (layout.group - 1) * layout.shift;
    const int last = layout.kernel_height * layout.run;
    const int first = row == m ? last : row / own_run * layout.run + row % own_run;
    const int down = row == m ? 0 : layout.shift;
    for (int column = 0; column < n; column += W) {
        const int valid = n - column;
        FLOATW all = 0.0f;
        for (int g = 0; g < layout.group; g++) {
            const int at = ((first + g * down) * layout.group + g) * n + column;
            all += sum_over_parts(from + at, parts, part_floats, valid);
        }
        if (row == m) {
            store_columns(all, sums + sums_offset + column, valid);
        } else {
            global float *to = c + c_offset + (ulong)row * c_stride + column;
            if (options & OPTION_ADD) {
                all += load_columns(to, valid);
            }
            apply_epilogue(all, load_bias(bias + bias_offset + column, valid, kind), to,
                           slope + slope_offset + (ulong)row * slope_stride + column, valid, kind,
                           options);
        }
    }
}
