/* Patches, pixels and epilogues for back ends that multiply stored matrices and nothing else. */
#ifndef LB_GEMM_CHUNKED_H
#define LB_GEMM_CHUNKED_H

#include "gemm/backend.h"

/** Products of equal sizes at once: floats from the operands of one to those of the next. */
struct lb_batch {
    int count; ///< 1: a single product
    size_t a;
    size_t b;
    size_t c;
};

/** The state of such a back end. */
struct lb_chunked {
    /** Enqueues C = op(A) op(B) + beta C for a batch; looks at no other field of the call. */
    enum lb_status (*multiply)(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                               const struct lb_batch *batch);
    cl_kernel write_patches; ///< NULL: not needed yet
    cl_kernel add_parts;     ///< likewise
    cl_mem scratch;          ///< patches, then what waits: rows of C, or parts of a sum
    size_t capacity;         ///< of it, floats
};

/** run and patch_bytes of the back end. */
enum lb_status lb_chunked_run(struct lb_gemm *gemm, const struct lb_gemm_call *call);
double lb_chunked_patch_bytes(const struct lb_device *device, const struct lb_gemm_shape *shape,
                              bool copied);

void lb_chunked_release(struct lb_chunked *state);

#endif
