/* Timing of training steps. */
#include <lowbend/bench.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "device/profile.h"
#include "gemm/timing.h"
#include "run/training_data.h"
#include "run/settings.h"
#include "train/trainer.h"

enum {
    MAX_REPEATS = 1001,
    MAX_BATCH = 10000,
    COPY_BYTES = 64 << 20,
    COPIES = 5,
};
static const double repeat_seconds = 0.1;

struct bench {
    struct lb_trainer *trainer;
    enum lb_phase phase;
    int step; ///< the next one
    struct lb_bench *out;
};

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Images that the encoder processes in a step. */
static int encoded_rows(const struct bench *bench)
{
    const struct lb_trainer *trainer = bench->trainer;
    const struct lb_batch_request batch = lb_training_batch(&trainer->batches, true, bench->step);
    return lb_trainer_has_energy(trainer, bench->phase) ? lb_batch_pair_images(&batch)
                                                        : trainer->params.pairs;
}

/* Seconds of n steps, begun and ended with an empty queue. */
static enum lb_status time_steps(struct bench *bench, int n, double *seconds)
{
    const double start = lb_clock_seconds();
    for (int i = 0; i < n; i++) {
        LB_TRY(lb_trainer_enqueue_step(bench->trainer, bench->phase, bench->step++));
    }
    LB_TRY(lb_device_finish(bench->trainer->device));
    *seconds = lb_clock_seconds() - start;
    return LB_OK;
}

/* The same of n forward passes of the encoder, over the images that the last step left. */
static enum lb_status time_forward(struct bench *bench, int n, double *seconds)
{
    struct lb_trainer *trainer = bench->trainer;
    const struct lb_matrix images = {trainer->batches.images, 0,
                                     trainer->batches.dataset->image_size};
    const double start = lb_clock_seconds();
    for (int i = 0; i < n; i++) {
        LB_TRY(lb_learner_forward(&trainer->encoder, images, encoded_rows(bench)));
    }
    LB_TRY(lb_device_finish(trainer->device));
    *seconds = lb_clock_seconds() - start;
    return LB_OK;
}

/* ---- arithmetic ------------------------------------------------------------------------------ */

static double forward_flops(const struct bench *bench)
{
    const struct lb_layer_list *layers = &bench->trainer->encoder.network->layers;
    double sum = 0.0;
    for (int k = 0; k < layers->count; k++) {
        const struct lb_layer *layer = &layers->layer[k];
        struct lb_gemm_shape shapes[LB_LAYER_PRODUCTS];
        if (layer->kind->products(layer, encoded_rows(bench), shapes) > 0) {
            sum += 2.0 * shapes[0].m * shapes[0].n * shapes[0].k;
        }
    }
    return sum;
}

static double step_flops(const struct bench *bench)
{
    const struct lb_trainer *trainer = bench->trainer;
    if (bench->phase == LB_PHASE_DECODER) {
        return forward_flops(bench) +
               lb_layer_list_flops(&trainer->decoder.network->layers, trainer->params.pairs, false);
    }
    double sum = lb_layer_list_flops(&trainer->encoder.network->layers, encoded_rows(bench), false);
    if (lb_trainer_has_reconstruction(bench->phase)) {
        sum += lb_layer_list_flops(&trainer->decoder.network->layers, trainer->params.pairs, true);
    }
    return sum;
}

/* ---- profile --------------------------------------------------------------------------------- */

static enum lb_status measure_copy(struct lb_device *device, double *gb_per_s)
{
    cl_mem from = NULL;
    cl_mem to = NULL;
    double best = INFINITY;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_buffer_create(device, &from, COPY_BYTES, "a copy"));
    LB_CHECK(lb_buffer_create(device, &to, COPY_BYTES, "a copy"));
    LB_CHECK(lb_buffer_zero(device, from, 0, COPY_BYTES));
    for (int i = 0; i <= COPIES; i++) {
        LB_CHECK(lb_device_finish(device));
        const double start = lb_clock_seconds();
        LB_CHECK(lb_buffer_copy(device, from, 0, to, 0, COPY_BYTES));
        LB_CHECK(lb_device_finish(device));
        const double seconds = lb_clock_seconds() - start;
        best = i > 0 && seconds < best ? seconds : best; // the first one touches new pages
    }
    *gb_per_s = 2e-9 * COPY_BYTES / best;
