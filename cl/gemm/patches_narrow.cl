/*
 * Products of patches of images with a matrix of at most NARROW columns: vectors run along
 * neighbouring patches, so that no lane is empty. Otherwise like patches_direct, with bitwise the
 * same results.
 *
 * LOCAL_FLOATS, REGION_FLOATS: sizes of local memory and of a block's region in it, which is stored
 * channel by channel.
 */
#include "gemm/region.cl"
#include "gemm/tile.cl"

#define LANES         (3 * W)
#define PACKED_FLOATS (LOCAL_FLOATS - 2 * REGION_FLOATS - LANES)

/* planes[channel * count + pixel] from region[pixel * channels + channel] */
void split_channels(local float *planes, local const float *region, const int count,
                    const int channels)
{
    int pixel = 0;
    for (; pixel + 4 <= count; pixel += 4) {
        int channel = 0;
        for (; channel + 4 <= channels; channel += 4) {
            local const float *from = region + pixel * channels + channel;
            local float *to = planes + channel * count + pixel;
            const float4 a = vload4(0, from);
            const float4 b = vload4(0, from + channels);
            const float4 c = vload4(0, from + 2 * channels);
            const float4 d = vload4(0, from + 3 * channels);
            vstore4((float4)(a.s0, b.s0, c.s0, d.s0), 0, to);
            vstore4((float4)(a.s1, b.s1, c.s1, d.s1), 0, to + count);
            vstore4((float4)(a.s2, b.s2, c.s2, d.s2), 0, to + 2 * count);
            vstore4((float4)(a.s3, b.s3, c.s3, d.s3), 0, to + 3 * count);
        }
        for (; channel < channels; channel++) {
            for (int i = 0; i < 4; i++) {
                planes[channel * count + pixel + i] = region[(pixel + i) * channels + channel];
            }
        }
    }
    for (; pixel < count; pixel++) {
        for (int channel = 0; channel < channels; channel++) {
            planes[channel * count + pixel] = region[pixel * channels + channel];
        }
    }
}

/* Packs op(B) in rows of NARROW; missing columns are 0. */
void pack_narrow(local float *to, global const float *b, const int stride, const int k, const int n,
                 const int transposed)
{
    for (int i = 0; i < k; i++) {
        for (int j = 0; j < NARROW; j++) {
            to[i * NARROW + j] = 0.0f;
            if (j < n) {
                to[i * NARROW + j] = b[transposed ? (ulong)j * stride + i : (ulong)i * stride + j];
            }
        }
    }
}

/* Adds the products of the patches of LANES neighbouring pixels, the first of which is in
 * `planes`. */
void multiply_planes(float tile[NARROW][LANES], local const float *planes, const int count,
                     const int width, const int channels, const struct piece *piece,
                     local const float *packed)
{
    FLOATW sum[NARROW][3];
#define START(j)                                                                                   \
    sum[j][0] = LOAD(0, tile[j]);                                                                  \
    sum[j][1] = LOAD(1, tile[j]);                                                                  \
    sum[j][2] = LOAD(2, tile[j]);
    EACH_NARROW(START)
#undef START
    const int across = piece->length / channels;
    for (int u = 0; u < piece->rows; u++) {
        for (int v = 0; v < across; v++) {
            local const float *from = planes + u * width + v;
            for (int channel = 0; channel < channels; channel++) {
                NARROW_STEP(packed, from)
                packed += NARROW;
                from += count;
            }
        }
    }
    EACH_NARROW(NARROW_KEEP)
}

