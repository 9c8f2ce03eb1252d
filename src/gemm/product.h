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

#include "device/device.h"

/** A row-major matrix inside a buffer: element (i,j) is mem[offset + i * stride + j]. */
struct lb_matrix {
    cl_mem mem;
    size_t offset; ///< in floats
    size_t stride; ///< in floats, at least the number of columns
};

/**
 * A function f of single numbers. `cl` is text of OpenCL C that is compiled into the kernels:
 *
 *     FLOATW elementwise(const FLOATW z, FLOATW *slope)   f(z); *slope receives f'(z)
 *     #define SLOPE_OF_VALUE(y)                           f'(z) from y = f(z), only where that is
 *                                                         the same number
 *
 * FLOATW and INTW are vectors of W numbers, AS_FLOATW() and AS_INTW() take one for the other.
 */
struct lb_elementwise {
    const char *name;
    const char *cl;
    /** f(z) in double precision; *slope receives f'(z). */
    double (*value)(double z, double *slope);
};
/** f(z) = z, which needs no program of its own. */
extern const struct lb_elementwise lb_elementwise_identity;

/** What happens to a finished product before it is stored. */
enum lb_epilogue_kind {
    LB_EPILOGUE_NONE,
    LB_EPILOGUE_ACTIVATE, ///< z = C + bias (per column); C = f(z); slope = f'(z) if slope.mem
    LB_EPILOGUE_SCALE,    ///< C = C * slope, element by element
};

struct lb_epilogue {
    enum lb_epilogue_kind kind;
    const struct lb_elementwise *function; ///< f; compared by its address
    cl_mem bias;                           ///< n floats from bias_offset
    size_t bias_offset;
    struct lb_matrix slope; ///< (m,n), not in C's buffer: written by ACTIVATE (mem NULL: not
                            ///< wanted), read by SCALE
};

/**
 * Images read as the patches that a kernel sees of them, the rows of a matrix that is never stored:
 *
 *     row (image, y, x), column (u, v, channel):
 *         image[stride y + u - top, stride x + v - left, channel], 0 outside the image
 */
struct lb_patches {
    int height; ///< of an image; 0: no patches, A is stored as a matrix
    int width;
    int channels;
    int kernel_height;
    int kernel_width;
    int stride;
    int top; ///< rows of zeros above the image; as many as the patches reach below it
    int left;
    int rows; ///< patches of an image, one below the other
    int columns;
};

/** Where the rows of C stand in images: row (image, y, x) is pixel (top + step y, left + step x),
 * y below `rows`, x below `columns`. */
struct lb_pixels {
    int height; ///< of an image; 0: rows of C stand one below the other
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
    /** A's buffer holds images (n, height, width, channels), a.stride being channels, and A or its
     * stored form (transpose_a) is the matrix of their patches. */
    struct lb_patches patches;
    /** Of C and of the epilogue's slope, whose strides are floats from pixel to pixel; not with
     * transpose_a. */
    struct lb_pixels pixels;
    struct {
        cl_mem mem; ///< NULL: not wanted; else as lb_gemm_sums_columns(), transpose_a, no epilogue
        size_t offset;
    } b_sums; ///< n floats that receive the sums of op(B)'s columns
    /** C is known to be symmetric but for rounding: back ends may make one half of it and copy the
     * other. m = n; no patches, beta 0, no epilogue. */
    bool symmetric;
    /** C (m / 4, n) is the mean of each 2 x 2 block of what the epilogue gives for the rows, which
     * are an image's patches; only where lb_gemm_pools() allows it. The slope is of all rows. */
    bool pooled;
    float beta; ///< 0 (C is not read, may hold NaN) or 1; 1 only with LB_EPILOGUE_NONE
    struct lb_epilogue epilogue;
};

#endif
