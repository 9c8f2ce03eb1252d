/*
 * Products in which A, or its transpose, is the matrix of patches of images: like panel.cl, with
 * regions of the images in local memory (region.cl) instead of A.
 *
 * W and ROWS: see tile.cl; f, kind and options: see store.cl. REGION_FLOATS, PANEL_FLOATS:
 * capacity of the local buffers for a region and for panels of B. BLOCK: maximum patches per block.
 * LINE: maximum patches per call of fill_line(). Piece and region: see region.cl.
 *
 * One work-item per work-group. Each element of C in patches_direct is one chain of k
 * multiply-adds, in order, as in panel.cl. In patches_transposed, k runs over all pixels of all
 * images; there an element is summed within a block, then over a part's blocks, then over the
 * parts. How these are divided depends only on sizes.
 */
#include "gemm/pack.cl"
#include "gemm/region.cl"
#include "gemm/store_tile.cl"

/* The sums of `rows` patches: one piece times a panel. */
void multiply_patches(FLOATW tile[ROWS][2], const int resume, local const float *region,
                      local const int *place, const int rows, const int pitch,
                      const struct piece *piece, local const float *panel, const int valid)
{
    FLOATW sum[ROWS][2];
    local const float *patch[ROWS];
    EACH_ROW(CLEAR)
    if (resume) {
        EACH_ROW(RESUME)
    }
#define POINT(r) patch[r] = region + place[min(r, rows - 1)];
    EACH_ROW(POINT)
#undef POINT
#define ELEMENT(r) patch[r][i]
#define NEXT_ROW(r) patch[r] += pitch;
    for (int u = 0; u < piece->rows; u++) {
        if (valid > W) {
            for (int i = 0; i < piece->length; i++) {
                STEP(panel)
                panel += COLUMNS;
            }
        } else {
            for (int i = 0; i < piece->length; i++) {
                STEP_LEFT(panel)
                panel += COLUMNS;
            }
        }
        EACH_ROW(NEXT_ROW)
    }
#undef NEXT_ROW
#undef ELEMENT
    EACH_ROW(KEEP)
}

#define LINE_FLOATS (LINE * COLUMNS + COLUMNS)

/* f(z) if `kind` is EPILOGUE_ACTIVATE, else z. The bias is already added. */
FLOATW line_value(FLOATW z, FLOATW *slope, const int kind)
{
    *slope = 1.0f;
    return kind == EPILOGUE_ACTIVATE ? elementwise(z, slope) : z;
}

/* apply_epilogue() for `count` contiguous numbers of C and slope. Reads past the line's end. */
void finish_line(const float *line, const int count, global float *c, global float *slope,
                 const int kind, const int options)
{
    for (int i = 0; i < count; i += W) {
        const int valid = count - i;
        FLOATW s;
        FLOATW z = line_value(LOAD(0, line + i), &s, kind);
        if (kind == EPILOGUE_SCALE) {
            z *= load_columns(slope + i, valid);
        } else if (options & OPTION_SLOPE) {
            store_columns(s, slope + i, valid);
        }
        store_columns(z, c + i, valid);
    }
}

/* The sums of `count` patches, n each and no more than a panel has columns, side by side. */
void fill_line(float *line, local const float *region, local const int *place, const int count,
               const int pitch, const struct piece *piece, local const float *panel,
               const FLOATW bias[2], const int n)
{
    for (int row = 0; row < count; row += ROWS) {
        const int rows = min(ROWS, count - row);
        FLOATW tile[ROWS][2];
        multiply_patches(tile, 0, region, place + row, rows, pitch, piece, panel, n);
        /* Columns beyond n are overwritten by the next row */
        for (int r = 0; r < rows; r++) {
            STORE(tile[r][0] + bias[0], 0, line);
            if (n > W) {
                STORE(tile[r][1] + bias[1], 1, line);
            }
            line += n;
        }
    }
}

/* Computes C for the patches of a block. Patches that are neighbours in a row are adjacent in C, so
 * their results are stored together. */
void make_lines(local const float *region, local const int *place, local const int *pixel,
                const int count, const int pitch, const struct piece *piece,
                local const float *panel, const FLOATW bias[2], global float *c,
                global float *slope, const int n, const int kind, const int options)
{
    float line[LINE_FLOATS];
    for (int first = 0; first < count; first += LINE) {
        const int end = min(first + LINE, count);
        fill_line(line, region, place + first, end - first, pitch, piece, panel, bias, n);
        for (int begin = first; begin < end;) {
            int stop = begin + 1;
            while (stop < end && pixel[stop] == pixel[stop - 1] + 1) {
                stop++;
            }
            const ulong at = (ulong)pixel[begin] * n;
            finish_line(line + (begin - first) * n, (stop - begin) * n, c + at, slope + at, kind,
                        options);
            begin = stop;
        }
    }
}