/* Rows of C for the lanes' patches, or -1. `at` counts the region's pixels. */
void find_pixels(int pixel[LANES], const struct layout *layout, const struct block *block,
                 const int region_rows, const int width, const int at)
{
    int x = at % width;
    int y = at / width % region_rows;
    int image = at / width / region_rows;
    int start = 0;
    int end = 0; // columns of this row that have patches
    for (int lane = 0; lane < LANES; lane++) {
        if (lane == 0 || x == 0) {
            const int row = (block->image + image) * layout->pixel_height + layout->pixel_top +
                            (block->y + y) * layout->pixel_step;
            start = row * layout->pixel_width + layout->pixel_left + block->x * layout->pixel_step;
            end = y < block->rows && image < block->images ? block->columns : 0;
        }
        pixel[lane] = x < end ? start + x * layout->pixel_step : -1;
        x++;
        if (x == width) {
            x = 0;
            y++;
            if (y == region_rows) {
                y = 0;
                image++;
            }
        }
    }
}

kernel void patches_narrow(global const float *a, const ulong a_offset, const struct layout layout,
                           global const float *b, const ulong b_offset, const int b_stride,
                           global float *c, const ulong c_offset, const int c_stride,
                           global const float *bias, const ulong bias_offset, global float *slope,
                           const ulong slope_offset, const int slope_stride, const int n,
                           const int blocks, const int own_blocks, const int kind,
                           const int options)
{
    local float region[REGION_FLOATS];
    local float planes[REGION_FLOATS + LANES]; // padded for reads past the end
    local float packed[PACKED_FLOATS];
    const int first_block = get_global_id(0) * own_blocks;
    const int end_block = min(first_block + own_blocks, blocks);
    const int channels = layout.step;
    const struct piece piece = find_piece(&layout, 0);
    pack_narrow(packed, b + b_offset, b_stride, piece.rows * piece.length, n,
                options & OPTION_TRANSPOSED);
    for (int which = first_block; which < end_block; which++) {
        const struct block block = find_block(&layout, which);
        const int width = region_pitch(&layout, &piece, &block) / channels;
        const int region_rows = block.rows - 1 + piece.rows;
        const int count = block.images * region_rows * width;
        const int end = ((block.images - 1) * region_rows + block.rows - 1) * width + block.columns;
        pack_region(region, a + a_offset, &layout, &piece, &block);
        split_channels(planes, region, count, channels);
        for (int at = 0; at < end; at += LANES) {
            float tile[NARROW][LANES];
            float slopes[NARROW][LANES];
            int pixel[LANES];
            find_pixels(pixel, &layout, &block, region_rows, width, at);
            for (int j = 0; j < NARROW; j++) {
                for (int i = 0; i < 3; i++) {
                    STORE((FLOATW)(0.0f), i, tile[j]);
                }
            }
            if (options & OPTION_ADD) {
                for (int lane = 0; lane < LANES; lane++) {
                    for (int j = 0; j < n && pixel[lane] >= 0; j++) {
                        tile[j][lane] = c[c_offset + (ulong)pixel[lane] * c_stride + j];
                    }
                }
            }
            multiply_planes(tile, planes + at, count, width, channels, &piece, packed);
            if (kind == EPILOGUE_BIAS || kind == EPILOGUE_ACTIVATE) {
                for (int j = 0; j < n; j++) {
                    for (int i = 0; i < 3; i++) {
                        FLOATW s = 1.0f;
                        FLOATW z = LOAD(i, tile[j]) + bias[bias_offset + j];
                        if (kind == EPILOGUE_ACTIVATE) {
                            z = elementwise(z, &s);
                        }
                        STORE(z, i, tile[j]);
                        STORE(s, i, slopes[j]);
                    }
                }
            }
            for (int lane = 0; lane < LANES; lane++) {
                if (pixel[lane] >= 0) {
                    global float *to = c + c_offset + (ulong)pixel[lane] * c_stride;
                    global float *by = slope + slope_offset + (ulong)pixel[lane] * slope_stride;
                    for (int j = 0; j < n; j++) {
                        to[j] = kind == EPILOGUE_SCALE ? tile[j][lane] * by[j] : tile[j][lane];
                        if (kind != EPILOGUE_SCALE && (options & OPTION_SLOPE)) {
                            by[j] = slopes[j][lane];
                        }
                    }
                }
            }
        }
    }
}
