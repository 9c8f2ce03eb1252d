/*
 * The rows of a work-item of lb_ndrange_rows(): a run of rows on CPU devices, where starting many
 * work-items is expensive; elsewhere the row of its single number.
 */
#ifndef LIB_ROWS_CL
#define LIB_ROWS_CL

#if VECTOR_WIDTH > 1
#define ROW_SHARE(rows) (((rows) + (int)get_global_size(0) - 1) / (int)get_global_size(0))
#define EACH_ROW(i, rows, size)                                                                    \
    for (int i = (int)get_global_id(0) * ROW_SHARE(rows),                                          \
             end_row = min(i + ROW_SHARE(rows), rows);                                             \
         i < end_row; i++)
#define FIRST_OF_ROW(size) 0
#define END_OF_ROW(size)   (size)
#else
#define EACH_ROW(i, rows, size)                                                                    \
    for (int i = (int)get_global_id(0) / (size), end_row = min(i + 1, rows); i < end_row; i++)
#define FIRST_OF_ROW(size) ((int)get_global_id(0) % (size))
#define END_OF_ROW(size)   (FIRST_OF_ROW(size) + 1)
#endif

#endif
