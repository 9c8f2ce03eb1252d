/* Measured speed of matrix products. */
#ifndef LB_GEMM_TIMING_H
#define LB_GEMM_TIMING_H

#include "gemm/gemm.h"

/** Products of 1024 x 1024 matrices: the peak speed of a back end. Initialise with {0}. */
struct lb_gemm_square {
    struct lb_gemm *gemm;
    struct lb_device *device;
    cl_mem a;
    cl_mem b;
    cl_mem c;
    double gflops; ///< the best so far
};

enum lb_status lb_gemm_square_create(struct lb_gemm_square *square, struct lb_gemm *gemm,
                                     struct lb_device *device);
void lb_gemm_square_destroy(struct lb_gemm_square *square);

/** Runs A B, A B^T and A^T B once each, and waits. The caller runs it once to warm up. */
enum lb_status lb_gemm_square_run(struct lb_gemm_square *square);

/** A buffer of n numbers in [-1/2, 1/2), each different from its neighbours. */
enum lb_status lb_gemm_fill(struct lb_device *device, cl_mem *out, size_t n);

#endif
