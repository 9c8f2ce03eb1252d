/*
 * C = op(A) op(B), or added to C with `add`, for devices that vectorise across work-items: a
 * work-item computes ROWS numbers of a column, neighbouring work-items neighbouring columns. The
 * whole group reads the same numbers of U, and neighbouring numbers of V if v_column is 1.
 *
 *     P(i, j) = sum over l of U(i, l) V(l, j),   i < rows, j < columns, l < deep
 *
 * The host passes A as U and B as V, or their transposes exchanged, whichever leaves fewer
 * work-items idle; strides select this. Each number is one sum in the order of l, so neither this
 * choice nor other rows change its bits. Launched as (columns, rows / ROWS, batch) in groups of
 * (LB_GROUP, 1, 1); products of a batch are u_batch, v_batch and p_batch numbers apart.
 *
 * Beyond the edge the last row or column is read again, and the result is not stored.
 */
kernel void multiply_tiles(global const float *u, const ulong u_offset, const int u_row,
                           const int u_deep, const int u_batch, global const float *v,
                           const ulong v_offset, const int v_deep, const int v_column,
                           const int v_batch, global float *p, const ulong p_offset,
                           const int p_row, const int p_column, const int p_batch, const int rows,
                           const int columns, const int deep, const int add)
{
    const int j = get_global_id(0);
    const int first = get_group_id(1) * ROWS;
    const int batch = get_group_id(2);
    global const float *right = v + v_offset + batch * v_batch + min(j, columns - 1) * v_column;
    global const float *left = u + u_offset + batch * u_batch;
    int row[ROWS];
    float sum[ROWS];
#pragma unroll
    for (int i = 0; i < ROWS; i++) {
        row[i] = min(first + i, rows - 1) * u_row;
        sum[i] = 0.0f;
    }
    for (int l = 0; l < deep; l++) {
        const float value = right[l * v_deep];
#pragma unroll
        for (int i = 0; i < ROWS; i++) {
            sum[i] += left[row[i] + l * u_deep] * value; // some drivers emulate fma()
        }
    }
    if (j < columns) {
        global float *to = p + p_offset + batch * p_batch + j * p_column;
#pragma unroll
        for (int i = 0; i < ROWS; i++) {
            if (first + i < rows) {
                const int place = (first + i) * p_row;
                to[place] = add ? sum[i] + to[place] : sum[i];
            }
        }
    }
}
