/*
 * C = epilogue(op(A) op(B)), or C += op(A) op(B) with OPTION_ADD, for devices that vectorise across
 * work-items. A work-item computes 8 rows of two neighbouring columns; neighbouring work-items
 * compute neighbouring columns.
 *
 *     P(i, j) = sum over l of U(i, l) V(l, j),   i < rows, j < columns, l < deep
 *
 * U is A and V is B, or U is the transpose of B and V that of A, whichever leaves fewer work-items
 * idle; the host selects this by strides, which the bias and the slope have, too. U is packed in
 * groups of 8 rows, whose numbers for one l are contiguous: u_deep is the stride of l, u_panel that
 * of groups. pack_tiles() packs matrices with another layout. Each number is one sum in the order
 * of l, so its bits depend neither on these choices nor on the number of rows. Launched as
 * (columns / 2, rows / 8, batch) in groups of (GROUP, 1, 1); u_batch, v_batch and p_batch are the
 * strides of a batch. For the epilogue and the first part of the prelude see store.cl, with W = 8;
 * then
 *
 *     #define KIND, OPTIONS   the epilogue. Not arguments: some drivers execute every branch
 *     #define LOADS           how to read V: LOADS_COLUMNS: two columns at once (v_column = 1, an
 *                             even number of columns), LOADS_DEEP: two l at once (v_deep = 1), or
 *                             LOADS_SINGLE
 *     #define ROWS_APART 1    if U is not packed, u_deep is 1 and u_panel 8 strides of a row; with
 *                             SHUFFLES only
 *     #define SHUFFLES 1      if all lanes should not load the same number: each loads two numbers
 *                             of U, and shuffles broadcast them. Needs at least 8 lanes; pairs may
 *                             be misaligned
 *
 * Beyond the edge the last columns are read again, and the result is not stored. Avoids fma(),
 * which some drivers emulate.
 */

/* A pair of neighbouring numbers, as one number of 8 bytes where this saves a gather. */
#if SHUFFLES
#define PAIR(p) as_float2(*(global const ulong *)(p))
#else
#define PAIR(p) vload2(0, p)
#endif

/* left0 and left1: U for two l. A lane loads them for its row if ROWS_APART, and else for two rows
 * one of them. */
#if SHUFFLES
#define FROM(lane) sub_group_shuffle(mine.s0, lane), sub_group_shuffle(mine.s1, lane)
#define FIRST(lane) sub_group_shuffle(mine.s0, lane)
#define SECOND(lane) sub_group_shuffle(mine.s1, lane)
#endif
#if SHUFFLES && ROWS_APART
#define LOAD_LEFT                                                                                  \
    const float2 mine = PAIR(u);                                                                   \
    const float8 left0 = (float8)(FIRST(0u), FIRST(1u), FIRST(2u), FIRST(3u),                      \
                                  FIRST(4u), FIRST(5u), FIRST(6u), FIRST(7u));                     \
    const float8 left1 = (float8)(SECOND(0u), SECOND(1u), SECOND(2u), SECOND(3u),                  \
                                  SECOND(4u), SECOND(5u), SECOND(6u), SECOND(7u));
#elif SHUFFLES
#define LOAD_LEFT                                                                                  \
    const float2 mine = PAIR(u);                                                                   \
    const float8 left0 = (float8)(FROM(0u), FROM(1u), FROM(2u), FROM(3u));                         \
    const float8 left1 = (float8)(FROM(4u), FROM(5u), FROM(6u), FROM(7u));
#else
#define LOAD_LEFT                                                                                  \
    const float8 left0 = vload8(0, u);                                                             \
    const float8 left1 = vload8(0, u + u_deep);
#endif

/* right0 and right1: V for two l and both columns. */
#if LOADS == LOADS_COLUMNS
#define LOAD_RIGHT                                                                                 \
    const float2 right0 = PAIR(v);                                                                 \
    const float2 right1 = PAIR(v + v_deep);
#elif LOADS == LOADS_DEEP
#define LOAD_RIGHT                                                                                 \
    const float2 near = PAIR(v);                                                                   \
    const float2 far = PAIR(v + other);                                                            \
    const float2 right0 = (float2)(near.s0, far.s0);                                               \
    const float2 right1 = (float2)(near.s1, far.s1);
#else
#define LOAD_RIGHT                                                                                 \
    const float2 right0 = (float2)(v[0], v[other]);                                                \
    const float2 right1 = (float2)(v[v_deep], v[v_deep + other]);
#endif

/* Adds the products for two l and advances. */
#define ADD_PRODUCTS                                                                               \
    {                                                                                              \
        LOAD_LEFT                                                                                  \
        LOAD_RIGHT                                                                                 \
        sum0 += left0 * right0.s0;                                                                 \
        sum1 += left0 * right0.s1;                                                                 \
        sum0 += left1 * right1.s0;                                                                 \
        sum1 += left1 * right1.s1;                                                                 \
        u += 2 * u_deep;                                                                           \
        v += 2 * v_deep;                                                                           \
    }

