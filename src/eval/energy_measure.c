/* E_epsilon of an encoder on pairs that training never saw, its two terms and the gap to the known
 * minimum. */
#include <math.h>
#include <stdlib.h>

#include "run/held_out.h"
#include "eval/measure.h"
#include "eval/statistics.h"
#include "geometry/sampling.h"
#include "loss/isometry.h"
#include "nn/network.h"

enum { BATCH = 256 };

/* Both terms of a pair from its three codes (l). */
static void pair_terms(const float *x, const float *y, const float *average, size_t l, double d,
                       double c, double *distortion, double *bending)
{
    double first_square = 0.0;
    double second_square = 0.0;
    for (size_t k = 0; k < l; k++) {
        const double to_x = (double)x[k] - (double)average[k];
        const double to_y = (double)y[k] - (double)average[k];
        const double first = (to_y - to_x) / d;
        const double second = 4.0 * (to_x + to_y) / (d * d);
        first_square += first * first;
        second_square += second * second;
    }
    *distortion = lb_loss_gamma(first_square, c);
    *bending = second_square;
}

/* Memory of one batch of pairs: fresh ones are drawn on the device, own ones read from the file. */
struct batch {
    struct lb_activations *tape;
    struct lb_pair_buffers pairs;
    cl_mem images;   // (3 BATCH, D)
    float *own;      // (3 BATCH, D): images of own pairs; NULL for fresh ones
    float *latent;   // (3 BATCH, l)
    float *distance; // (BATCH)
};

static enum lb_status batch_create(struct batch *batch, struct lb_run *run, bool fresh)
{
    struct lb_device *device = run->dataset->device;
    const size_t bytes = 3 * BATCH * run->image_size * sizeof(float);
    batch->latent = malloc(3 * BATCH * run->latent * sizeof *batch->latent);
    batch->distance = malloc(BATCH * sizeof *batch->distance);
    batch->own = fresh ? NULL : malloc(bytes);
    if (batch->latent == NULL || batch->distance == NULL || (!fresh && batch->own == NULL)) {
        return lb_fail_memory(run->ctx, "pairs");
    }
    if (!fresh) {
        return LB_OK;
    }
    LB_TRY(lb_activations_create(&batch->tape, run->encoder, 3 * BATCH, false));
    LB_TRY(lb_pair_buffers_create(&batch->pairs, run->dataset, BATCH));
    return lb_buffer_create(device, &batch->images, bytes, "images");
}

static void batch_free(struct batch *batch)
{
    lb_activations_destroy(&batch->tape);
    lb_pair_buffers_release(&batch->pairs);
    lb_buffer_release(&batch->images);
    free(batch->own);
    free(batch->latent);
    free(batch->distance);
}

/* Codes (all x, all y, all averages) and distances of `rows` held-out pairs from `first` on. */
static enum lb_status encode_held_out(struct batch *batch, struct lb_run *run, size_t first,
                                      size_t rows)
{
    const size_t size = rows * run->image_size;
    const struct lb_pairs pairs = {
        .x = batch->own,
        .y = batch->own + size,
        .average = batch->own + 2 * size,
        .distance = batch->distance,
    };
    LB_TRY(lb_run_held_out(run, first, rows, &pairs));
    return lb_network_apply(run->encoder, batch->own, 3 * rows, batch->latent);
}

/* The same of fresh pairs. */
static enum lb_status encode_fresh(struct batch *batch, struct lb_run *run, uint64_t seed,
                                   size_t first, size_t rows)
{
    struct lb_device *device = run->dataset->device;
    const struct lb_train_params *params = &run->params;
    const struct lb_random_counter draw = {seed, LB_STREAM_MEASURE_PAIRS, 0, (uint32_t)first};
    const struct lb_matrix images = {batch->images, 0, run->image_size};
    const int count = 3 * (int)rows;
    const double min_distance =
        params->min_distance < 0.0 ? params->epsilon / 10.0 : params->min_distance;
    LB_TRY(lb_dataset_enqueue_pairs(run->dataset, draw, (int)rows, min_distance, params->epsilon,
                                    &batch->pairs));
    LB_TRY(lb_dataset_enqueue_render(run->dataset, batch->pairs.points, count, batch->images));
    LB_TRY(lb_network_forward(run->encoder, batch->tape, images, count));
    LB_TRY(lb_buffer_read(device, lb_activations_output(batch->tape), 0, batch->latent,
                          3 * rows * run->latent * sizeof *batch->latent));
    return lb_buffer_read(device, batch->pairs.distance, 0, batch->distance,
                          rows * sizeof *batch->distance);
}

enum lb_status lb_measure_energy(struct lb_run *run, const struct lb_evaluate_params *params,
                                 struct lb_evaluation *out)
{
    const bool fresh = lb_run_has_manifold(run);
    const size_t l = run->latent;
    size_t n = params->pairs;
    struct batch batch = {0};
    if (!fresh) {
        LB_TRY(lb_run_held_out_count(run, &n));
    }
    double *energy = malloc(n * sizeof *energy);
    double *distortion = malloc(n * sizeof *distortion);
    double *bending = malloc(n * sizeof *bending);
    enum lb_status status = LB_OK;
    if (energy == NULL || distortion == NULL || bending == NULL) {
        status = lb_fail_memory(run->ctx, "energies");
        goto fail;
    }
    LB_CHECK(batch_create(&batch, run, fresh));
    for (size_t start = 0; start < n; start += BATCH) {
        const size_t rows = n - start < BATCH ? n - start : BATCH;
        LB_CHECK(lb_run_go_on(run));
        LB_CHECK(fresh ? encode_fresh(&batch, run, params->seed, start, rows)
                       : encode_held_out(&batch, run, start, rows));
        for (size_t i = 0; i < rows; i++) {
            const float *x = batch.latent + i * l;
            const size_t at = start + i;
            pair_terms(x, x + rows * l, x + 2 * rows * l, l, (double)batch.distance[i],
                       run->params.c, &distortion[at], &bending[at]);
            energy[at] = distortion[at] + run->params.lambda * bending[at];
        }
    }
    if (fresh) {
        LB_CHECK(lb_pair_buffers_check(run->dataset, &batch.pairs));
    }
    out->energy = lb_estimate_mean(energy, n);
    out->distortion = lb_estimate_mean(distortion, n);
    out->bending = lb_estimate_mean(bending, n);
    if (!isfinite(out->energy.mean)) {
        status = lb_fail(run->ctx, LB_ERR_NUMERIC,
                         "%s: E is not finite (the weights are damaged or too large: train again "
                         "with a smaller --lr)",
                         run->path);
        goto fail;
    }
    out->minimum =
        lb_energy_minimum(run->dataset->info.h, run->params.lambda, run->params.c).energy;
    out->gap = out->energy.mean - out->minimum;
fail:
    batch_free(&batch);
    free(energy);
    free(distortion);
    free(bending);
    return status;
}
