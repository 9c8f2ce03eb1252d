/* E_epsilon of a trained encoder. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/convergence.h"
#include "eval/pair_list.h"
#include "eval/pair_pattern.h"
#include "eval/points.h"
#include "geometry/dataset.h"
#include "geometry/query.h"
#include "loss/isometry.h"

/* Fraction of the bending above which a level is excluded from the limit; the two largest levels,
 * which are indispensable, may have more. The rounding is known up to a factor of two. */
#define ROUNDING_SHARE         1e-4
#define LARGEST_ROUNDING_SHARE 1e-3
#define TINY                   1e-3 /* of epsilon: at this distance only rounding is left */

/* A level of a sample counts if it has at least 1/16 of the pairs of the largest level. */
enum { FEW = 16 };

enum { ROUNDING_PAIRS = 1024, PILOT_POINTS = 512, MAX_POINTS = 4096, MIN_POINTS = 16 };

/* Points and codes of n geodesics; arrays may be NULL. */
struct batch {
    const struct lb_pair_pattern *pattern;
    size_t n;
    float *points;   ///< (pattern->points, n, p): all first points, all second ones, and so on
    float *latent;   ///< (pattern->points, n, l)
    float *distance; ///< (n) between the ends
};

static void batch_free(struct batch *batch)
{
    free(batch->points);
    free(batch->latent);
    free(batch->distance);
    *batch = (struct batch){0};
}

static enum lb_status batch_create(struct batch *batch, struct lb_run *run,
                                   const struct lb_pair_pattern *pattern, size_t n)
{
    const size_t points = (size_t)pattern->points * n;
    batch->pattern = pattern;
    batch->n = n;
    batch->points = malloc(points * run->point_size * sizeof *batch->points);
    batch->latent = malloc(points * run->latent * sizeof *batch->latent);
    batch->distance = malloc(n * sizeof *batch->distance);
    if (batch->points == NULL || batch->latent == NULL || batch->distance == NULL) {
        return lb_fail_memory(run->ctx, "pairs");
    }
    return LB_OK;
}

/* Fresh geodesics with lengths in [low, high], and their codes. */
static enum lb_status draw_batch(struct lb_run *run, uint64_t seed, double low, double high,
                                 struct batch *batch)
{
    const size_t size = batch->n * run->point_size;
    const int last = batch->pattern->points - 1;
    float *middle = batch->points + (size_t)(last / 2) * size;
    float *end = batch->points + (size_t)last * size;
    const struct lb_pairs_params params = {.epsilon = high, .min_distance = low, .seed = seed};
    const struct lb_pairs pairs = {.point_x = batch->points,
                                   .point_y = end,
                                   .point_average = middle,
                                   .distance = batch->distance};
    LB_TRY(lb_dataset_pairs(run->dataset, &params, batch->n, &pairs));
    if (last == 4) { // each quarter is the midpoint of a half
        LB_TRY(lb_dataset_midpoints(run->dataset, batch->points, middle, batch->n,
                                    batch->points + size));
        LB_TRY(lb_dataset_midpoints(run->dataset, middle, end, batch->n, end - size));
    }
    return lb_run_encode_points(run, batch->points, (size_t)batch->pattern->points * batch->n,
                                batch->latent);
}

struct terms {
    double first_squared;  ///< |phi(y) - phi(x)|^2
    double second_squared; ///< |(phi(x) + phi(y)) / 2 - phi(av)|^2
};

static struct terms differences(const float *x, const float *y, const float *average, size_t l)
{
    struct terms terms = {0};
    for (size_t k = 0; k < l; k++) {
        const double first = (double)y[k] - (double)x[k];
        const double second = 0.5 * ((double)x[k] + (double)y[k]) - (double)average[k];
        terms.first_squared += first * first;
        terms.second_squared += second * second;
    }
    return terms;
}

/* Differences of geodesic i between two of its points; the second difference exists if their
 * midpoint is among the points. */
static struct terms batch_differences(const struct batch *batch, size_t l, size_t i,
                                      struct lb_pattern_span span)
{
    const size_t from = (size_t)span.from * batch->n + i;
    const size_t to = (size_t)span.to * batch->n + i;
    const size_t middle = (size_t)((span.from + span.to) / 2) * batch->n + i;
    return differences(batch->latent + from * l, batch->latent + to * l, batch->latent + middle * l,
                       l);
}

static double bending_of(struct terms terms, double d)
{
    return 64.0 * terms.second_squared / (d * d * d * d);
}

/* Mean square of the second difference due to rounding of points and codes, from pairs so close
 * that there is nothing else. */