/* Replaces z by f(z), and stores the slope. */
void activate_line(float *line, const int count, global float *slope, const int kind,
                   const int options)
{
    for (int i = 0; i < count; i += W) {
        FLOATW s;
        STORE(line_value(LOAD(0, line + i), &s, kind), 0, line + i);
        if (options & OPTION_SLOPE) {
            store_columns(s, slope + i, count - i);
        }
    }
}

/* Means of 2 x 2 neighbours of two lines, `pairs` times n numbers, summed as cl/nn/resample.cl
 * does. */
void pool_lines(const float *above, const float *below, const int pairs, const int n,
                global float *c)
{
    for (int pair = 0; pair < pairs; pair++) {
        int j = 0;
        for (; j + 4 <= n; j += 4) {
            const float4 left = vload4(0, above + j) + vload4(0, below + j);
            const float4 right = vload4(0, above + j + n) + vload4(0, below + j + n);
            vstore4(0.25f * (left + right), 0, c + j);
        }
        for (; j < n; j++) {
            c[j] = 0.25f * ((above[j] + below[j]) + (above[j + n] + below[j + n]));
        }
        above += 2 * n;
        below += 2 * n;
        c += n;
    }
}

/* Like make_lines(), for blocks of pairs of whole rows, no longer than a line: C receives means of
 * 2 x 2 patches. */
void make_pooled(local const float *region, local const int *place, local const int *pixel,
                 const int count, const int columns, const int pitch, const struct piece *piece,
                 local const float *panel, const FLOATW bias[2], global float *c,
                 global float *slope, const int n, const int kind, const int options)
{
    float lines[2][LINE_FLOATS];
    for (int first = 0; first < count; first += 2 * columns) {
        for (int side = 0; side < 2; side++) {
            const int row = first + side * columns;
            fill_line(lines[side], region, place + row, columns, pitch, piece, panel, bias, n);
            activate_line(lines[side], columns * n, slope + (ulong)pixel[row] * n, kind, options);
        }
        const int pair = pixel[first] / (2 * columns); /* of rows, in all images */
        pool_lines(lines[0], lines[1], columns / 2, n, c + (ulong)pair * (columns / 2 * n));
    }
}

kernel void patches_direct(global const float *a, const ulong a_offset, const struct layout layout,
                           global const float *b, const ulong b_offset, const int b_stride,
                           global float *c, const ulong c_offset, const int c_stride,
                           global const float *bias, const ulong bias_offset, global float *slope,
                           const ulong slope_offset, const int slope_stride, const int n,
                           const int blocks, const int own_blocks, const int panels,
                           const int pieces, const int kind, const int options)
{
    local float region[REGION_FLOATS];
    local float packed[PANEL_FLOATS];
    local int place[BLOCK];
    local int pixel[BLOCK];
    const int id = get_global_id(0);
    const int across = (n + panels * COLUMNS - 1) / (panels * COLUMNS);
    const int first_block = id / across * own_blocks;
    const int end_block = min(first_block + own_blocks, blocks);
    const int first_column = id % across * panels * COLUMNS;
    const int end_column = min(first_column + panels * COLUMNS, n);
    const int lines = (options & OPTION_LINES) != 0 && pieces == 1 && n <= COLUMNS;
    for (int number = 0; number < pieces; number++) {
        const struct piece piece = find_piece(&layout, number);
        const int steps = piece.rows * piece.length;
        const int together = PANEL_FLOATS / (steps * COLUMNS) * COLUMNS;
        for (int first = first_column; first < end_column; first += together) {
            const int end = min(first + together, end_column);
            if (options & OPTION_TRANSPOSED) {
                pack_lanes_local(packed, b + b_offset + (ulong)first * b_stride + piece.start,
                                 b_stride, steps, end - first, COLUMNS);
            } else {
                pack_steps_local(packed, b + b_offset + (ulong)piece.start * b_stride + first,
                                 b_stride, steps, end - first, COLUMNS);
            }
            for (int which = first_block; which < end_block; which++) {
                const struct block block = find_block(&layout, which);
                const int pitch = region_pitch(&layout, &piece, &block);
                const int count = list_patches(place, pixel, &layout, &piece, &block);
                pack_region(region, a + a_offset, &layout, &piece, &block);
                if (lines) {
                    FLOATW both[2];
                    load_tile_bias(both, bias + bias_offset, n, kind);
                    if (options & OPTION_POOLED) {
                        make_pooled(region, place, pixel, count, layout.columns, pitch, &piece,
                                    packed, both, c + c_offset, slope + slope_offset, n, kind,
                                    options);
                    } else {
                        make_lines(region, place, pixel, count, pitch, &piece, packed, both,
                                   c + c_offset, slope + slope_offset, n, kind, options);
                    }
                    continue;
                }
                for (int row = 0; row < count; row += ROWS) {
                    const int rows = min(ROWS, count - row);
                    local const float *panel = packed;
                    for (int column = first; column < end; column += COLUMNS) {
                        const int valid = min(COLUMNS, end - column);
                        const int resume = number > 0 || (options & OPTION_ADD);
                        global float *tile_c = c + c_offset + column;
                        global float *tile_slope = slope + slope_offset + column;
                        FLOATW tile[ROWS][2];
                        if (resume) {
#pragma unroll 1
                            for (int r = 0; r < ROWS; r++) {
                                const int at = pixel[row + min(r, rows - 1)];
                                load_tile_row(tile[r], valid, tile_c + (ulong)at * c_stride);
                            }
                        }
                        multiply_patches(tile, resume, region, place + row, rows, pitch, &piece,
                                         panel, valid);
                        const int last_kind = number + 1 == pieces ? kind : EPILOGUE_NONE;
                        FLOATW both[2];
                        load_tile_bias(both, bias + bias_offset + column, valid, last_kind);
#pragma unroll 1
                        for (int r = 0; r < rows; r++) {
                            const ulong at = pixel[row + r];
                            global float *row_c = tile_c + at * c_stride;
                            global float *row_slope = tile_slope + at * slope_stride;
                            if (valid >= COLUMNS) {
                                store_whole_tile(tile + r, 1, both, row_c, 0, row_slope, 0,
                                                 last_kind, options);
                            } else {
                                store_part_row(tile[r], valid, both, row_c, row_slope, last_kind,
                                               options);
                            }
                        }
                        panel += steps * COLUMNS;
                    }
                }
            }
        }
    }
}

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

