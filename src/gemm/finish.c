/* Host side of cl/gemm/finish.cl. */
#include <stdio.h>

#include "gemm/backend.h"

enum {
    OPTION_ADD = 1,
    OPTION_SLOPE = 2,
};

int lb_gemm_width(const struct lb_device *device)
{
    const uint32_t width = device->info.vector_width;
    return width >= 16 ? 16 : width >= 8 ? 8 : 4;
}

struct lb_finish_args lb_finish_args(const struct lb_gemm_call *call)
{
    const struct lb_epilogue *epilogue = &call->epilogue;
    const bool activate = epilogue->kind == LB_EPILOGUE_ACTIVATE;
    const bool slope = epilogue->kind != LB_EPILOGUE_NONE && epilogue->slope.mem;
    return (struct lb_finish_args){
        .c_offset = call->c.offset,
        .c_stride = (cl_int)call->c.stride,
        .bias = activate ? epilogue->bias : call->c.mem,
        .bias_offset = activate ? epilogue->bias_offset : 0,
        .slope = slope ? epilogue->slope.mem : call->c.mem,
        .slope_offset = slope ? epilogue->slope.offset : 0,
        .slope_stride = slope ? (cl_int)epilogue->slope.stride : 0,
        .options = (call->beta != 0.0f ? OPTION_ADD : 0) | (slope ? OPTION_SLOPE : 0),
    };
}

void lb_finish_prelude(char text[LB_FINISH_PRELUDE_BYTES], int width,
                       const struct lb_epilogue *epilogue)
{
    const int activation = epilogue->kind == LB_EPILOGUE_ACTIVATE ? (int)epilogue->activation : 0;
    snprintf(text, LB_FINISH_PRELUDE_BYTES,
             "#define W %d\n#define EPILOGUE %d\n#define ACTIVATION %d\n", width,
             (int)epilogue->kind, activation);
}
