/*
 * Singular values of D phi and the bending of phi at random points, by central differences.
 *
 * The step h balances two errors of the second differences: truncation, which decreases as h^4, and
 * float32 rounding of codes over h^2. Neither constant is known in advance, so h is chosen as in
 * Ridders' method: for some of the points h is halved repeatedly, starting at the sampling radius,
 * and the step whose halving changes the second derivatives least is used. First derivatives lose
 * one power of h less and are more accurate than the second ones at the same step.
 *
 * Points whose steps would cross the manifold's boundary are skipped.
 */
#include "eval/differential_measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/differential.h"
#include "eval/measure.h"
#include "eval/points.h"
#include "geometry/dataset.h"
#include "geometry/geodesic.h"

enum {
    TRIAL_POINTS = 64,
    HALVINGS = 8,         // of the step
    FIRST_HALVINGS = 10,  // of the largest step, for small manifolds with boundary
    VALUES_AT_ONCE = 4096 // approximate number of images per chunk
};

/* Stencil values at some points. */
struct chunk {
    struct lb_run *run;
    size_t m;
    size_t l;
    size_t size;         // values per stencil
    size_t capacity;     // in points
    float *coefficients; // (size, m): of one stencil
    float *origins;      // (capacity, size, p)
    float *coordinates;  // (capacity, size, m)
    float *steps;        // (capacity, size, p)
    int *inside;         // (capacity, size)
    float *latent;       // (capacity, size, l)
    double *values;      // (size, l): the present stencil
};

static enum lb_status chunk_create(struct chunk *chunk, struct lb_run *run)
{
    chunk->run = run;
    chunk->m = (size_t)run->dataset->info.dimension;
    chunk->l = run->latent;
    chunk->size = lb_stencil_size(chunk->m);
    chunk->capacity = VALUES_AT_ONCE / chunk->size + 1;
    const size_t rows = chunk->capacity * chunk->size;
    chunk->coefficients = malloc(chunk->size * chunk->m * sizeof *chunk->coefficients);
    chunk->origins = malloc(rows * run->point_size * sizeof *chunk->origins);
    chunk->coordinates = malloc(rows * chunk->m * sizeof *chunk->coordinates);
    chunk->steps = malloc(rows * run->point_size * sizeof *chunk->steps);
    chunk->inside = malloc(rows * sizeof *chunk->inside);
    chunk->latent = malloc(rows * chunk->l * sizeof *chunk->latent);
    chunk->values = malloc(chunk->size * chunk->l * sizeof *chunk->values);
    if (chunk->coefficients == NULL || chunk->origins == NULL || chunk->coordinates == NULL ||
        chunk->steps == NULL || chunk->inside == NULL || chunk->latent == NULL ||
        chunk->values == NULL) {
        return lb_fail_memory(run->ctx, "derivatives");
    }
    return LB_OK;
}

static void chunk_free(struct chunk *chunk)
{
    free(chunk->coefficients);
    free(chunk->origins);
    free(chunk->coordinates);
    free(chunk->steps);
    free(chunk->inside);
    free(chunk->latent);
    free(chunk->values);
}

static bool all_inside(const int *inside, size_t n)
{
    bool all = true;
    for (size_t i = 0; i < n; i++) {
        all = all && inside[i] != 0;
    }
    return all;
}

/* Steps from n <= capacity points (n, p). Stencils that stay inside move to the front, and *kept is
 * their number. kept_index (n), if not NULL: the points they belong to. */
static enum lb_status take_steps(struct chunk *chunk, const float *points, size_t n, double h,
                                 size_t *kept, size_t *kept_index)
{
    struct lb_run *run = chunk->run;
    const size_t p = run->point_size;
    const size_t m = chunk->m;
    const size_t floats = chunk->size * p;
    lb_stencil_steps(chunk->m, h, chunk->coefficients);
    for (size_t i = 0; i < n * chunk->size; i++) {
        const size_t j = i % chunk->size;
        memcpy(chunk->origins + i * p, points + i / chunk->size * p, p * sizeof *points);
        memcpy(chunk->coordinates + i * m, chunk->coefficients + j * m,
               m * sizeof *chunk->coefficients);
    }
    LB_TRY(lb_dataset_exponential(run->dataset, chunk->origins, chunk->coordinates, n * chunk->size,
                                  chunk->steps, chunk->inside));
    *kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (all_inside(chunk->inside + i * chunk->size, chunk->size)) {
            memmove(chunk->steps + *kept * floats, chunk->steps + i * floats,
                    floats * sizeof *chunk->steps);
            if (kept_index != NULL) {
                kept_index[*kept] = i;
            }
            (*kept)++;
        }
    }
    return LB_OK;
}

