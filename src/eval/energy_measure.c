/* E_epsilon of an encoder on fresh pairs, with its two terms and the gap to the known minimum. */
#include <math.h>
#include <stdlib.h>

#include "batch/batch_source.h"
#include "eval/measure.h"
#include "eval/statistics.h"
#include "geometry/sampling.h"
#include "loss/isometry.h"
#include "nn/network.h"
#include "run/settings.h"

/* Pairs per batch, and numbers in its images: fewer pairs of large images or layers, since kernels
 * use int indices and devices limit their buffers. */
enum { BATCH = 256, BATCH_NUMBERS = 1 << 28 };

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
    *distortion = lb_isometry_gamma(first_square, c);
    *bending = second_square;
}

/* Data of a batch. */
struct batch {
    struct lb_batch_source source;
    struct lb_activations *activations;
    size_t rows;     // most pairs
    float *latent;   // (3 rows, l)
    float *distance; // (rows)
};

static size_t fitting_rows(const struct lb_run *run)
{
    const size_t images = BATCH_NUMBERS / (3 * run->image_size);
    const size_t layers = (size_t)lb_activations_rows(&run->encoder->layers, 3 * BATCH) / 3;
    const size_t rows = images < layers ? images : layers;
    return rows > 1 ? rows : 1;
}

static enum lb_status batch_create(struct batch *batch, struct lb_run *run, uint64_t seed)
{
    struct lb_train_params params = run->params;
    lb_settings_fill_min_distance(&params);
    batch->rows = fitting_rows(run);
    const struct lb_batch_source_params source = {
        .seed = seed,
        .epsilon = params.epsilon,
        .min_distance = params.min_distance,
        .rows = (int)batch->rows,
    };
    batch->latent = malloc(3 * batch->rows * run->latent * sizeof *batch->latent);
    batch->distance = malloc(batch->rows * sizeof *batch->distance);
    if (batch->latent == NULL || batch->distance == NULL) {
        return lb_fail_memory(run->ctx, "pairs");
    }
    LB_TRY(lb_batch_source_create(&batch->source, run->dataset, run->pairs, &source));
    return lb_activations_create(&batch->activations, run->encoder->device, &run->encoder->layers,
                                 3 * (int)batch->rows, false);
}

static void batch_free(struct batch *batch)
{
    lb_batch_source_destroy(&batch->source);
    lb_activations_destroy(&batch->activations);
    free(batch->latent);
    free(batch->distance);
}

/* Codes (all x, all y, all averages) and distances of `rows` pairs starting at `first`. */
static enum lb_status encode(struct batch *batch, struct lb_run *run, size_t first, size_t rows)
{
    struct lb_device *device = run->dataset->device;
    struct lb_batch_source *source = &batch->source;
    const struct lb_matrix images = {source->images, 0, run->image_size};
    const struct lb_batch_request request = lb_measured_pairs(source, first, (int)rows);
    LB_TRY(lb_batch_source_pairs(source, &request));
    LB_TRY(lb_network_forward(run->encoder, batch->activations, images, 3 * (int)rows));
    LB_TRY(lb_buffer_read(device, lb_activations_output(batch->activations), 0, batch->latent,
                          3 * rows * run->latent * sizeof *batch->latent));
    return lb_buffer_read(device, source->pairs.distance, 0, batch->distance,
                          rows * sizeof *batch->distance);
}

static enum lb_status measure(struct lb_run *run, const struct lb_evaluate_params *params,
                              struct lb_evaluation *out)
{
    const size_t l = run->latent;
    size_t n = params->pairs;
    struct batch batch = {0};
    if (!lb_run_has_manifold(run)) {
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
    LB_CHECK(batch_create(&batch, run, params->seed));
    for (size_t start = 0; start < n; start += batch.rows) {
        const size_t rows = n - start < batch.rows ? n - start : batch.rows;
        LB_CHECK(lb_run_check_cancelled(run));
        LB_CHECK(encode(&batch, run, start, rows));
        for (size_t i = 0; i < rows; i++) {
            const float *x = batch.latent + i * l;
            const size_t at = start + i;
            pair_terms(x, x + rows * l, x + 2 * rows * l, l, (double)batch.distance[i],
                       run->params.c, &distortion[at], &bending[at]);
            energy[at] = distortion[at] + run->params.lambda * bending[at];
        }
    }
    LB_CHECK(lb_batch_source_check(&batch.source));
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

#define AT(field) offsetof(struct lb_evaluation, field)

static const struct lb_number_row rows[] = {
    {{.key = "E",
      .name = "E",
      .help = "distortion + lambda bending",
      .better = LB_BETTER_LOWER,
      .has_error = true},
     AT(energy)},
    {{.key = "distortion",
      .name = "distortion",
      .help = "mean gamma(|first quotient|), 0 for isometries",
      .better = LB_BETTER_LOWER,
      .has_error = true},
     AT(distortion)},
    {{.key = "bending",
      .name = "bending",
      .help = "mean |second quotient|^2 over squared distance",
      .better = LB_BETTER_LOWER,
      .has_error = true},
     AT(bending)},
    {{.key = "E_star",
      .name = "E*",
      .help = "smallest E of any map, for epsilon -> 0",
      .needs = LB_NEEDS_MANIFOLD},
     AT(minimum)},
    {{.key = "gap",
      .name = "gap",
      .help = "E - E_star",
      .better = LB_BETTER_LOWER,
      .needs = LB_NEEDS_MANIFOLD},
     AT(gap)},
};

const struct lb_measure lb_energy_measure = {
    .name = "energy",
    .run = measure,
    .numbers = rows,
    .count = LB_COUNT(rows),
};
