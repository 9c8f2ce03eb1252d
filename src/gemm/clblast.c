/* The back end for GPUs: CLBlast, then a kernel of ours for the epilogue. One thread only. */
#include <clblast_c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "device/profile.h"
#include "device/vector.h"
#include "gemm/backend.h"
#include "gemm/tuning.h"

/* ---- parameters ------------------------------------------------------------------------------ */

static enum lb_status override(struct lb_device *device, const char *kernel,
                               const char *const *names, size_t n, const size_t *values)
{
    const char *copies[LB_INDIRECT_PARAMETERS]; // the library does not say const
    memcpy(copies, names, n * sizeof *names);
    const CLBlastStatusCode code =
        CLBlastOverrideParameters(device->id, kernel, CLBlastPrecisionSingle, n, copies, values);
    return code == CLBlastSuccess
               ? LB_OK
               : lb_fail_cl(device, "matrix products", "CLBlastOverrideParameters", code);
}

static enum lb_status set_parameters(struct lb_gemm *gemm,
                                     const struct lb_clblast_parameters *parameters)
{
    static const char *const routine_names[] = {"XGEMM_MIN_INDIRECT_SIZE"};
    struct lb_device *device = gemm->device;
    if (parameters->direct_set) {
        LB_TRY(override(device, "XgemmDirect", lb_direct_names, LB_DIRECT_PARAMETERS,
                        parameters->direct));
    }
    if (parameters->indirect_set) {
        LB_TRY(override(device, "Xgemm", lb_indirect_names, LB_INDIRECT_PARAMETERS,
                        parameters->indirect));
    }
    if (parameters->min_indirect > 0) {
        LB_TRY(override(device, "GemmRoutine", routine_names, 1, &parameters->min_indirect));
    }
    return LB_OK;
}

/* ---- products -------------------------------------------------------------------------------- */

struct clblast {
    int width;
    enum lb_activation activation; ///< of the epilogue kernel in use
    cl_kernel epilogue[LB_ACTIVATIONS];
};

static enum lb_status clblast_create(struct lb_gemm *gemm)
{
    struct clblast *state = calloc(1, sizeof(*state));
    if (!state) {
        return lb_fail_memory(gemm->device->ctx, "the CLBlast back end");
    }
    state->width = lb_vector_width(gemm->device);
    gemm->state = state;
    const struct lb_clblast_parameters *pinned = lb_tuning_pinned(gemm->device);
    if (pinned != NULL) {
        return set_parameters(gemm, pinned);
    }
    const struct lb_tuning tuning = lb_tuning_load(gemm->device);
    return set_parameters(gemm, &tuning.clblast);
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
    state->activation = lb_epilogue_activation(call, state->activation);
    cl_kernel *kernel = &state->epilogue[state->activation];
    if (!*kernel) {
        char prelude[64];
        snprintf(prelude, sizeof(prelude), "#define W %d\n#define ACTIVATION %d\n", state->width,
                 (int)state->activation);
        LB_TRY(lb_kernel_get(gemm->device, kernel, "gemm/epilogue.cl", "epilogue", prelude));
    }
    const struct lb_epilogue_args epilogue = lb_epilogue_args(call);
    const size_t pieces = ((size_t)call->n + (size_t)state->width - 1) / (size_t)state->width;
    const struct lb_ndrange grid = LB_NDRANGE((size_t)call->m * pieces);
    lb_profile_expect(gemm->device, 0.0, 12.0 * call->m * call->n);
    return lb_launch(gemm->device, *kernel, grid, LB_ARG(call->c.mem), LB_ARG(epilogue.c_offset),
                     LB_ARG(epilogue.c_stride), LB_ARG(epilogue.bias), LB_ARG(epilogue.bias_offset),
                     LB_ARG(epilogue.slope), LB_ARG(epilogue.slope_offset),
                     LB_ARG(epilogue.slope_stride), LB_ARG(call->m), LB_ARG(call->n),
                     LB_ARG(epilogue.kind), LB_ARG(epilogue.options));
}

static enum lb_status multiply(struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    struct lb_device *device = gemm->device;
    lb_trace_begin(device, "the product by", "CLBlastSgemm");
    const CLBlastStatusCode code = CLBlastSgemm(
        CLBlastLayoutRowMajor, call->transpose_a ? CLBlastTransposeYes : CLBlastTransposeNo,
        call->transpose_b ? CLBlastTransposeYes : CLBlastTransposeNo, (size_t)call->m,
        (size_t)call->n, (size_t)call->k, 1.0f, call->a.mem, call->a.offset, call->a.stride,
        call->b.mem, call->b.offset, call->b.stride, call->beta, call->c.mem, call->c.offset,
        call->c.stride, &device->queue, NULL);
    if (code != CLBlastSuccess) {
        return lb_fail_cl(device, "matrix product", "CLBlastSgemm", code);
    }
    return lb_trace_end(device);
}

/* The library's event covers only the last of its kernels: timed by the host's clock instead. */
static enum lb_status multiply_timed(struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    LB_TRY(lb_device_finish(gemm->device));
    const double start = lb_clock_seconds();
    LB_TRY(multiply(gemm, call));
    LB_TRY(lb_device_finish(gemm->device));
    const double seconds = lb_clock_seconds() - start;
    lb_profile_expect(gemm->device, 2.0 * call->m * call->n * call->k, lb_gemm_bytes(call));
    return lb_profile_add_seconds(gemm->device, "CLBlastSgemm", seconds);
}

static enum lb_status clblast_run(struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    LB_TRY(gemm->device->profile != NULL ? multiply_timed(gemm, call) : multiply(gemm, call));
    return call->epilogue.kind == LB_EPILOGUE_NONE ? LB_OK : run_epilogue(gemm, call);
}

const struct lb_gemm_backend lb_gemm_clblast = {
    .kind = LB_GEMM_CLBLAST,
    .name = "clblast",
    .create = clblast_create,
    .run = clblast_run,
    .destroy = clblast_destroy,
    .set_parameters = set_parameters,
};
