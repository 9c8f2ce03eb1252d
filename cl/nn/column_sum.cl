/*
 * Bias gradient: sum (columns) from sum_offset receives the column sums of x (rows, columns), one
 * work-item a column, rows in order.
 */
__kernel void column_sum(__global const float *x, int rows, int columns, __global float *sum,
                         int sum_offset)
{
    const int j = get_global_id(0);
    if (j < columns) {
        /* Four interleaved sums: shorter dependency chains and less rounding. */
        float4 total = (float4)(0.0f);
        int i = 0;
        for (; i + 4 <= rows; i += 4) {
            const size_t at = (size_t)i * columns + j;
            total += (float4)(x[at], x[at + columns], x[at + 2 * columns], x[at + 3 * columns]);
        }
        for (; i < rows; i++) {
            total.x += x[(size_t)i * columns + j];
        }
        sum[sum_offset + j] = (total.x + total.y) + (total.z + total.w);
    }
}
