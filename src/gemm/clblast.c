/* The back end for GPUs: CLBlast, then a kernel of ours for the epilogue. One thread only. */
#include <clblast_c.h>
#include <stdio.h>
#include <stdlib.h>

#include "gemm/backend.h"

struct clblast {
    int width;
    enum lb_activation activation; ///< of the epilogue kernel in use
    cl_kernel epilogue[LB_ACTIVATIONS];
};

/*
 * Parameters for CPU devices, where the library's defaults are half as fast. The indirect kernels
 * are switched off: slower there, and crossing the threshold could change bits.
 */
static enum lb_status override_cpu_parameters(struct lb_device *device)
{
    static const char *direct_names[] = {"KWID", "MDIMAD", "MDIMCD", "NDIMBD", "NDIMCD",
                                         "PADA", "PADB",   "VWMD",   "VWND",   "WGD"};
    static const size_t direct_values[] = {2, 32, 8, 8, 8, 1, 1, 1, 2, 64};
    static const char *routine_names[] = {"XGEMM_MIN_INDIRECT_SIZE"};
    static const size_t routine_values[] = {1048576};
    CLBlastStatusCode code =
        CLBlastOverrideParameters(device->id, "XgemmDirect", CLBlastPrecisionSingle,
                                  LB_COUNT(direct_names), direct_names, direct_values);
    if (code == CLBlastSuccess) {
        code = CLBlastOverrideParameters(device->id, "GemmRoutine", CLBlastPrecisionSingle,
                                         LB_COUNT(routine_names), routine_names, routine_values);
    }
    if (code != CLBlastSuccess) {
        return lb_fail_cl(device, "matrix products", "CLBlastOverrideParameters", code);
    }
    return LB_OK;
}

static enum lb_status clblast_create(struct lb_gemm *gemm)
{
    struct clblast *state = calloc(1, sizeof(*state));
    if (!state) {
        return lb_fail_memory(gemm->device->ctx, "the CLBlast back end");
    }
    state->width = lb_gemm_width(gemm->device);
    gemm->state = state;
    if (gemm->device->info.type == LB_DEVICE_CPU) {
        LB_TRY(override_cpu_parameters(gemm->device));
    }
    return LB_OK;
}

static void clblast_destroy(struct lb_gemm *gemm)
{
    /* Its cached programs would keep the device's context alive. */
    CLBlastClearCache();
    free(gemm->state);
    gemm->state = NULL;
}

static enum lb_status run_epilogue(struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    struct clblast *state = gemm->state;
    state->activation = lb_finish_activation(call, state->activation);
    cl_kernel *kernel = &state->epilogue[state->activation];
    if (!*kernel) {
        char prelude[64];
        snprintf(prelude, sizeof(prelude), "#define W %d\n#define ACTIVATION %d\n", state->width,
                 (int)state->activation);
        LB_TRY(lb_kernel_get(gemm->device, kernel, "gemm/epilogue.cl", "epilogue", prelude));
    }
    const struct lb_finish_args finish = lb_finish_args(call);
    const size_t pieces = ((size_t)call->n + (size_t)state->width - 1) / (size_t)state->width;
    const struct lb_grid grid = LB_GRID((size_t)call->m * pieces);
    return lb_launch(gemm->device, *kernel, grid, LB_ARG(call->c.mem), LB_ARG(finish.c_offset),
                     LB_ARG(finish.c_stride), LB_ARG(finish.bias), LB_ARG(finish.bias_offset),
                     LB_ARG(finish.slope), LB_ARG(finish.slope_offset), LB_ARG(finish.slope_stride),
                     LB_ARG(call->m), LB_ARG(call->n), LB_ARG(finish.kind), LB_ARG(finish.options));
}

static enum lb_status clblast_run(struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    struct lb_device *device = gemm->device;
    const CLBlastStatusCode code = CLBlastSgemm(
        CLBlastLayoutRowMajor, call->transpose_a ? CLBlastTransposeYes : CLBlastTransposeNo,
        call->transpose_b ? CLBlastTransposeYes : CLBlastTransposeNo, (size_t)call->m,
        (size_t)call->n, (size_t)call->k, 1.0f, call->a.mem, call->a.offset, call->a.stride,
        call->b.mem, call->b.offset, call->b.stride, call->beta, call->c.mem, call->c.offset,
        call->c.stride, &device->queue, NULL);
    if (code != CLBlastSuccess) {
        return lb_fail_cl(device, "matrix product", "CLBlastSgemm", code);
    }
    return call->epilogue.kind == LB_EPILOGUE_NONE ? LB_OK : run_epilogue(gemm, call);
}

const struct lb_gemm_backend lb_gemm_clblast = {
    .kind = LB_GEMM_CLBLAST,
    .name = "clblast",
    .create = clblast_create,
    .run = clblast_run,
    .destroy = clblast_destroy,
};
