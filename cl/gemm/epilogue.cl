/*
 * C = epilogue(Z) for rows of a product by another library, or C = Z + C with OPTION_ADD: one
 * work-item per W columns of a row. Row i of Z (m,n) is row `first` + i of C, at that row's
 * position, or with columns > 0 at a pixel: `columns` pixels `step` apart, `rows` such rows
 * `row_step` apart, images `image_step` apart, in rows of C. The slope has the layout of C. For the
 * prelude see store.cl.
 */
#include "gemm/store.cl"

kernel void epilogue(global const float *z, const ulong z_offset, const int z_stride,
                     global float *c, const ulong c_offset, const int c_stride,
                     global const float *bias, const ulong bias_offset, global float *slope,
                     const ulong slope_offset, const int slope_stride, const int m, const int n,
                     const int kind, const int options, const int first, const int rows,
                     const int columns, const int image_step, const int row_step, const int step)
{
    const int id = get_global_id(0);
    const int pieces = (n + W - 1) / W;
    const int i = id / pieces;
    const int j = (id % pieces) * W;
    if (i < m) {
        ulong place = first + i;
        if (columns > 0) {
            const int x = (first + i) % columns;
            const int y = (first + i) / columns % rows;
            const int image = (first + i) / columns / rows;
            place = image * image_step + y * row_step + x * step;
        }
        global float *piece = c + c_offset + place * c_stride + j;
        FLOATW value = load_columns(z + z_offset + (ulong)i * z_stride + j, n - j);
        if (options & OPTION_ADD) {
            value += load_columns(piece, n - j);
        }
        apply_epilogue(value, load_bias(bias + bias_offset + j, n - j, kind), piece,
                       slope + slope_offset + place * slope_stride + j, n - j, kind, options);
    }
}
