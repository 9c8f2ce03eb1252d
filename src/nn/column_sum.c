#include "nn/column_sum.h"

#include "device/path.h"
#include "device/profile.h"
#include "device/vector.h"

enum {
    PART = 64,  // rows of a part: few enough for little rounding, and many parts keep a GPU busy
    FEW = 4096, // work-items
};

enum lb_status lb_column_sum(struct lb_network *network, cl_mem x, size_t x_offset, int rows,
                             int columns, cl_mem sum, size_t sum_offset)
{
    const cl_int from = (cl_int)x_offset;
    const cl_int to = (cl_int)sum_offset;
    struct lb_ndrange grid = lb_ndrange_vectors(network->device, (size_t)columns);
    if (lb_takes_cpu_path(network->device) && grid.global[0] < FEW) {
        grid.local[0] = 1; // there are too few vectors to group them
    }
    lb_profile_expect(network->device, (double)rows * columns,
                      sizeof(float) * (double)rows * columns);
    return lb_launch(network->device, network->column_sum, grid, LB_ARG(x), LB_ARG(from),
                     LB_ARG(rows), LB_ARG(columns), LB_ARG(sum), LB_ARG(to));
}

size_t lb_column_sum_floats(size_t rows, size_t columns)
{
    return (rows / (PART / 4) + 4 * PART) * columns;
}

/*
 * x (rows, columns) is also (rows / parts, parts columns): its column sums are those of `parts`
 * parts, whose rows are `parts` apart, and adjacent work-items read adjacent numbers. Remaining
 * rows join the parts' sums in the next round.
 */
enum lb_status lb_column_sum_many(struct lb_network *network, cl_mem x, int rows, int columns,
                                  cl_mem sum, size_t sum_offset)
{
    const size_t width = (size_t)columns;
    size_t place = 0;
    size_t next = 0;
    LB_TRY(lb_network_reserve(network, lb_column_sum_floats((size_t)rows, width)));
    while (rows >= 2 * PART) {
        const int parts = rows / PART;
        const int deep = rows / parts;
        const int rest = rows - deep * parts;
        LB_TRY(lb_column_sum(network, x, place, deep, parts * columns, network->scratch, next));
        if (rest > 0) {
            const size_t from = place + (size_t)(rows - rest) * width;
            LB_TRY(lb_buffer_copy(network->device, x, from * sizeof(float), network->scratch,
                                  (next + (size_t)parts * width) * sizeof(float),
                                  (size_t)rest * width * sizeof(float)));
        }
        x = network->scratch;
        place = next;
        rows = parts + rest;
        next += (size_t)rows * width;
    }
    return lb_column_sum(network, x, place, rows, columns, sum, sum_offset);
}
