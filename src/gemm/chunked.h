/* Patches, pixels and epilogues for back ends that can only multiply stored matrices. */
#ifndef LB_GEMM_CHUNKED_H
#define LB_GEMM_CHUNKED_H

#include "gemm/backend.h"

/** Products of equal sizes in one call; a, b and c are strides between their operands in floats. */
struct lb_batch {
    int count; ///< 1: a single product
    size_t a;
    size_t b;
    size_t c;
};

/** The state of such a back end. */
struct lb_chunked {
    /** Enqueues C = op(A) op(B) + beta C for a batch, and the epilogue if it `finishes`; ignores
     * all other fields of the call. */
    enum lb_status (*multiply)(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                               const struct lb_batch *batch);
    bool finishes;
    cl_kernel write_patches; ///< NULL until it is needed
    cl_kernel add_parts;     ///< likewise
    cl_mem scratch;          ///< patches, followed by rows of C or parts of a sum
    size_t capacity;         ///< floats in `scratch`
};

/** Implementations of these functions for such a back end. */
void lb_chunked_drop_scratch(struct lb_gemm *gemm);
enum lb_status lb_chunked_run(struct lb_gemm *gemm, const struct lb_gemm_call *call);
double lb_chunked_patch_bytes(const struct lb_device *device, const struct lb_gemm_shape *shape,
                              bool copied);
/** The largest product that lb_chunked_run() asks for. */
struct lb_gemm_shape lb_chunked_largest(const struct lb_device *device,
                                        const struct lb_gemm_shape *shape, bool copied);

void lb_chunked_release(struct lb_chunked *state);

#endif
