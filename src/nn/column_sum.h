/* Column sums of matrices: bias gradients. */
#ifndef LB_NN_COLUMN_SUM_H
#define LB_NN_COLUMN_SUM_H

#include "nn/network.h"

/** Enqueues sum[sum_offset + j] = sum over i of x[x_offset + i columns + j], rows in order. */
enum lb_status lb_column_sum(struct lb_network *network, cl_mem x, size_t x_offset, int rows,
                             int columns, cl_mem sum, size_t sum_offset);

/** The same for x (rows, columns) with 10^7 rows or more, in parts whose sizes depend only on
 * `rows`. Uses the network's scratch buffer. */
enum lb_status lb_column_sum_many(struct lb_network *network, cl_mem x, int rows, int columns,
                                  cl_mem sum, size_t sum_offset);

/** Floats of the scratch buffer that it needs. */
size_t lb_column_sum_floats(size_t rows, size_t columns);

#endif