/* Panels of the rows of op(B) that belong to a block's patches. */
void pack_rows(local float *to, global const float *b, const int stride, local const int *row,
               const int steps, const int lanes, const int transposed)
{
    for (int lane = 0; lane < lanes; lane += COLUMNS) {
        const int valid = min(COLUMNS, lanes - lane);
        for (int step = 0; step < steps; step++) {
            if (transposed) {
                for (int i = 0; i < COLUMNS; i++) {
                    to[i] = b[(ulong)(lane + min(i, valid - 1)) * stride + row[step]];
                }
            } else {
                copy_lanes_local(to, b + (ulong)row[step] * stride + lane, COLUMNS, valid);
            }
            to += COLUMNS;
        }
    }
}

/* Adds the column sums of a panel to `sums`, or stores them there if `fresh`. */
void sum_panel(local const float *panel, const int steps, global float *sums, const int valid,
               const int fresh)
{
    FLOATW sum[4][2];
    for (int i = 0; i < 4; i++) {
        sum[i][0] = 0.0f;
        sum[i][1] = 0.0f;
    }
    int i = 0;
    for (; i + 4 <= steps; i += 4) {
        for (int j = 0; j < 4; j++) {
            sum[j][0] += LOAD(0, panel);
            sum[j][1] += LOAD(1, panel);
            panel += COLUMNS;
        }
    }
    for (; i < steps; i++) {
        sum[0][0] += LOAD(0, panel);
        sum[0][1] += LOAD(1, panel);
        panel += COLUMNS;
    }
    for (int side = 0; side < 2; side++) {
        const int left = valid - side * W;
        if (left > 0) {
            FLOATW all = (sum[0][side] + sum[1][side]) + (sum[2][side] + sum[3][side]);
            if (!fresh) {
                all += load_columns(sums + side * W, left);
            }
            store_columns(all, sums + side * W, left);
        }
    }
}

/* One work-item handles one piece and one part, a range of blocks. Its results, and the column sums
 * of B, go to a slice of its own; slices are `part_floats` apart. */
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

/* C (m,n) = epilogue(sum of the parts, plus C with OPTION_ADD). With OPTION_SUMS, row m of each
 * part goes to `sums`. One work-item per row. */
kernel void sum_parts(global const float *from, const int parts, const int part_floats,
                      global float *sums, const ulong sums_offset, global float *c,
                      const ulong c_offset, const int c_stride, global const float *bias,
                      const ulong bias_offset, global float *slope, const ulong slope_offset,
                      const int slope_stride, const int m, const int n, const int kind,
                      const int options)
{
    const int row = get_global_id(0);
    for (int column = 0; column < n; column += W) {
        const int valid = n - column;
        global const float *at = from + (ulong)row * n + column;
        FLOATW sum[4];
        for (int i = 0; i < 4; i++) {
            sum[i] = 0.0f;
        }
        for (int part = 0; part < parts; part += 4) {
            for (int i = 0; i < 4; i++) {
                if (part + i < parts) {
                    sum[i] += load_columns(at, valid);
                    at += part_floats;
                }
            }
        }
        FLOATW all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
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