static enum lb_status encode(struct chunk *chunk, size_t n)
{
    return lb_run_encode_points(chunk->run, chunk->steps, n * chunk->size, chunk->latent);
}

/* The values (size, l) at point i, in double. */
static const double *values_of(struct chunk *chunk, size_t i)
{
    const size_t count = chunk->size * chunk->l;
    for (size_t k = 0; k < count; k++) {
        chunk->values[k] = (double)chunk->latent[i * count + k];
    }
    return chunk->values;
}

/* ---- the step -------------------------------------------------------------------------------- */

/* The largest step: at most the sampling radius and a quarter of the injectivity radius, such that
 * half of the n points keep their stencils inside. Those remain in points (n, p), with their number
 * in *n; *h is 0 if there is no such step. */
static enum lb_status largest_step(struct chunk *chunk, float *points, size_t *n, double *h)
{
    const size_t p = chunk->run->point_size;
    size_t index[TRIAL_POINTS];
    size_t kept = 0;
    *h = fmin(chunk->run->params.epsilon, 0.25 * chunk->run->dataset->info.injectivity_radius);
    for (int i = 0; i < FIRST_HALVINGS; i++) {
        LB_TRY(take_steps(chunk, points, *n, *h, &kept, index));
        if (2 * kept >= *n) {
            for (size_t k = 0; k < kept; k++) {
                memmove(points + k * p, points + index[k] * p, p * sizeof *points);
            }
            *n = kept;
            return LB_OK;
        }
        *h *= 0.5;
    }
    *h = 0.0;
    return LB_OK;
}

static enum lb_status trial(struct chunk *chunk, const float *points, size_t n, double h,
                            double *second)
{
    const size_t size = lb_stencil_directions(chunk->m) * chunk->l;
    size_t kept = 0;
    LB_TRY(take_steps(chunk, points, n, h, &kept, NULL));
    LB_TRY(encode(chunk, n));
    for (size_t i = 0; i < n; i++) {
        lb_stencil_second(chunk->m, chunk->l, h, values_of(chunk, i), second + i * size);
    }
    return LB_OK;
}

static double root_mean_square_change(const double *a, const double *b, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return sqrt(sum / (double)n);
}

/* *h: 0 if no step stays inside the manifold. */
static enum lb_status choose_step(struct chunk *chunk, const float *points, size_t n, double *h)
{
    size_t trials = n < TRIAL_POINTS ? n : TRIAL_POINTS;
    trials = trials < chunk->capacity ? trials : chunk->capacity;
    const size_t p = chunk->run->point_size;
    const size_t count = trials * lb_stencil_directions(chunk->m) * chunk->l;
    float *trial_points = malloc(trials * p * sizeof *trial_points);
    double *before = malloc(count * sizeof *before);
    double *after = malloc(count * sizeof *after);
    enum lb_status status = LB_OK;
    if (trial_points == NULL || before == NULL || after == NULL) {
        status = lb_fail_memory(chunk->run->ctx, "derivatives");
        goto fail;
    }
    memcpy(trial_points, points, trials * p * sizeof *points);
    double step;
    LB_CHECK(largest_step(chunk, trial_points, &trials, &step));
    *h = step;
    if (step == 0.0) {
        goto fail;
    }
    const size_t used = trials * lb_stencil_directions(chunk->m) * chunk->l;
    double least = INFINITY;
    LB_CHECK(trial(chunk, trial_points, trials, step, before));
    for (int i = 0; i < HALVINGS; i++) {
        LB_CHECK(trial(chunk, trial_points, trials, 0.5 * step, after));
        const double change = root_mean_square_change(before, after, used);
        lb_log(chunk->run->ctx, LB_LOG_DEBUG, "derivatives: step %.4g: second differences to %.2g",
               step, change);
        if (change < least) {
            least = change;
            *h = step;
        }
        memcpy(before, after, used * sizeof *before);
        step *= 0.5;
    }
fail:
    free(trial_points);
    free(before);
    free(after);
    return status;
}