static enum lb_status measure_rounding(struct lb_run *run, uint64_t seed, double *rounding)
{
    const double radius = TINY * run->params.epsilon;
    const struct lb_pair_pattern *pattern = lb_pair_pattern_of(LB_PAIRS_BALL);
    struct batch batch = {0};
    struct lb_running_mean mean = {0};
    enum lb_status status = LB_OK;
    LB_CHECK(batch_create(&batch, run, pattern, ROUNDING_PAIRS));
    LB_CHECK(draw_batch(run, seed, 0.5 * radius, radius, &batch));
    for (size_t i = 0; i < batch.n; i++) {
        const struct terms terms = batch_differences(&batch, run->latent, i, pattern->second[0]);
        lb_running_mean_add(&mean, terms.second_squared);
    }
    *rounding = mean.mean;
fail:
    batch_free(&batch);
    return status;
}

/* Data of the levels for limit and slope. */
struct study {
    struct lb_estimate bending[LB_CONVERGE_MAX_LEVELS]; ///< with the mean rounding subtracted
    double
        *pair_bending; ///< (levels, pairs) the same per pair; NULL: the levels have different pairs
    int finest;        ///< of the levels that count; -1: none
};

/* Rounding adds its mean square to |second quotient|^2: a small fraction in the levels that count,
 * which is subtracted. */
static void judge_rounding(struct lb_convergence *out, struct study *study, int k, double rounding,
                           double inverse_fourth)
{
    const struct lb_converge_level *level = &out->levels[k];
    const double excess = 64.0 * rounding * inverse_fourth;
    const double share = excess / level->bending.mean;
    study->bending[k] = level->bending;
    study->bending[k].mean -= excess;
    if (k == 0) { // it grows like epsilon^-4
        out->rounding_below = level->epsilon * pow(share, 0.25);
    }
    if (share <= (k <= 1 ? LARGEST_ROUNDING_SHARE : ROUNDING_SHARE) &&
        level->pairs * FEW >= out->levels[0].pairs) {
        study->finest = k;
    }
}

/* Richardson extrapolation to epsilon = 0 from two levels, for an error of epsilon^order. */
static double extrapolated(double fine, double coarse, int order)
{
    const double factor = (double)(1 << order);
    return (factor * fine - coarse) / (factor - 1.0);
}

/* bending - limit at one level; if all levels have the same pairs, with the error of paired
 * differences. */
static struct lb_estimate deviation_of(const struct lb_convergence *out, const struct study *study,
                                       int k)
{
    const int f = study->finest;
    const int order = out->limit_order;
    if (study->pair_bending == NULL) {
        const double fine = extrapolated(study->bending[f].standard_error, 0.0, order);
        const double coarse = extrapolated(0.0, study->bending[f - 1].standard_error, order);
        return (struct lb_estimate){study->bending[k].mean - out->limit_bending,
                                    hypot(study->bending[k].standard_error, hypot(coarse, fine))};
    }
    const size_t n = out->levels[k].pairs;
    const double *own = study->pair_bending + (size_t)k * n;
    const double *coarse = study->pair_bending + (size_t)(f - 1) * n;
    const double *fine = study->pair_bending + (size_t)f * n;
    struct lb_running_mean mean = {0};
    for (size_t i = 0; i < n; i++) {
        lb_running_mean_add(&mean, own[i] - extrapolated(fine[i], coarse[i], order));
    }
    return lb_running_mean_finish(&mean);
}

/* Limits from the two finest levels that count. */
static void extrapolate(struct lb_convergence *out, const struct study *study,
                        enum lb_activation activation)
{
    const int f = study->finest;
    if (f < 1) {
        return;
    }
    const struct lb_converge_level *fine = &out->levels[f];
    const struct lb_converge_level *coarse = &out->levels[f - 1];
    struct lb_estimate deviation[LB_CONVERGE_MAX_LEVELS];
    out->limit_distortion = extrapolated(fine->distortion.mean, coarse->distortion.mean, 2);
    if (activation == LB_RELU) {
        return;
    }
    out->limit_order = activation == LB_ELU ? 1 : 2;
    out->limit_bending =
        extrapolated(study->bending[f].mean, study->bending[f - 1].mean, out->limit_order);
    for (int k = 0; k < f; k++) {
        deviation[k] = deviation_of(out, study, k);
    }
    out->slope_bending = lb_convergence_slope(out, f, deviation);
}

/* Means over one geodesic's pairs, and over its triples. */
struct geodesic_terms {
    double distortion;
    double bending;
    double inverse_fourth; ///< d^-4
};

