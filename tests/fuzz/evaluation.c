/* eval.json as `report` reads it. */
#include "eval/evaluation_json.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lb_context *ctx = fuzz_context();
    struct lb_evaluation evaluation = {0};
    char path[512];
    snprintf(path, sizeof path, "%s", fuzz_folder());
    struct lb_run run = {.ctx = ctx, .path = path};
    fuzz_write(path, "eval.json", data, size);
    const enum lb_status status = lb_run_read_evaluation(&run, &evaluation);
    fuzz_judge(ctx, status);
    volatile double sum = 0.0;
    for (size_t i = 0; status == LB_OK && i < evaluation.interpolation_count; i++) {
        sum = sum + evaluation.interpolation[i].distance;
    }
    for (size_t i = 0; status == LB_OK && i < evaluation.pca_count; i++) {
        sum = sum + evaluation.pca_variance[i];
    }
    lb_evaluation_free(&evaluation);
    lb_context_destroy(&ctx);
    return 0;
}
