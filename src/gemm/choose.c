#include "gemm/choose.h"

#include "device/attachment.h"
#include "device/path.h"
#include "gemm/backend.h"
#include "gemm/timing.h"
#include "gemm/tuning.h"

enum { TIMINGS = 3 };

static enum lb_status measure(struct lb_device *device, enum lb_gemm_kind kind, double *gflops)
{
    struct lb_gemm *gemm = NULL;
    struct lb_gemm_square square = {0};
    enum lb_status status = LB_OK;
    LB_CHECK(lb_gemm_create_kind(&gemm, device, kind));
    LB_CHECK(lb_gemm_square_create(&square, gemm, device));
    for (int i = 0; i < TIMINGS; i++) { // the first one includes compilation
        LB_CHECK(lb_gemm_square_run(&square));
    }
    *gflops = square.gflops;
fail:
    lb_gemm_square_destroy(&square);
    lb_gemm_destroy(&gemm);
    return status;
}

enum lb_status lb_gemm_measure_fastest(struct lb_device *device, enum lb_gemm_kind *out)
{
    struct lb_tuning tuning = lb_tuning_load(device);
    if (tuning.fastest == LB_GEMM_AUTO) {
        double panel = 0.0;
        double clblast = 0.0;
        LB_TRY(measure(device, LB_GEMM_PANEL, &panel));
        LB_TRY(measure(device, LB_GEMM_CLBLAST, &clblast));
        tuning.fastest = clblast > panel ? LB_GEMM_CLBLAST : LB_GEMM_PANEL;
        lb_log(device->ctx, LB_LOG_DEBUG,
               "matrix products: panel %.4g GFLOP/s, clblast %.4g GFLOP/s: using %s", panel,
               clblast, lb_gemm_kind_name(tuning.fastest));
        if (lb_tuning_store(device, &tuning, NULL) != LB_OK) {
            lb_log(device->ctx, LB_LOG_WARNING, "%s", lb_context_error(device->ctx));
        }
    }
    *out = tuning.fastest;
    return LB_OK;
}

static char warned; // used by its address

/* Many parts of a program ask for the back end; warn only once. */
static enum lb_status warn_once(struct lb_device *device)
{
    if (lb_device_attached(device, &warned) != NULL) {
        return LB_OK;
    }
    lb_log(device->ctx, LB_LOG_WARNING,
           "device %s: --gemm panel is used, which is designed for CPUs and slow here: this "
           "lowbend was built without CLBlast (build it with -Dclblast=enabled)",
           device->info.selector);
    return lb_device_attach(device, &warned, &warned, NULL);
}

enum lb_status lb_gemm_choose(struct lb_device *device, enum lb_gemm_kind kind,
                              enum lb_gemm_kind *out)
{
    *out = kind;
    if (kind != LB_GEMM_AUTO) {
        return LB_OK;
    }
    if (lb_prefers_own_products(device)) {
        *out = LB_GEMM_PANEL;
        return LB_OK;
    }
    if (!lb_gemm_is_built(LB_GEMM_CLBLAST)) {
        *out = LB_GEMM_PANEL;
        return warn_once(device);
    }
    return lb_gemm_measure_fastest(device, out);
}

enum lb_status lb_gemm_create(struct lb_gemm **out, struct lb_device *device,
                              enum lb_gemm_kind kind)
{
    *out = NULL;
    LB_TRY(lb_gemm_choose(device, kind, &kind));
    return lb_gemm_create_kind(out, device, kind);
}