static struct geodesic_terms geodesic_terms(const struct batch *batch, size_t l, size_t i, double c)
{
    const struct lb_pair_pattern *pattern = batch->pattern;
    const double length = (double)batch->distance[i];
    struct geodesic_terms mean = {0};
    for (int j = 0; j < pattern->first_count; j++) {
        const double d = length * lb_pattern_share(pattern, pattern->first[j]);
        const struct terms terms = batch_differences(batch, l, i, pattern->first[j]);
        mean.distortion +=
            lb_isometry_gamma(terms.first_squared / (d * d), c) / pattern->first_count;
    }
    for (int j = 0; j < pattern->second_count; j++) {
        const double d = length * lb_pattern_share(pattern, pattern->second[j]);
        const struct terms terms = batch_differences(batch, l, i, pattern->second[j]);
        mean.bending += bending_of(terms, d) / pattern->second_count;
        mean.inverse_fourth += 1.0 / (d * d * d * d) / pattern->second_count;
    }
    return mean;
}

static enum lb_status study_balls(struct lb_run *run, const struct lb_converge_params *params,
                                  double rounding, struct study *study, struct lb_convergence *out)
{
    const size_t n = params->pairs;
    struct batch batch = {0};
    enum lb_status status = LB_OK;
    study->pair_bending = malloc((size_t)out->count * n * sizeof *study->pair_bending);
    if (study->pair_bending == NULL) {
        return lb_fail_memory(run->ctx, "pairs");
    }
    LB_CHECK(batch_create(&batch, run, lb_pair_pattern_of(params->strategy), n));
    for (int k = 0; k < out->count; k++) {
        struct lb_converge_level *level = &out->levels[k];
        struct lb_running_mean distortion = {0};
        struct lb_running_mean bending = {0};
        double inverse_fourth = 0.0;
        LB_CHECK(draw_batch(run, params->seed, level->min_distance, level->epsilon, &batch));
        for (size_t i = 0; i < n; i++) {
            const struct geodesic_terms terms = geodesic_terms(&batch, run->latent, i, params->c);
            study->pair_bending[(size_t)k * n + i] =
                terms.bending - 64.0 * rounding * terms.inverse_fourth;
            inverse_fourth += terms.inverse_fourth / (double)n;
            lb_running_mean_add(&distortion, terms.distortion);
            lb_running_mean_add(&bending, terms.bending);
        }
        level->pairs = n;
        level->distortion = lb_running_mean_finish(&distortion);
        level->bending = lb_running_mean_finish(&bending);
        judge_rounding(out, study, k, rounding, inverse_fourth);
    }
fail:
    batch_free(&batch);
    return status;
}

/* ---- all pairs of one sample ----------------------------------------------------------------- */

/* Lists all pairs of n points within epsilon. */
static enum lb_status find_pairs(struct lb_run *run, const float *points, size_t n, double epsilon,
                                 struct lb_pair_list *list)
{
    const size_t p = run->point_size;
    float *shifted = malloc(n * p * sizeof *shifted);
    float *distance = malloc(n * sizeof *distance);
    enum lb_status status = LB_OK;
    if (shifted == NULL || distance == NULL) {
        status = lb_fail_memory(run->ctx, "distances");
        goto fail;
    }
    /* Point i against point i + shift; the last shift of an even n meets every pair twice */
    for (size_t shift = 1; shift <= n / 2; shift++) {
        const size_t count = 2 * shift == n ? shift : n;
        memcpy(shifted, points + shift * p, (n - shift) * p * sizeof *shifted);
        memcpy(shifted + (n - shift) * p, points, shift * p * sizeof *shifted);
        LB_CHECK(lb_dataset_distances(run->dataset, points, shifted, count, distance));
        for (size_t i = 0; i < count; i++) {
            const double d = (double)distance[i];
            if (d > 0.0 && d <= epsilon) {
                LB_CHECK(lb_pair_list_add(list, run->ctx,
                                          (struct lb_sampled_pair){
                                              .first = (uint32_t)i,
                                              .second = (uint32_t)((i + shift) % n),
                                              .distance = d,
                                          }));
            }
        }
    }
fail:
    free(shifted);
    free(distance);
    return status;
}

/* Number of points that have about `pairs` pairs within epsilon, estimated from a small sample. */
static enum lb_status choose_size(struct lb_run *run, const struct lb_converge_params *params,
                                  float *points, size_t *n)
{
    struct lb_pair_list list = {0};
    LB_TRY(lb_dataset_points(run->dataset, params->seed, PILOT_POINTS, points));
    enum lb_status status = find_pairs(run, points, PILOT_POINTS, params->epsilon, &list);
    const double share = fmax((double)list.n, 1.0) / (0.5 * PILOT_POINTS * (PILOT_POINTS - 1));
    *n = (size_t)fmax(fmin(sqrt(2.0 * (double)params->pairs / share), MAX_POINTS), MIN_POINTS);
    lb_pair_list_free(&list);
    return status;
}

