/*
 * A matrix product as network layers need it, and as both back ends take it:
 *
 *     C (m,n) = epilogue(op(A) op(B) + beta C),   op(X) = X or its transpose, all row-major
 *
 * float32.
 */
#ifndef LB_GEMM_PRODUCT_H
#define LB_GEMM_PRODUCT_H

#include <stdbool.h>

#include <lowbend/options.h>

#include "device/device.h"

/** A row-major matrix inside a buffer: element (i,j) is mem[offset + i * stride + j]. */
struct lb_matrix {
    cl_mem mem;
    size_t offset; ///< in floats
    size_t stride; ///< in floats, at least the number of columns
};

/** What happens to a finished product before it is stored. */
enum lb_epilogue_kind {
    LB_EPILOGUE_NONE,
    LB_EPILOGUE_ACTIVATE, ///< z = C + bias (per column); C = act(z); slope = act'(z) if slope.mem
    LB_EPILOGUE_SCALE,    ///< C = C * slope, element by element
};

struct lb_epilogue {
    enum lb_epilogue_kind kind;
    enum lb_activation activation;
    cl_mem bias; ///< n floats from bias_offset
    size_t bias_offset;
    struct lb_matrix slope; ///< (m,n), not in C's buffer: written by ACTIVATE (mem NULL: not
                            ///< wanted), read by SCALE
};

struct lb_gemm_call {
    bool transpose_a; ///< A is stored (k,m)
    bool transpose_b; ///< B is stored (n,k)
    int m;
    int n;
    int k;
    struct lb_matrix a;
    struct lb_matrix b;
    struct lb_matrix c;
    struct {
        cl_mem mem; ///< NULL: not wanted; else as lb_gemm_sums_columns(), transpose_a, no epilogue
        size_t offset;
    } b_sums;   ///< n floats that receive the sums of op(B)'s columns
    float beta; ///< 0 (C is not read, may hold NaN) or 1; 1 only with LB_EPILOGUE_NONE
    struct lb_epilogue epilogue;
};

#endif
