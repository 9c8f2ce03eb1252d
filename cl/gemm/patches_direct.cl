/*
 * C (m,n) = epilogue(P op(B)), P (m,k) the patches of images; see patches.cl for sizes and groups.
 *
 * Each number of C is one chain of k multiply-adds, in order, as in panel.cl.
 *
 * Launch: one work-item per work-group. Work-items side by side share the patches and divide the
 * columns: each has `panels` panels of COLUMNS, and `own_blocks` blocks of patches. Blocking, from
 * the outside in:
 *
 *     piece    of the patches, at most PANEL_FLOATS / COLUMNS numbers: rarely more than one
 *     panels   of B for this piece, as many as fit, packed into local memory once
 *     block    of patches, whose region of the images is copied into local memory
 *     tile     of ROWS patches x 2W columns, whose sums are in registers
 *
 * C with contiguous rows of one panel (OPTION_LINES) is completed in lines of patches instead, so
 * that the epilogue works on whole vectors however few columns there are.
 */
#include "gemm/pack.cl"
#include "gemm/region.cl"
#include "gemm/store_tile.cl"

/* Where results go. Strides are floats between patches; n, columns of a group. */
struct target {
    global float *c;
    int c_stride;
    global float *slope;
    int slope_stride;
    global const float *bias;
    int n;
    int kind;
    int options;
};

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

/* ---- whole lines ----------------------------------------------------------------------------- */

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

