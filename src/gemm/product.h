/*
 * A matrix product as used by network layers and supported by both back ends:
 *
 *     C (m,n) = epilogue(op(A) op(B) + beta C),   op(X) = X or its transpose, all row-major
 *
 * float32.
 */
#ifndef LB_GEMM_PRODUCT_H
#define LB_GEMM_PRODUCT_H

#include <stdbool.h>

#include "device/device.h"

/** A row-major matrix inside a buffer: element (i,j) is mem[offset + i * stride + j]. */
struct lb_matrix {
    cl_mem mem;
    size_t offset; ///< in floats
    size_t stride; ///< in floats, at least the number of columns
};

/**
 * An elementwise function f. `cl` is OpenCL C source that is compiled into the kernels:
 *
 *     FLOATW elementwise(const FLOATW z, FLOATW *slope)   f(z); *slope receives f'(z)
 *     #define SLOPE_OF_VALUE(y)                           f'(z) from y = f(z), only if that gives
 *                                                         the same number
 *
 * FLOATW and INTW are vectors of W numbers, AS_FLOATW() and AS_INTW() reinterpret one as the other.
 */
struct lb_elementwise {
    const char *name;
    const char *cl;
    /** f(z) in double precision; *slope receives f'(z). */
    double (*value)(double z, double *slope);
};
/** f(z) = z, which needs no separate program. */
extern const struct lb_elementwise lb_elementwise_identity;

/** Operation on a finished product before it is stored. */
enum lb_epilogue_kind {
    LB_EPILOGUE_NONE,
    LB_EPILOGUE_ACTIVATE, ///< z = C + bias (per column); C = f(z); slope = f'(z) if slope.mem
    LB_EPILOGUE_SCALE,    ///< C = C * slope, elementwise
};

struct lb_epilogue {
    enum lb_epilogue_kind kind;
    const struct lb_elementwise *function; ///< f, compared by address
    cl_mem bias;                           ///< n floats from bias_offset
    size_t bias_offset;
    struct lb_matrix slope; ///< (m,n), not in C's buffer: written by ACTIVATE (mem NULL: not
                            ///< needed), read by SCALE
};

/**
 * Images read as patches, which are the rows of a matrix that is never stored (im2col):
 *
 *     row (image, y, x), column (u, v, channel):
 *         image[stride y + u - top, stride x + v - left, channel], 0 outside the image
 */
struct lb_patches {
    int height; ///< of an image; 0: no patches, A is a stored matrix
    int width;
    int channels;
    int kernel_height;
    int kernel_width;
    int stride;
    int top; ///< zero rows above the image; as many as the patches extend below it
    int left;
    int rows; ///< patches of an image in vertical direction
    int columns;
};

/** Position of C's rows in images: row (image, y, x) is pixel (top + step y, left + step x), y
 * below `rows`, x below `columns`. */
struct lb_pixels {
    int height; ///< of an image; 0: rows of C are contiguous
    int width;
    int step;
    int top;
    int left;
    int rows;
    int columns;
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
    /** A's buffer holds images (n, height, width, channels) with a.stride = channels, and A, or its
     * stored form with transpose_a, is the matrix of their patches. */
    struct lb_patches patches;
    /** For C and the epilogue's slope, whose strides are floats between pixels; not with
     * transpose_a. */
    struct lb_pixels pixels;
    struct {
        cl_mem
            mem; ///< NULL: not needed; requires lb_gemm_sums_columns(), transpose_a and no epilogue
        size_t offset;
    } b_sums; ///< receives the n column sums of op(B)
    /** C is known to be symmetric up to rounding: back ends may compute one half and copy it. m =
     * n; no patches, beta 0, no epilogue. */
    bool symmetric;
    /** C (m / 4, n) is the mean over each 2 x 2 block of rows, which are patches of an image, after
     * the epilogue. Only if lb_gemm_pools() allows it. The slope covers all rows. */
    bool pooled;
    float beta; ///< 0 (C is not read and may hold NaN) or 1; 1 only with LB_EPILOGUE_NONE
    struct lb_epilogue epilogue;
};

#endif
