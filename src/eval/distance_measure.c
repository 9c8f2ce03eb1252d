/* True distances against latent distances, and measures derived from them: neighbourhoods and
 * principal components, which use the same sample. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/machine.h"
#include "eval/measure.h"
#include "eval/neighbourhoods.h"
#include "eval/pca.h"
#include "eval/points.h"
#include "eval/statistics.h"

enum { NEIGHBOURS = 10 };

/* truth (n, n): distances on the manifold. */
static enum lb_status fill_truth(struct lb_run *run, const float *points, size_t n, double *truth)
{
    const size_t p = run->point_size;
    float *repeated = malloc(n * p * sizeof *repeated);
    float *row = malloc(n * sizeof *row);
    enum lb_status status = LB_OK;
    if (repeated == NULL || row == NULL) {
        status = lb_fail_memory(run->ctx, "true distances");
        goto fail;
    }
    for (size_t i = 0; i < n; i++) {
        const size_t others = n - i - 1;
        LB_CHECK(lb_run_check_cancelled(run));
        for (size_t j = 0; j < others; j++) {
            memcpy(repeated + j * p, points + i * p, p * sizeof *points);
        }
        LB_CHECK(lb_dataset_distances(run->dataset, repeated, points + (i + 1) * p, others, row));
        truth[i * n + i] = 0.0;
        for (size_t j = 0; j < others; j++) {
            truth[i * n + i + 1 + j] = (double)row[j];
            truth[(i + 1 + j) * n + i] = (double)row[j];
        }
    }
fail:
    free(repeated);
    free(row);
    return status;
}

/* latent (n, n): Euclidean distances of codes (n, l). */
static enum lb_status fill_latent(struct lb_run *run, const float *codes, size_t n, double *latent)
{
    const size_t l = run->latent;
    for (size_t i = 0; i < n; i++) {
        LB_TRY(lb_run_check_cancelled(run));
        for (size_t j = i; j < n; j++) {
            const double d = sqrt(lb_squared_distance(codes + i * l, codes + j * l, l));
            latent[i * n + j] = d;
            latent[j * n + i] = d;
        }
    }
    return LB_OK;
}

/* Keeps the upper triangles: each pair of points once. */
static enum lb_status keep_pairs(struct lb_run *run, const double *truth, const double *latent,
                                 size_t n, struct lb_evaluation *out)
{
    const size_t count = n * (n - 1) / 2;
    out->distances = malloc((count + 1) * sizeof *out->distances);
    out->chords = malloc((count + 1) * sizeof *out->chords);
    if (out->distances == NULL || out->chords == NULL) {
        return lb_fail_memory(run->ctx, "distances");
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            out->distances[out->pair_count] = truth[i * n + j];
            out->chords[out->pair_count] = latent[i * n + j];
            out->pair_count++;
        }
    }
    return LB_OK;
}

static enum lb_status check_cancelled(void *run)
{
    return lb_run_check_cancelled(run);
}

static enum lb_status correlate_ranks(struct lb_run *run, struct lb_evaluation *out)
{
    const size_t n = out->pair_count;
    double *ranks = malloc((2 * n + 1) * sizeof *ranks);
    enum lb_status status = LB_OK;
    if (ranks == NULL) {
        return lb_fail_memory(run->ctx, "ranks");
    }
    LB_CHECK(check_cancelled(run));
    LB_CHECK(lb_ranks(run->ctx, out->distances, n, check_cancelled, run, ranks));
    LB_CHECK(lb_ranks(run->ctx, out->chords, n, check_cancelled, run, ranks + n));
    LB_CHECK(check_cancelled(run));
    out->spearman = lb_correlation(ranks, ranks + n, n);
fail:
    free(ranks);
    return status;
}

static enum lb_status measure_pca(struct lb_run *run, const float *codes, size_t n,
                                  struct lb_evaluation *out)
{
    const size_t l = run->latent;
    double *mean = malloc(l * sizeof *mean);
    double *axes = malloc(l * l * sizeof *axes);
    enum lb_status status = LB_OK;
    out->pca_variance = malloc(l * sizeof *out->pca_variance);
    if (mean == NULL || axes == NULL || out->pca_variance == NULL) {
        status = lb_fail_memory(run->ctx, "principal components");
        goto fail;
    }
    LB_CHECK(lb_pca_fit(run->ctx, codes, n, l, l, mean, axes, out->pca_variance));
    out->pca_count = l;
fail:
    free(mean);
    free(axes);
    return status;
}

