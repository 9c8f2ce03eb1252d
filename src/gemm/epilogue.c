/* Host side of cl/gemm/finish.cl. */
#include "gemm/backend.h"

enum {
    FINISH_NONE = 0,
    FINISH_BIAS = 1,
    FINISH_ACTIVATE = 2,
    FINISH_SCALE = 3,
};

enum {
    OPTION_ADD = 1,
    OPTION_SLOPE = 2,
    OPTION_SUMS = 4,
    OPTION_TRANSPOSED = 8,
};

static int finish_kind(const struct lb_epilogue *epilogue)
{
    switch (epilogue->kind) {
    case LB_EPILOGUE_NONE:
        return FINISH_NONE;
    case LB_EPILOGUE_ACTIVATE:
        return epilogue->activation == LB_LINEAR ? FINISH_BIAS : FINISH_ACTIVATE;
    case LB_EPILOGUE_SCALE:
        return FINISH_SCALE;
    }
    return FINISH_NONE;
}

struct lb_epilogue_args lb_epilogue_args(const struct lb_gemm_call *call)
{
    const struct lb_epilogue *epilogue = &call->epilogue;
    const bool activate = epilogue->kind == LB_EPILOGUE_ACTIVATE;
    const bool slope = epilogue->kind != LB_EPILOGUE_NONE && epilogue->slope.mem;
    const bool sums = call->b_sums.mem != NULL;
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
        .kind = finish_kind(epilogue),
        .options = (call->beta != 0.0f ? OPTION_ADD : 0) | (slope ? OPTION_SLOPE : 0) |
                   (sums ? OPTION_SUMS : 0) | (call->transpose_b ? OPTION_TRANSPOSED : 0),
    };
}

double lb_gemm_bytes(const struct lb_gemm_call *call)
{
    const double m = call->m;
    const double n = call->n;
    const double k = call->k;
    const bool twice = call->beta != 0.0f || call->epilogue.slope.mem != NULL;
    return sizeof(float) * (m * k + k * n + (twice ? 2.0 : 1.0) * m * n);
}

enum lb_activation lb_epilogue_activation(const struct lb_gemm_call *call,
                                          enum lb_activation current)
{
    return finish_kind(&call->epilogue) == FINISH_ACTIVATE ? call->epilogue.activation : current;
}
