/* Permuted copies: flipped and transposed weights. */
#ifndef LB_NN_GATHER_H
#define LB_NN_GATHER_H

#include "nn/network.h"

/** to (sizes), row-major from to_offset: number [a,b,c,d] is from[offset + a steps[0] + b steps[1]
 * + c steps[2] + d steps[3]]. In floats. */
struct lb_gather {
    cl_mem from;
    size_t offset;
    int steps[4];
    cl_mem to;
    size_t to_offset;
    int sizes[4];
};

/** Enqueues. */
enum lb_status lb_gather_run(struct lb_network *network, const struct lb_gather *gather);

#endif