static enum lb_status measure(struct lb_run *run, const struct lb_evaluate_params *params,
                              struct lb_evaluation *out)
{
    const size_t n = params->points;
    struct lb_neighbourhoods near;
    float *points = malloc(n * run->point_size * sizeof *points);
    float *codes = malloc(n * run->latent * sizeof *codes);
    double *truth = n <= SIZE_MAX / sizeof *truth / n ? malloc(n * n * sizeof *truth) : NULL;
    double *latent = truth != NULL ? malloc(n * n * sizeof *latent) : NULL;
    enum lb_status status = LB_OK;
    if (points == NULL || codes == NULL || truth == NULL || latent == NULL) {
        status = lb_fail_memory(run->ctx, "matrix of distances");
        goto fail;
    }
    LB_CHECK(lb_run_draw_points(run, params->seed, LB_SAMPLE_DISTANCES, n, points));
    LB_CHECK(lb_run_encode_points(run, points, n, codes));
    LB_CHECK(fill_truth(run, points, n, truth));
    LB_CHECK(fill_latent(run, codes, n, latent));
    LB_CHECK(lb_compare_neighbourhoods(run, truth, latent, n, NEIGHBOURS, &near));
    LB_CHECK(keep_pairs(run, truth, latent, n, out));
    free(truth); // as large as everything that follows
    free(latent);
    truth = NULL;
    latent = NULL;
    out->stress = lb_stress(out->distances, out->chords, out->pair_count);
    out->pearson = lb_correlation(out->distances, out->chords, out->pair_count);
    LB_CHECK(correlate_ranks(run, out));
    out->min_ratio =
        lb_smallest_ratio(out->distances, out->chords, out->pair_count, run->params.epsilon);
    out->knn_recall = near.recall;
    out->trustworthiness = near.trustworthiness;
    out->continuity = near.continuity;
    LB_CHECK(measure_pca(run, codes, n, out));
fail:
    free(points);
    free(codes);
    free(truth);
    free(latent);
    return status;
}

/* ---- cost ------------------------------------------------------------------------------------ */

/* Upper estimate of the host memory for n points. */
static double bytes_needed(size_t n)
{
    /* Per ordered pair of points (each pair counts twice): first truth, latent, distances and
     * chords; then the last two, two ranks, and the sorted data with a copy */
    const double matrices = 2.0 + 1.0;
    const double ranks = 1.0 + 1.0 + 2.0;
    return fmax(matrices, ranks) * (double)sizeof(double) * (double)n * (double)n;
}

/* Checks the only memory need of an evaluation that is quadratic in a setting. */
static enum lb_status check(struct lb_run *run, const struct lb_evaluate_params *params)
{
    const double mebibyte = 1024.0 * 1024.0;
    const double worth_saying = 256.0 * mebibyte;
    const double bytes = bytes_needed(params->points);
    const double limit = lb_machine_memory();
    if (bytes > limit) {
        return lb_fail(run->ctx, LB_ERR_MEMORY,
                       "evaluation: the distances between %zu points need %.1f MiB, but only %.1f "
                       "MiB are available (use fewer points)",
                       params->points, bytes / mebibyte, limit / mebibyte);
    }
    if (bytes > worth_saying) {
        lb_log(run->ctx, LB_LOG_INFO, "memory   %.1f MiB for the distances between %zu points",
               bytes / mebibyte, params->points);
    }
    return LB_OK;
}

static const struct lb_number_row rows[] = {
    {{.key = "stress",
      .name = "stress",
      .help = "misfit of latent to true distances at the best scale",
      .better = LB_BETTER_LOWER},
     offsetof(struct lb_evaluation, stress)},
    {{.key = "pearson",
      .name = "correlation",
      .help = "correlation of latent and true distances",
      .better = LB_BETTER_HIGHER},
     offsetof(struct lb_evaluation, pearson)},
    {{.key = "spearman",
      .name = "rank correlation",
      .help = "the same for their ranks",
      .better = LB_BETTER_HIGHER},
     offsetof(struct lb_evaluation, spearman)},
    {{.key = "min_ratio",
      .name = "smallest ratio",
      .help = "smallest latent/true distance beyond epsilon; 0: self-intersection",
      .better = LB_BETTER_HIGHER},
     offsetof(struct lb_evaluation, min_ratio)},
};

const struct lb_measure lb_distance_measure = {
    .name = "distances",
    .needs = LB_NEEDS_MANIFOLD,
    .check = check,
    .run = measure,
    .numbers = rows,
    .count = LB_COUNT(rows),
};
