/* How well the decoder gives back the images that the encoder was shown. */
#include <math.h>
#include <stdlib.h>

#include "run/held_out.h"
#include "eval/measure.h"

enum { MAX_FLOATS = 1 << 24 }; // of the images held at once

static double sum_of_squares(const float *a, const float *b, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double difference = (double)a[i] - (double)b[i];
        sum += difference * difference;
    }
    return sum;
}

enum lb_status lb_measure_reconstruction(struct lb_run *run,
                                         const struct lb_evaluate_params *params,
                                         struct lb_evaluation *out)
{
    const bool manifold = lb_run_has_manifold(run);
    const size_t size = run->image_size;
    const size_t fit = MAX_FLOATS / size;
    size_t n = params->points > 0 ? params->points : 1;
    out->reconstruction_mse = (double)NAN;
    out->psnr = (double)NAN;
    if (run->decoder == NULL) {
        return LB_OK;
    }
    if (!manifold) {
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
    if (manifold) {
        LB_CHECK(lb_run_draw_points(run, params->seed, LB_POINTS_RECONSTRUCTION, n, points));
    }
    for (size_t start = 0; start < n; start += batch) {
        const size_t rows = n - start < batch ? n - start : batch;
        LB_CHECK(lb_run_check_cancelled(run));
        LB_CHECK(manifold ? lb_dataset_render(run->dataset, points + start * run->point_size, rows,
                                              images)
                          : lb_run_held_out_images(run, start, rows, NULL, images));
        LB_CHECK(lb_network_apply(run->encoder, images, rows, codes));
        LB_CHECK(lb_network_apply(run->decoder, codes, rows, decoded));
        sum += sum_of_squares(images, decoded, rows * size);
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
