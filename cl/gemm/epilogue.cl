/*
 * C (m,n) = epilogue(C) after a product by another library: one work-item per W columns of a row.
 * W and ACTIVATION: see store.cl.
 */
#include "gemm/store.cl"

kernel void epilogue(global float *c, const ulong c_offset, const int c_stride,
                     global const float *bias, const ulong bias_offset, global float *slope,
                     const ulong slope_offset, const int slope_stride, const int m, const int n,
                     const int kind, const int options)
{
    const int id = get_global_id(0);
    const int pieces = (n + W - 1) / W;
    const int i = id / pieces;
    const int j = (id % pieces) * W;
    if (i < m) {
        global float *piece = c + c_offset + (ulong)i * c_stride + j;
        finish(load_columns(piece, n - j), load_bias(bias + bias_offset + j, n - j, kind), piece,
               slope + slope_offset + (ulong)i * slope_stride + j, n - j, kind, options);
    }
}