/* Computes the terms of all pairs from the codes of the points (n) and of the pairs' midpoints. */
static enum lb_status fill_terms(struct lb_run *run, double c, const float *points, size_t n,
                                 struct lb_pair_list *list)
{
    const size_t p = run->point_size;
    const size_t l = run->latent;
    const size_t count = list->n;
    float *ends = malloc((2 * count + 1) * p * sizeof *ends);
    float *middle = malloc((count + 1) * p * sizeof *middle);
    float *latent = malloc((n + count) * l * sizeof *latent);
    enum lb_status status = LB_OK;
    if (ends == NULL || middle == NULL || latent == NULL) {
        status = lb_fail_memory(run->ctx, "pairs of the sample");
        goto fail;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(ends + i * p, points + list->pairs[i].first * p, p * sizeof *ends);
        memcpy(ends + (count + i) * p, points + list->pairs[i].second * p, p * sizeof *ends);
    }
    LB_CHECK(lb_dataset_midpoints(run->dataset, ends, ends + count * p, count, middle));
    LB_CHECK(lb_run_encode_points(run, points, n, latent));
    LB_CHECK(lb_run_encode_points(run, middle, count, latent + n * l));
    for (size_t i = 0; i < count; i++) {
        struct lb_sampled_pair *pair = &list->pairs[i];
        const struct terms terms = differences(latent + pair->first * l, latent + pair->second * l,
                                               latent + (n + i) * l, l);
        pair->distortion =
            lb_isometry_gamma(terms.first_squared / (pair->distance * pair->distance), c);
        pair->bending = bending_of(terms, pair->distance);
    }
fail:
    free(ends);
    free(middle);
    free(latent);
    return status;
}

static double mean_inverse_fourth(const struct lb_pair_list *list,
                                  const struct lb_converge_level *level)
{
    struct lb_running_mean mean = {0};
    for (size_t i = 0; i < list->n; i++) {
        const double d = list->pairs[i].distance;
        if (d >= level->min_distance && d <= level->epsilon) {
            lb_running_mean_add(&mean, 1.0 / (d * d * d * d));
        }
    }
    return mean.mean;
}

static enum lb_status study_sample(struct lb_run *run, const struct lb_converge_params *params,
                                   double rounding, struct study *study, struct lb_convergence *out)
{
    struct lb_pair_list list = {0};
    size_t n = 0;
    float *points = malloc(MAX_POINTS * run->point_size * sizeof *points);
    enum lb_status status = LB_OK;
    if (points == NULL) {
        return lb_fail_memory(run->ctx, "sample of points");
    }
    LB_CHECK(choose_size(run, params, points, &n));
    LB_CHECK(lb_dataset_points(run->dataset, params->seed, n, points));
    LB_CHECK(find_pairs(run, points, n, params->epsilon, &list));
    LB_CHECK(fill_terms(run, params->c, points, n, &list));
    for (int k = 0; k < out->count; k++) {
        struct lb_converge_level *level = &out->levels[k];
        LB_CHECK(lb_pair_list_estimate(&list, run->ctx, n, level));
        judge_rounding(out, study, k, rounding, mean_inverse_fourth(&list, level));
    }
fail:
    lb_pair_list_free(&list);
    free(points);
    return status;
}

enum lb_status lb_run_converge(struct lb_run *run, const struct lb_converge_params *params,
                               struct lb_convergence *out)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    struct lb_converge_params resolved;
    struct study study = {.finest = -1};
    double rounding = 0.0;
    if (!lb_run_has_manifold(run)) {
        return lb_fail(run->ctx, LB_ERR_UNSUPPORTED,
                       "%s: was trained on user pairs, whose distances cannot be changed (use a "
                       "RUN of a dataset)",
                       run->path);
    }
    lb_converge_params_default(&resolved);
    if (params != NULL) {
        resolved = *params;
    }
    resolved.epsilon = resolved.epsilon == 0.0 ? run->params.epsilon : resolved.epsilon;
    resolved.pairs = resolved.pairs == 0 ? 16384 : resolved.pairs;
    resolved.c = resolved.c < 0.0 ? run->params.c : resolved.c;
    LB_TRY(
        lb_convergence_start(out, run->ctx, &resolved, info->injectivity_radius, info->manifold));
    LB_TRY(measure_rounding(run, resolved.seed, &rounding));
    const enum lb_status status =
        (resolved.strategy == LB_PAIRS_SAMPLE ? study_sample : study_balls)(run, &resolved,
                                                                            rounding, &study, out);
    if (status == LB_OK) {
        extrapolate(out, &study, run->params.activation);
    }
    free(study.pair_bending);
    return status;
}
