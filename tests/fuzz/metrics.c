/* metrics.csv as a resumed run takes it up and as the charts read it; the first byte says how many
 * lines the checkpoint counted. */
#include "fuzz.h"
#include "report/loss_picture.h"
#include "run/metrics.h"

static enum lb_status look(void *user, const struct lb_plot *plot)
{
    volatile double *sum = user;
    for (size_t i = 0; i < plot->n_series; i++) {
        for (size_t k = 0; k < plot->series[i].n; k++) {
            *sum += plot->series[i].x[k] + plot->series[i].y[k];
        }
    }
    return LB_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const int lines = 1 + data[0];
    struct lb_context *ctx = fuzz_context();
    static const char *const terms[] = {"distortion", "bending"};
    const struct lb_metrics start = {.ctx = ctx, .terms = terms, .term_count = 2};
    struct lb_metrics metrics = start;
    struct lb_metrics_reader reader = {0};
    struct lb_train_params params = {.lambda = 1.0, .c = 0.5};
    double sum = 0.0;
    fuzz_write(fuzz_folder(), "metrics.csv", data + 1, size - 1);
    fuzz_judge(ctx, lb_plot_loss(ctx, fuzz_folder(), &params, 0.1, look, &sum));
    params.mode = LB_TRAIN_JOINT;
    fuzz_judge(ctx, lb_plot_loss(ctx, fuzz_folder(), &params, 0.1, look, &sum));
    fuzz_judge(ctx, lb_metrics_reader_open(&reader, ctx, fuzz_folder()));
    while (lb_metrics_reader_next(&reader)) {
        for (size_t i = 0; i < reader.row.count; i++) {
            sum += (double)strlen(reader.row.names[i]) + (double)strlen(reader.row.fields[i]);
        }
    }
    lb_metrics_reader_close(&reader);
    enum lb_status status = lb_metrics_open(&metrics, fuzz_folder(), lines);
    if (status == LB_OK) {
        status = lb_metrics_add(
            &metrics,
            &(const struct lb_metrics_line){
                .step = 1, .phase = "encoder", .loss = 1.0, .terms = (double[]){1.0, 2.0}});
    }
    lb_metrics_close(&metrics);
    fuzz_judge(ctx, status);
    if (status == LB_OK) { // the added line exists, at the right place
        metrics = start;
        status = lb_metrics_open(&metrics, fuzz_folder(), lines + 1);
        lb_metrics_close(&metrics);
        if (status != LB_OK) {
            abort();
        }
    }
    lb_context_destroy(&ctx);
    return 0;
}