/* Row i of the work-item, or the last one of the matrix. */
#define LOAD_ROW(p, i, stride) p[min(i, left - 1) * stride]
#define LOAD_ROWS(p, stride)                                                                       \
    (float8)(LOAD_ROW(p, 0, stride), LOAD_ROW(p, 1, stride), LOAD_ROW(p, 2, stride),               \
             LOAD_ROW(p, 3, stride), LOAD_ROW(p, 4, stride), LOAD_ROW(p, 5, stride),               \
             LOAD_ROW(p, 6, stride), LOAD_ROW(p, 7, stride))

#define STORE_ROW(x, p, i, stride)                                                                 \
    if (i < left) {                                                                                \
        p[i * stride] = x.s##i;                                                                    \
    }
#define STORE_ROWS(x, p, stride)                                                                   \
    STORE_ROW(x, p, 0, stride)                                                                     \
    STORE_ROW(x, p, 1, stride)                                                                     \
    STORE_ROW(x, p, 2, stride)                                                                     \
    STORE_ROW(x, p, 3, stride)                                                                     \
    STORE_ROW(x, p, 4, stride)                                                                     \
    STORE_ROW(x, p, 5, stride)                                                                     \
    STORE_ROW(x, p, 6, stride)                                                                     \
    STORE_ROW(x, p, 7, stride)

/* The epilogue of a column, of which `left` rows exist. The pointers are those of the first row. */
#if OPTIONS & OPTION_SLOPE
#define STORE_SLOPE STORE_ROWS(s, slope_at, slope_row)
#else
#define STORE_SLOPE
#endif
#if OPTIONS & OPTION_ADD
#define FINISH z += LOAD_ROWS(to, p_row);
#elif KIND == EPILOGUE_BIAS
#define FINISH                                                                                     \
    z += LOAD_ROWS(bias_at, bias_row);                                                             \
    const float8 s = 1.0f;                                                                         \
    STORE_SLOPE
#elif KIND == EPILOGUE_ACTIVATE
#define FINISH                                                                                     \
    float8 s;                                                                                      \
    z = elementwise(z + LOAD_ROWS(bias_at, bias_row), &s);                                         \
    STORE_SLOPE
#elif KIND == EPILOGUE_SCALE
#define FINISH z *= LOAD_ROWS(slope_at, slope_row);
#else
#define FINISH
#endif
#define STORE_COLUMN(sum, which)                                                                   \
    if (j + which < columns) {                                                                     \
        float8 z = sum;                                                                            \
        global float *to = p + which * p_column;                                                   \
        global const float *bias_at = bias + which * bias_column;                                  \
        global float *slope_at = slope + which * slope_column;                                     \
        FINISH                                                                                     \
        STORE_ROWS(z, to, p_row)                                                                   \
    }

kernel void multiply_tiles(global const float *u, const ulong u_offset, const int u_panel,
                           const int u_deep, const int u_batch, global const float *v,
                           const ulong v_offset, const int v_deep, const int v_column,
                           const int v_batch, global float *p, const ulong p_offset,
                           const int p_row, const int p_column, const int p_batch,
                           global const float *bias, const ulong bias_offset, const int bias_row,
                           const int bias_column, global float *slope, const ulong slope_offset,
                           const int slope_row, const int slope_column, const int rows,
                           const int columns, const int deep)
{
    const int j = 2 * get_global_id(0);
    const int first = get_group_id(1) * 8;
    const int batch = get_group_id(2);
    const int left = rows - first;
    const int column = min(j, (columns - 1) / 2 * 2);
    const int other = (min(column + 1, columns - 1) - column) * v_column;
    u += u_offset + batch * u_batch + get_group_id(1) * u_panel;
    v += v_offset + batch * v_batch + column * v_column;
    float8 sum0 = 0.0f;
    float8 sum1 = 0.0f;
    int l = 0;
#if SHUFFLES
    const int lane = get_local_id(0) % 8;
#if ROWS_APART
    const int u_row = u_panel / 8;
    const int skipped = min(lane, left - 1) * u_row;
#else
    const int skipped = lane / 4 * u_deep + lane % 4 * 2;
#endif
    u += skipped;
#endif
    for (; l + 8 <= deep; l += 8) {
        ADD_PRODUCTS
        ADD_PRODUCTS
        ADD_PRODUCTS
        ADD_PRODUCTS
    }
#if SHUFFLES
    u -= skipped;
#endif
    for (; l < deep; l++) {
#if ROWS_APART
        const float8 each = LOAD_ROWS(u, u_row);
#else
        const float8 each = vload8(0, u);
#endif
        sum0 += each * v[0];
        sum1 += each * v[other];
        u += u_deep;
        v += v_deep;
    }
    p += p_offset + batch * p_batch + first * p_row + j * p_column;
    bias += bias_offset + first * bias_row + j * bias_column;
    slope += slope_offset + first * slope_row + j * slope_column;
    STORE_COLUMN(sum0, 0)
    STORE_COLUMN(sum1, 1)
}
