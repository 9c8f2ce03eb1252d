/*
 * The back end for GPUs: CLBlast for products of matrices, with the kernels of chunked.c for
 * everything else. Not thread-safe.
 */
#include <clblast_c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "device/profile.h"
#include "gemm/chunked.h"
#include "gemm/gemm.h"
#include "gemm/tuning.h"

/* ---- parameters ------------------------------------------------------------------------------ */

static enum lb_status override(struct lb_device *device, const char *kernel,
                               const char *const *names, size_t n, const size_t *values)
{
    const char *copies[LB_INDIRECT_PARAMETERS]; // the library's API lacks const
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

static enum lb_status multiply(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                               const struct lb_batch *batch)
{
    struct lb_device *device = gemm->device;
    const CLBlastTranspose a = call->transpose_a ? CLBlastTransposeYes : CLBlastTransposeNo;
    const CLBlastTranspose b = call->transpose_b ? CLBlastTransposeYes : CLBlastTransposeNo;
    const size_t m = (size_t)call->m;
    const size_t n = (size_t)call->n;
    const size_t k = (size_t)call->k;
    const bool one = batch->count == 1;
    const char *name = one ? "CLBlastSgemm" : "CLBlastSgemmStridedBatched";
    lb_trace_begin(device, "the product by", name);
    const CLBlastStatusCode code =
        one ? CLBlastSgemm(CLBlastLayoutRowMajor, a, b, m, n, k, 1.0f, call->a.mem, call->a.offset,
                           call->a.stride, call->b.mem, call->b.offset, call->b.stride, call->beta,
                           call->c.mem, call->c.offset, call->c.stride, &device->queue, NULL)
            : CLBlastSgemmStridedBatched(CLBlastLayoutRowMajor, a, b, m, n, k, 1.0f, call->a.mem,
                                         call->a.offset, call->a.stride, batch->a, call->b.mem,
                                         call->b.offset, call->b.stride, batch->b, call->beta,
                                         call->c.mem, call->c.offset, call->c.stride, batch->c,
                                         (size_t)batch->count, &device->queue, NULL);
    if (code != CLBlastSuccess) {
        return lb_fail_cl(device, "matrix product", name, code);
    }
    return lb_trace_end(device);
}

/* CLBlast's event covers only the last of its kernels, so this uses the host's clock. */
static enum lb_status multiply_timed(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                                     const struct lb_batch *batch)
{
    LB_TRY(lb_device_finish(gemm->device));
    const double start = lb_clock_seconds();
    LB_TRY(multiply(gemm, call, batch));
    LB_TRY(lb_device_finish(gemm->device));
    const double seconds = lb_clock_seconds() - start;
    lb_profile_expect(gemm->device, 2.0 * batch->count * call->m * call->n * call->k,
                      batch->count * lb_gemm_bytes(call));
    return lb_profile_add_seconds(gemm->device, "CLBlastSgemm", seconds);
}

static enum lb_status multiply_batch(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                                     const struct lb_batch *batch)
{
    return gemm->device->profile != NULL ? multiply_timed(gemm, call, batch)
                                         : multiply(gemm, call, batch);
}

static enum lb_status clblast_create(struct lb_gemm *gemm)
{
    struct lb_chunked *state = calloc(1, sizeof(*state));
    if (!state) {
        return lb_fail_memory(gemm->device->ctx, "the CLBlast back end");
    }
    state->multiply = multiply_batch;
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
    struct lb_chunked *state = gemm->state;
    if (state != NULL) {
        lb_chunked_release(state);
    }
    free(state);
    gemm->state = NULL;
}

const struct lb_gemm_backend lb_gemm_clblast = {
    .kind = LB_GEMM_CLBLAST,
    .name = "clblast",
    .create = clblast_create,
    .run = lb_chunked_run,
    .destroy = clblast_destroy,
    .drop_scratch = lb_chunked_drop_scratch,
    .patch_bytes = lb_chunked_patch_bytes,
    .set_parameters = set_parameters,
};
