/*
 * Bias gradient: sum (columns) from sum_offset receives the column sums of x (rows, columns) from
 * x_offset, one work-item per VECTOR_WIDTH columns, rows in order.
 */
#include "lib/vfloat.cl"

/* Four interleaved sums: shorter dependency chains and less rounding. */
#define COLUMN_SUM(T, LOAD_AT, STORE_AT)                                                           \
    do {                                                                                           \
        T a = 0.0f;                                                                                \
        T b = 0.0f;                                                                                \
        T c = 0.0f;                                                                                \
        T d = 0.0f;                                                                                \
        __global const float *at = x + x_offset + j;                                               \
        int i = 0;                                                                                 \
        for (; i + 4 <= rows; i += 4) {                                                            \
            a += LOAD_AT(at);                                                                      \
            b += LOAD_AT(at + columns);                                                            \
            c += LOAD_AT(at + 2 * columns);                                                        \
            d += LOAD_AT(at + 3 * columns);                                                        \
            at += 4 * (size_t)columns;                                                             \
        }                                                                                          \
        for (; i < rows; i++) {                                                                    \
            a += LOAD_AT(at);                                                                      \
            at += columns;                                                                         \
        }                                                                                          \
        STORE_AT((a + b) + (c + d), sum + sum_offset + j);                                         \
    } while (0)
#define LOAD_NUMBER(p)     (*(p))
#define STORE_NUMBER(x, p) (*(p) = (x))

__kernel void column_sum(__global const float *x, int x_offset, int rows, int columns,
                         __global float *sum, int sum_offset)
{
    const int first = get_global_id(0) * VECTOR_WIDTH;
    if (first + VECTOR_WIDTH <= columns) {
        const int j = first;
        COLUMN_SUM(vfloat, LOAD_VFLOAT, STORE_VFLOAT);
    } else {
        for (int j = first; j < columns; j++) {
            COLUMN_SUM(float, LOAD_NUMBER, STORE_NUMBER);
        }
    }
}
