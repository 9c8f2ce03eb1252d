/*
 * C = op(A) op(B), or C += op(A) op(B) with `add`, for devices that vectorise across work-items. A
 * work-item computes 8 rows of two columns that are GROUP apart; neighbouring work-items compute
 * neighbouring columns. The whole group reads the same numbers of U, and contiguous numbers of V if
 * v_column is 1.
 *
 *     P(i, j) = sum over l of U(i, l) V(l, j),   i < rows, j < columns, l < deep
 *
 * U is A and V is B, or U is the transpose of B and V that of A, whichever leaves fewer work-items
 * idle; the host selects this by strides. U is packed in groups of 8 rows, whose numbers for one l
 * are contiguous: u_deep is the stride of l, u_panel that of groups. pack_tiles() packs matrices
 * with another layout. Each number is one sum in the order of l, so its bits depend neither on this
 * choice nor on the number of rows. Launched as (columns / 2, rows / 8, batch) in groups of (GROUP,
 * 1, 1); u_batch, v_batch and p_batch are the strides of a batch.
 *
 * Beyond the edge the last column is read again, and the result is not stored. Avoids fma(), which
 * some drivers emulate.
 */

/* Adds the products for one l and advances to the next. */
#define ADD_PRODUCTS                                                                               \
    {                                                                                              \
        const float8 left = vload8(0, u);                                                          \
        sum0 += left * v[0];                                                                       \
        sum1 += left * v[other];                                                                   \
        u += u_deep;                                                                               \
        v += v_deep;                                                                               \
    }

/* Stores row i of the two columns. */
#define STORE_ROW(i)                                                                               \
    if (first + i < rows) {                                                                        \
        if (j < columns) {                                                                         \
            to[i * p_row] = add ? sum0.s##i + to[i * p_row] : sum0.s##i;                           \
        }                                                                                          \
        if (j + GROUP < columns) {                                                                 \
            global float *at = to + i * p_row + GROUP * p_column;                                  \
            *at = add ? sum1.s##i + *at : sum1.s##i;                                               \
        }                                                                                          \
    }

kernel void multiply_tiles(global const float *u, const ulong u_offset, const int u_panel,
                           const int u_deep, const int u_batch, global const float *v,
                           const ulong v_offset, const int v_deep, const int v_column,
                           const int v_batch, global float *p, const ulong p_offset,
                           const int p_row, const int p_column, const int p_batch, const int rows,
                           const int columns, const int deep, const int add)
{
    const int j = get_group_id(0) * 2 * GROUP + get_local_id(0);
    const int first = get_group_id(1) * 8;
    const int batch = get_group_id(2);
    const int column = min(j, columns - 1);
    const int other = (min(j + GROUP, columns - 1) - column) * v_column;
    u += u_offset + batch * u_batch + get_group_id(1) * u_panel;
    v += v_offset + batch * v_batch + column * v_column;
    float8 sum0 = 0.0f;
    float8 sum1 = 0.0f;
    int l = 0;
    for (; l + 4 <= deep; l += 4) {
        ADD_PRODUCTS
        ADD_PRODUCTS
        ADD_PRODUCTS
        ADD_PRODUCTS
    }
    for (; l < deep; l++) {
        ADD_PRODUCTS
    }
    global float *to = p + p_offset + batch * p_batch + first * p_row + j * p_column;
    STORE_ROW(0)
    STORE_ROW(1)
    STORE_ROW(2)
    STORE_ROW(3)
    STORE_ROW(4)
    STORE_ROW(5)
    STORE_ROW(6)
    STORE_ROW(7)
}

/*
 * Packs a batch of U (rows, deep) into panels (batch, rows / 8, deep, 8), with zeros below the last
 * row. One work-item per number, launched as (8 deep, rows / 8, batch).
 */
kernel void pack_tiles(global const float *from, const ulong offset, const int from_row,
                       const int from_deep, const int from_batch, global float *to,
                       const int rows, const int deep)
{
    const int id = get_global_id(0);
    const int panel = get_global_id(1);
    const int batch = get_global_id(2);
    const int row = panel * 8 + id % 8;
    const int l = id / 8;
    if (l < deep) {
        float value = 0.0f;
        if (row < rows) {
            value = from[offset + batch * from_batch + row * from_row + l * from_deep];
        }
        to[((batch * ((rows + 7) / 8) + panel) * deep + l) * 8 + id % 8] = value;
    }
}
