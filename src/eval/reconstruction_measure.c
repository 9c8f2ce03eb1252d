/* Reconstruction error of encoder and decoder. */
#include <math.h>
#include <stdlib.h>

#include "eval/measure.h"
#include "eval/points.h"
#include "eval/statistics.h"

enum { MAX_FLOATS = 1 << 24 }; // of the images held at once

static enum lb_status measure(struct lb_run *run, const struct lb_evaluate_params *params,
                              struct lb_evaluation *out)
{
    const bool fresh = lb_run_has_manifold(run);
    const size_t size = run->image_size;
    const size_t fit = MAX_FLOATS / size;
    size_t n = params->points;
    if (!fresh) {
        LB_TRY(lb_run_held_out_count(run, &n));
    }
    const size_t batch = fit < 1 ? 1 : fit < n ? fit : n;
    float *points = malloc((n * run->point_size + 1) * sizeof *points);
    float *codes = malloc(batch * run->latent * sizeof *codes);
    float *images = malloc(batch * size * sizeof *images);
    float *decoded = malloc(batch * size * sizeof *decoded);
    double sum = 0.0;
    enum lb_status status = LB_OK;
    if (points == NULL || codes == NULL || images == NULL || decoded == NULL) {
        status = lb_fail_memory(run->ctx, "reconstruction");
        goto fail;
    }
    if (fresh) {
        LB_CHECK(lb_run_draw_points(run, params->seed, LB_SAMPLE_RECONSTRUCTION, n, points));
    }
    for (size_t start = 0; start < n; start += batch) {
        const size_t rows = n - start < batch ? n - start : batch;
        LB_CHECK(lb_run_check_cancelled(run));
        LB_CHECK(lb_run_images(run, fresh ? points : NULL, start, rows, images));
        LB_CHECK(lb_network_apply(run->encoder, images, rows, codes));
        LB_CHECK(lb_network_apply(run->decoder, codes, rows, decoded));
        sum += lb_squared_distance(images, decoded, rows * size);
    }
    out->reconstruction_mse = sum / ((double)n * (double)size);
    out->psnr = -10.0 * log10(out->reconstruction_mse);
fail:
    free(points);
    free(codes);
    free(images);
    free(decoded);
    return status;
}

static const struct lb_number_row rows[] = {
    {{.key = "reconstruction_mse",
      .name = "reconstruction",
      .help = "mean squared error per pixel",
      .better = LB_BETTER_LOWER},
     offsetof(struct lb_evaluation, reconstruction_mse)},
    {{.key = "psnr",
      .name = "PSNR",
      .unit = "dB",
      .help = "for pixels in [0,1]",
      .better = LB_BETTER_HIGHER},
     offsetof(struct lb_evaluation, psnr)},
};

const struct lb_measure lb_reconstruction_measure = {
    .name = "reconstruction",
    .needs = LB_NEEDS_DECODER,
    .run = measure,
    .numbers = rows,
    .count = LB_COUNT(rows),
};