fail:
    lb_buffer_release(&from);
    lb_buffer_release(&to);
    return status;
}

static int compare_kernels(const void *a, const void *b)
{
    const double x = ((const struct lb_bench_kernel *)a)->ms;
    const double y = ((const struct lb_bench_kernel *)b)->ms;
    return (x < y) - (x > y);
}

static void convert(struct lb_bench *out, const struct lb_profile_entry *entries, size_t count,
                    int steps, double seconds)
{
    double busy = 0.0;
    for (size_t i = 0; i < count && i + 1 < LB_BENCH_MAX_KERNELS; i++) {
        const struct lb_profile_entry *entry = &entries[i];
        struct lb_bench_kernel *kernel = &out->kernels[out->kernel_count++];
        const bool timed = entry->seconds > 0.0;
        *kernel = (struct lb_bench_kernel){
            .launches = (double)entry->calls / steps,
            .ms = 1e3 * entry->seconds / steps,
            .gflops =
                timed && entry->flops > 0.0 ? 1e-9 * entry->flops / entry->seconds : (double)NAN,
            .gb_per_s =
                timed && entry->bytes > 0.0 ? 1e-9 * entry->bytes / entry->seconds : (double)NAN,
        };
        memcpy(kernel->name, entry->name, sizeof kernel->name);
        busy += entry->seconds;
    }
    qsort(out->kernels, (size_t)out->kernel_count, sizeof out->kernels[0], compare_kernels);
    const double total = seconds > busy ? seconds : busy;
    out->kernels[out->kernel_count++] = (struct lb_bench_kernel){
        .name = "between kernels",
        .ms = 1e3 * (total - busy) / steps,
        .gflops = (double)NAN,
        .gb_per_s = (double)NAN,
    };
    out->profile_step_ms = 1e3 * total / steps;
    for (int i = 0; i < out->kernel_count; i++) {
        out->kernels[i].share = out->kernels[i].ms / out->profile_step_ms;
    }
}

static enum lb_status profile(struct bench *bench, int steps)
{
    struct lb_device *device = bench->trainer->device;
    struct lb_profile_entry *entries = NULL;
    size_t count = 0;
    double seconds = 0.0;
    LB_TRY(measure_copy(device, &bench->out->copy_gb_per_s));
    LB_TRY(lb_profile_start(device));
    const enum lb_status timed = time_steps(bench, steps, &seconds);
    const enum lb_status stopped = lb_profile_stop(device, &entries, &count);
    if (timed == LB_OK && stopped == LB_OK) {
        convert(bench->out, entries, count, steps, seconds);
    }
    free(entries);
    return timed != LB_OK ? timed : stopped;
}

/* ---------------------------------------------------------------------------------------------- */

/* Number of repetitions timed together, for an operation of this duration. */
static int batch_of(double seconds)
{
    const double wanted = ceil(repeat_seconds / seconds);
    return wanted < 1.0 ? 1 : wanted > MAX_BATCH ? MAX_BATCH : (int)wanted;
}

/* The medians of the repeats; products for the peak come in between, so that all run under the
 * same conditions. */