/* ---- the numbers ----------------------------------------------------------------------------- */

static int compare_numbers(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The q-quantile of n > 0 sorted numbers, with linear interpolation. */
static double quantile(const double *sorted, size_t n, double q)
{
    const double position = q * (double)(n - 1);
    const size_t below = (size_t)position;
    const size_t above = below + 1 < n ? below + 1 : below;
    const double share = position - (double)below;
    return share > 0.0 ? (1.0 - share) * sorted[below] + share * sorted[above] : sorted[below];
}

/* Computes all of `out` except the bending from sigmas (n, m), which it sorts. */
static enum lb_status summarise(struct lb_run *run, size_t m, size_t n, struct lb_evaluation *out)
{
    double *condition = malloc(n * sizeof *condition);
    if (condition == NULL) {
        return lb_fail_memory(run->ctx, "condition numbers");
    }
    const double count = (double)(n * m);
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double least = out->sigmas[i * m + m - 1];
        condition[i] = least > 0.0 ? out->sigmas[i * m] / least : INFINITY; // avoids 0 / 0
        sum += condition[i];
    }
    out->condition_mean = sum / (double)n;
    qsort(condition, n, sizeof *condition, compare_numbers);
    out->condition_p95 = quantile(condition, n, 0.95);
    free(condition);
    qsort(out->sigmas, n * m, sizeof *out->sigmas, compare_numbers);
    out->sigma_count = n * m;
    out->sigma_min = out->sigmas[0];
    out->sigma_median = quantile(out->sigmas, n * m, 0.5);
    out->sigma_max = out->sigmas[n * m - 1];
    double logarithms = 0.0;
    double absolute = 0.0;
    for (size_t i = 0; i < n * m; i++) {
        logarithms += log(out->sigmas[i]) / count;
        absolute += fabs(log(out->sigmas[i])) / count;
    }
    double variance = 0.0;
    for (size_t i = 0; i < n * m; i++) {
        const double deviation = log(out->sigmas[i]) - logarithms;
        variance += deviation * deviation / count;
    }
    out->mean_abs_log_sigma = absolute;
    out->scale = exp(logarithms);
    out->scaled_isometry_error = sqrt(variance);
    return LB_OK;
}

/* Computes sigmas (n, m) and the bending at those of `total` points that stay inside; *n: their
 * number. */
static enum lb_status measure_points(struct chunk *chunk, const float *points, size_t total,
                                     double h, struct lb_evaluation *out, size_t *n)
{
    double normal = 0.0;
    double tangential = 0.0;
    *n = 0;
    for (size_t start = 0; start < total; start += chunk->capacity) {
        const size_t rows = total - start < chunk->capacity ? total - start : chunk->capacity;
        size_t kept = 0;
        LB_TRY(take_steps(chunk, points + start * chunk->run->point_size, rows, h, &kept, NULL));
        LB_TRY(encode(chunk, kept));
        for (size_t i = 0; i < kept; i++) {
            struct lb_differential at = {.sigma = out->sigmas + *n * chunk->m};
            LB_TRY(lb_differential_of(chunk->run->ctx, chunk->m, chunk->l, h, values_of(chunk, i),
                                      &at));
            normal += at.normal;
            tangential += at.tangential;
            (*n)++;
        }
    }
    if (*n > 0) {
        out->bending_normal = normal / (double)*n;
        out->bending_tangential = tangential / (double)*n;
    }
    return LB_OK;
}

enum lb_status lb_run_point_sigmas(struct lb_run *run, const float *points, size_t n,
                                   double *sigmas)
{
    struct chunk chunk = {0};
    double h = 0.0;
    size_t *index = NULL;
    enum lb_status status = chunk_create(&chunk, run);
    if (status != LB_OK) {
        goto fail;
    }
    for (size_t i = 0; i < n * chunk.m; i++) {
        sigmas[i] = (double)NAN;
    }
    index = malloc(chunk.capacity * sizeof *index);
    if (index == NULL) {
        status = lb_fail_memory(run->ctx, "singular values");
        goto fail;
    }
    LB_CHECK(choose_step(&chunk, points, n, &h));
    for (size_t start = 0; start < n && h > 0.0; start += chunk.capacity) {
        const size_t rows = n - start < chunk.capacity ? n - start : chunk.capacity;
        size_t kept = 0;
        LB_CHECK(take_steps(&chunk, points + start * run->point_size, rows, h, &kept, index));
        LB_CHECK(encode(&chunk, kept));
        for (size_t i = 0; i < kept; i++) {
            struct lb_differential at = {.sigma = sigmas + (start + index[i]) * chunk.m};
            LB_CHECK(lb_differential_of(run->ctx, chunk.m, chunk.l, h, values_of(&chunk, i), &at));
        }
    }
fail:
    free(index);
    chunk_free(&chunk);
    return status;
}

