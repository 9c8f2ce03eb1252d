/* Host side of cl/gemm/store.cl. */
#include "gemm/backend.h"

/* `kind` and `options` of the kernels; the prelude defines the same numbers. */
enum {
    EPILOGUE_NONE,     // C = z
    EPILOGUE_BIAS,     // C = z + bias, slope = 1
    EPILOGUE_ACTIVATE, // C = f(z + bias), slope = f'(z + bias)
    EPILOGUE_SCALE,    // C = z * slope
};
enum {
    OPTION_ADD = LB_OPTION_ADD,
    OPTION_SLOPE = LB_OPTION_SLOPE,
    OPTION_SUMS = 4,       // column sums of B; panel.cl and patches.cl
    OPTION_TRANSPOSED = 8, // B is stored (n, k); all but epilogue.cl
    OPTION_SYMMETRIC = 16, // C is symmetric, and computed only on and above the diagonal; panel.cl
    OPTION_LINES = 32,  // C is overwritten and its rows are contiguous, likewise slope; patches.cl
    OPTION_POOLED = 64, // C holds means of 2 x 2 rows; patches.cl
};

static double identity(double z, double *slope)
{
    *slope = 1.0;
    return z;
}

const struct lb_elementwise lb_elementwise_identity = {
    "identity",
    "#define SLOPE_OF_VALUE(y) (FLOATW)(1.0f)\n"
    "FLOATW elementwise(const FLOATW z, FLOATW *slope)\n"
    "{\n"
    "    *slope = 1.0f;\n"
    "    return z;\n"
    "}\n",
    identity,
};

static int kernel_kind(const struct lb_epilogue *epilogue)
{
    switch (epilogue->kind) {
    case LB_EPILOGUE_NONE:
        return EPILOGUE_NONE;
    case LB_EPILOGUE_ACTIVATE:
        return epilogue->function == &lb_elementwise_identity ? EPILOGUE_BIAS : EPILOGUE_ACTIVATE;
    case LB_EPILOGUE_SCALE:
        return EPILOGUE_SCALE;
    }
    return EPILOGUE_NONE;
}

struct lb_epilogue_args lb_epilogue_args(const struct lb_gemm_call *call)
{
    const struct lb_epilogue *epilogue = &call->epilogue;
    const bool activate = epilogue->kind == LB_EPILOGUE_ACTIVATE;
    const bool slope = epilogue->kind != LB_EPILOGUE_NONE && epilogue->slope.mem;
    const bool sums = call->b_sums.mem != NULL;
    const size_t n = (size_t)call->n;
    const bool lines =
        call->beta == 0.0f && call->c.stride == n && (!slope || epilogue->slope.stride == n);
    return (struct lb_epilogue_args){
        .c_offset = call->c.offset,
        .c_stride = (cl_int)call->c.stride,
        .bias = activate ? epilogue->bias : call->c.mem,
        .bias_offset = activate ? epilogue->bias_offset : 0,
        .slope = slope  ? epilogue->slope.mem
                 : sums ? call->b_sums.mem
                        : call->c.mem,
        .slope_offset = slope  ? epilogue->slope.offset
                        : sums ? call->b_sums.offset
                               : 0,
        .slope_stride = slope ? (cl_int)epilogue->slope.stride : 0,
        .kind = kernel_kind(epilogue),
        .options = (call->beta != 0.0f ? OPTION_ADD : 0) | (slope ? OPTION_SLOPE : 0) |
                   (sums ? OPTION_SUMS : 0) | (call->transpose_b ? OPTION_TRANSPOSED : 0) |
                   (call->symmetric ? OPTION_SYMMETRIC : 0) | (lines ? OPTION_LINES : 0) |
                   (call->pooled ? OPTION_POOLED : 0),
        .lines = lines,
    };
}

double lb_gemm_bytes(const struct lb_gemm_call *call)
{
    const double m = call->m;
    const double n = call->n;
    const double k = call->k;
    const bool twice = call->beta != 0.0f || call->epilogue.slope.mem != NULL;
    const struct lb_patches *patches = &call->patches;
    double a = m * k;
    if (patches->height > 0) {
        const double images =
            (call->transpose_a ? k : m) / ((double)patches->rows * patches->columns);
        a = images * patches->height * patches->width * patches->channels;
    }
    return sizeof(float) * (a + k * n + (twice ? 2.0 : 1.0) * m * n);
}

const struct lb_elementwise *lb_epilogue_function(const struct lb_gemm_call *call,
                                                  const struct lb_elementwise *current)
{
    const bool needed = kernel_kind(&call->epilogue) == EPILOGUE_ACTIVATE;
    return needed ? call->epilogue.function : current;
}

void lb_gemm_add_prelude(struct lb_text *prelude, int width, const struct lb_elementwise *function)
{
    lb_text_addf(prelude,
                 "#define W %d\n#define FLOATW float%d\n#define INTW int%d\n"
                 "#define AS_FLOATW as_float%d\n#define AS_INTW as_int%d\n",
                 width, width, width, width, width);
#define ADD_CONSTANT(name) lb_text_addf(prelude, "#define %s %d\n", #name, name)
    ADD_CONSTANT(EPILOGUE_NONE);
    ADD_CONSTANT(EPILOGUE_BIAS);
    ADD_CONSTANT(EPILOGUE_ACTIVATE);
    ADD_CONSTANT(EPILOGUE_SCALE);
    ADD_CONSTANT(OPTION_ADD);
    ADD_CONSTANT(OPTION_SLOPE);
    ADD_CONSTANT(OPTION_SUMS);
    ADD_CONSTANT(OPTION_TRANSPOSED);
    ADD_CONSTANT(OPTION_SYMMETRIC);
    ADD_CONSTANT(OPTION_LINES);
    ADD_CONSTANT(OPTION_POOLED);
#undef ADD_CONSTANT
    lb_text_add(prelude, function->cl);
}