static enum lb_status measure(struct bench *bench, const struct lb_bench_params *params)
{
    struct lb_bench *out = bench->out;
    const size_t repeats = (size_t)params->repeats;
    double once = 0.0;
    double once_forward = 0.0;
    LB_TRY(time_steps(bench, params->warm_up, &once));
    LB_TRY(time_forward(bench, 1, &once_forward));
    const int steps = batch_of(once / params->warm_up);
    const int passes = batch_of(once_forward);
    double *times = malloc(2 * repeats * sizeof *times);
    enum lb_status status = LB_OK;
    if (times == NULL) {
        return lb_fail_memory(bench->trainer->device->ctx, "timings");
    }
    double *forward = times + repeats;
    struct lb_gemm_square square = {0};
    LB_CHECK(lb_gemm_square_create(&square, bench->trainer->gemm, bench->trainer->device));
    LB_CHECK(lb_gemm_square_run(&square));
    for (size_t i = 0; i < repeats; i++) {
        LB_CHECK(time_steps(bench, steps, &times[i]));
        LB_CHECK(time_forward(bench, passes, &forward[i]));
        LB_CHECK(lb_gemm_square_run(&square));
    }
    qsort(times, repeats, sizeof times[0], compare_doubles);
    qsort(forward, repeats, sizeof forward[0], compare_doubles);
    const double median = times[repeats / 2] / steps;
    const double median_forward = forward[repeats / 2] / passes;
    out->step_ms = 1e3 * median;
    out->best_ms = 1e3 * times[0] / steps;
    out->pairs_per_s = bench->trainer->params.pairs / median;
    out->gflops = 1e-9 * step_flops(bench) / median;
    out->forward_ms = 1e3 * median_forward;
    out->forward_gflops = 1e-9 * forward_flops(bench) / median_forward;
    out->gemm_peak_gflops = square.gflops;
    out->fraction_of_peak = out->gflops / square.gflops;
    if (params->profile) {
        LB_CHECK(profile(bench, steps > 8 ? steps : 8));
    }
fail:
    lb_gemm_square_destroy(&square);
    free(times);
    return status;
}

static enum lb_status check(struct lb_context *ctx, const struct lb_bench_params *params)
{
    if (params->warm_up < 1 || params->repeats < 1 || params->repeats > MAX_REPEATS) {
        return lb_fail(
            ctx, LB_ERR_ARGUMENT,
            "bench: %d warm-up steps, %d repeats: must be at least 1, repeats at most %d",
            params->warm_up, params->repeats, MAX_REPEATS);
    }
    return LB_OK;
}

static enum lb_status check_decoder(struct lb_context *ctx, const struct lb_train_params *params)
{
    return params->mode == LB_TRAIN_SEPARATE && params->decoder_steps > 0
               ? LB_OK
               : lb_fail(ctx, LB_ERR_ARGUMENT,
                         "bench: there is no separate decoder phase with --joint, --plain or "
                         "--decoder-steps 0 (leave out these or --decoder)");
}

enum lb_status lb_bench_run(struct lb_device *device, const struct lb_train_params *params,
                            const struct lb_bench_params *bench_params, struct lb_bench *out)
{
    static const struct lb_bench_params defaults = {.warm_up = 3, .repeats = 9};
    const double start = lb_clock_seconds();
    double seconds = 0.0;
    struct lb_train_params resolved = *params;
    struct lb_training_data data = {0};
    struct bench bench = {.out = out};
    bench_params = bench_params != NULL ? bench_params : &defaults;
    LB_TRY(check(device->ctx, bench_params));
    LB_TRY(lb_settings_check(device->ctx, params));
    *out = (struct lb_bench){.copy_gb_per_s = (double)NAN, .profile_step_ms = (double)NAN};
    if (bench_params->decoder) {
        LB_TRY(check_decoder(device->ctx, params));
        bench.phase = LB_PHASE_DECODER;
    } else if (resolved.mode == LB_TRAIN_SEPARATE) {
        resolved.decoder_steps = 0; // no decoder, no memory for it
        bench.phase = LB_PHASE_ENCODER;
    } else {
        bench.phase = LB_PHASE_JOINT;
    }
    enum lb_status status = LB_OK;
    LB_CHECK(lb_training_data_open(&data, device, params));
    LB_CHECK(lb_training_data_resolve(&data, &resolved));
    LB_CHECK(lb_trainer_assemble(&bench.trainer, device, NULL, &data, &resolved, NULL));
    LB_CHECK(lb_trainer_start(bench.trainer));
    LB_CHECK(bench_params->decoder ? lb_trainer_next_phase(bench.trainer)
                                   : lb_trainer_begin_phase(bench.trainer));
    LB_CHECK(time_steps(&bench, 1, &seconds));
    out->first_step_ms = 1e3 * (lb_clock_seconds() - start);
    out->gemm = lb_gemm_get_kind(bench.trainer->gemm);
    LB_CHECK(measure(&bench, bench_params));
fail:
    lb_trainer_destroy(&bench.trainer);
    lb_training_data_close(&data);
    return status;
}