static enum lb_status measure(struct lb_run *run, const struct lb_evaluate_params *params,
                              struct lb_evaluation *out)
{
    const size_t total = params->points;
    struct chunk chunk = {0};
    double h = 0.0;
    size_t n = 0;
    float *points = malloc(total * run->point_size * sizeof *points);
    enum lb_status status = chunk_create(&chunk, run);
    if (status != LB_OK) {
        goto fail;
    }
    out->sigmas = malloc(total * chunk.m * sizeof *out->sigmas);
    if (points == NULL || out->sigmas == NULL) {
        status = lb_fail_memory(run->ctx, "singular values");
        goto fail;
    }
    LB_CHECK(lb_run_draw_points(run, params->seed, LB_SAMPLE_DIFFERENTIAL, total, points));
    LB_CHECK(choose_step(&chunk, points, total, &h));
    if (h > 0.0) {
        LB_CHECK(measure_points(&chunk, points, total, h, out, &n));
    }
    if (n == 0) {
        lb_log(run->ctx, LB_LOG_WARNING,
               "%s: no point is far enough from the boundary for finite differences: no singular "
               "values and no split of the bending (widen the manifold's bounds)",
               run->path);
        goto fail;
    }
    lb_log(run->ctx, LB_LOG_DEBUG, "derivatives: step %.4g, %zu of %zu points", h, n, total);
    LB_CHECK(summarise(run, chunk.m, n, out));
fail:
    chunk_free(&chunk);
    free(points);
    return status;
}

#define AT(field) offsetof(struct lb_evaluation, field)

static const struct lb_number_row rows[] = {
    {{.key = "sigma_min",
      .name = "smallest singular value",
      .help = "of D phi; 1 for isometries",
      .better = LB_BETTER_NEAR_ONE},
     AT(sigma_min)},
    {{.key = "sigma_median",
      .name = "median singular value",
      .help = "of D phi",
      .better = LB_BETTER_NEAR_ONE},
     AT(sigma_median)},
    {{.key = "sigma_max",
      .name = "largest singular value",
      .help = "of D phi",
      .better = LB_BETTER_NEAR_ONE},
     AT(sigma_max)},
    {{.key = "mean_abs_log_sigma",
      .name = "mean |log singular value|",
      .help = "mean |log sigma|",
      .better = LB_BETTER_LOWER},
     AT(mean_abs_log_sigma)},
    {{.key = "scale", .name = "scale", .help = "exp(mean log sigma)", .better = LB_BETTER_NEAR_ONE},
     AT(scale)},
    {{.key = "scaled_isometry_error",
      .name = "scaled isometry error",
      .help = "standard deviation of log sigma",
      .better = LB_BETTER_LOWER},
     AT(scaled_isometry_error)},
    {{.key = "condition_mean",
      .name = "condition number",
      .help = "largest over smallest sigma of a point",
      .better = LB_BETTER_LOWER},
     AT(condition_mean)},
    {{.key = "condition_p95",
      .name = "condition number, 95 %",
      .help = "its 95th percentile",
      .better = LB_BETTER_LOWER},
     AT(condition_p95)},
    {{.key = "bending_normal",
      .name = "bending, normal",
      .help = "mean |Hess phi(v,v)|^2 normal to phi(M): curvature",
      .better = LB_BETTER_LOWER},
     AT(bending_normal)},
    {{.key = "bending_tangential",
      .name = "bending, tangential",
      .help = "the same, tangential to phi(M)",
      .better = LB_BETTER_LOWER},
     AT(bending_tangential)},
};

const struct lb_measure lb_differential_measure = {
    .name = "derivatives",
    .needs = LB_NEEDS_MANIFOLD,
    .run = measure,
    .numbers = rows,
    .count = LB_COUNT(rows),
};
