/*
 * Packs a batch of U (rows, deep) into panels (batch, rows / 8, deep, 8) for tiled.cl, with zeros
 * below the last row. One work-item per 8 numbers, launched as (deep, rows / 8, batch).
 */
#define LOAD_ROW(i) i < left ? from[i * from_row] : 0.0f

kernel void pack_tiles(global const float *from, const ulong offset, const int from_row,
                       const int from_deep, const int from_batch, global float *to,
                       const int rows, const int deep)
{
    const int l = get_global_id(0);
    const int panel = get_global_id(1);
    const int batch = get_global_id(2);
    const int left = rows - panel * 8;
    if (l < deep) {
        from += offset + batch * from_batch + panel * 8 * from_row + l * from_deep;
        const float8 numbers = (float8)(LOAD_ROW(0), LOAD_ROW(1), LOAD_ROW(2), LOAD_ROW(3),
                                        LOAD_ROW(4), LOAD_ROW(5), LOAD_ROW(6), LOAD_ROW(7));
        vstore8(numbers, (batch * ((rows + 7) / 8) + panel) * deep + l, to);
    }
}