/* The sums of `count` patches and their bias, n each and no more than a panel has columns, side by
 * side. */
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
                local const float *panel, const FLOATW bias[2], const struct target *to)
{
    const int n = to->n;
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
            finish_line(line + (begin - first) * n, (stop - begin) * n, to->c + at, to->slope + at,
                        to->kind, to->options);
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

/* Like make_lines(), for blocks of pairs of whole rows of `columns` patches, no longer than a line:
 * C receives means of 2 x 2 patches. */
void make_pooled(local const float *region, local const int *place, local const int *pixel,
                 const int count, const struct layout *layout, const int pitch,
                 const struct piece *piece, local const float *panel, const FLOATW bias[2],
                 const struct target *to)
{
    const int n = to->n;
    const int columns = layout->columns;
    const int pairs = columns * layout->group / 2;
    const int own_n = n / layout->group;
    float lines[2][LINE_FLOATS];
    for (int first = 0; first < count; first += 2 * columns) {
        for (int side = 0; side < 2; side++) {
            const int row = first + side * columns;
            fill_line(lines[side], region, place + row, columns, pitch, piece, panel, bias, n);
            activate_line(lines[side], columns * n, to->slope + (ulong)pixel[row] * n, to->kind,
                          to->options);
        }
        const int above = pixel[first] / (2 * columns); /* pairs of rows, in all images */
        pool_lines(lines[0], lines[1], pairs, own_n, to->c + (ulong)above * (pairs * own_n));
    }
}

/* ---- tile by tile ---------------------------------------------------------------------------- */

/* One tile of C, starting from stored sums if `resume`. c and slope point at its first column;
 * pixel lists its `rows` rows. */
void make_tile(local const float *region, local const int *place, local const int *pixel,
               const int rows, const int pitch, const struct piece *piece,
               local const float *panel, const int column, const int valid, const int resume,
               const int kind, const struct target *to)
{
    global float *c = to->c + column;
    global float *slope = to->slope + column;
    FLOATW tile[ROWS][2];
    FLOATW both[2];
    if (resume) {
#pragma unroll 1
        for (int r = 0; r < ROWS; r++) {
            load_tile_row(tile[r], valid, c + (ulong)pixel[min(r, rows - 1)] * to->c_stride);
        }
    }
    multiply_patches(tile, resume, region, place, rows, pitch, piece, panel, valid);
    load_tile_bias(both, to->bias + column, valid, kind);
#pragma unroll 1
    for (int r = 0; r < rows; r++) {
        const ulong at = pixel[r];
        if (valid >= COLUMNS) {
            store_whole_tile(tile + r, 1, both, c + at * to->c_stride, 0,
                             slope + at * to->slope_stride, 0, kind, to->options);
        } else {
            store_part_row(tile[r], valid, both, c + at * to->c_stride,
                           slope + at * to->slope_stride, kind, to->options);
        }
    }
}

/* ---- B --------------------------------------------------------------------------------------- */

/* Panels of a piece's rows of op(B) and of columns `first` to end - 1. */
void pack_panels(local float *packed, global const float *b, const int b_stride,
                 const struct piece *piece, const int first, const int end, const int transposed)
{
    const int steps = piece->rows * piece->length;
    if (transposed) {
        pack_lanes_local(packed, b + (ulong)first * b_stride + piece->start, b_stride, steps,
                         end - first, COLUMNS);
    } else {
        pack_steps_local(packed, b + (ulong)piece->start * b_stride + first, b_stride, steps,
                         end - first, COLUMNS);
    }
}

/* The panel of a group: for number i of its patch, group x own_n columns, those of member g from
 * row i - g shift of B, if it exists. Packs B itself behind it. */
void pack_group(local float *packed, global const float *b, const int b_stride,
                const struct layout *layout, const int own_n, const int transposed)
{
    const int own_run = layout->run - (layout->group - 1) * layout->shift;
    local float *own = packed + layout->kernel_height * layout->run * COLUMNS;
    const struct piece all = {0, layout->kernel_height, own_run, 0, 0};
    pack_panels(own, b, b_stride, &all, 0, own_n, transposed);
    for (int u = 0; u < layout->kernel_height; u++) {
        for (int i = 0; i < layout->run; i++) {
            for (int lane = 0; lane < W; lane++) {
                const int at = i - lane / own_n * layout->shift;
                const int exists = lane < layout->group * own_n && at >= 0 && at < own_run;
                packed[lane] = exists ? own[max(at, 0) * COLUMNS + lane % own_n] : 0.0f;
            }
            packed += COLUMNS;
        }
        own += own_run * COLUMNS;
    }
}

/* The bias of a line's columns: that of one patch, for each of a group. */
void load_line_bias(FLOATW both[2], const struct target *to, const int group)
{
    load_tile_bias(both, to->bias, to->n / group, to->kind);
    if (group > 1) {
        float own[W];
        float lane[W];
        STORE(both[0], 0, own);
        for (int i = 0; i < W; i++) {
            lane[i] = own[i % (to->n / group)];
        }
        both[0] = LOAD(0, lane);
    }
}

/* n: columns of a group. */
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
    const struct target to = {c + c_offset, c_stride, slope + slope_offset, slope_stride,
                              bias + bias_offset, n, kind, options};
    FLOATW line_bias[2];
    if (lines) {
        load_line_bias(line_bias, &to, layout.group);
    }
    for (int number = 0; number < pieces; number++) {
        const struct piece piece = find_piece(&layout, number);
        const int panel_floats = piece.rows * piece.length * COLUMNS;
        const int together = PANEL_FLOATS / panel_floats * COLUMNS;
        const int resume = number > 0 || (options & OPTION_ADD);
        const int piece_kind = number + 1 == pieces ? kind : EPILOGUE_NONE;
        for (int first = first_column; first < end_column; first += together) {
            const int end = min(first + together, end_column);
            if (layout.group > 1) {
                pack_group(packed, b + b_offset, b_stride, &layout, n / layout.group,
                           options & OPTION_TRANSPOSED);
            } else {
                pack_panels(packed, b + b_offset, b_stride, &piece, first, end,
                            options & OPTION_TRANSPOSED);
            }
            for (int which = first_block; which < end_block; which++) {
                const struct block block = find_block(&layout, which);
                const int pitch = region_pitch(&layout, &piece, &block);
                const int count = list_patches(place, pixel, &layout, &piece, &block);
                pack_region(region, a + a_offset, &layout, &piece, &block);
                if (lines && (options & OPTION_POOLED)) {
                    make_pooled(region, place, pixel, count, &layout, pitch, &piece, packed,
                                line_bias, &to);
                    continue;
                }
                if (lines) {
                    make_lines(region, place, pixel, count, pitch, &piece, packed, line_bias, &to);
                    continue;
                }
                /* All panels while a tile's patches are in the first-level cache */
                for (int row = 0; row < count; row += ROWS) {
                    local const float *panel = packed;
                    for (int column = first; column < end; column += COLUMNS) {
                        make_tile(region, place + row, pixel + row, min(ROWS, count - row), pitch,
                                  &piece, panel, column, min(COLUMNS, end - column), resume,
                                  piece_kind, &to);
                        panel += panel_floats;
                    }
                }
            }
        }
    }
}
