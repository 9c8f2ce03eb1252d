#include "eval/converge_sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/convergence.h"
#include "eval/pair_list.h"

#define MAX_POINTS     1048576.0
#define MAX_CANDIDATES 1073741824.0 /* a few seconds */
#define PI             3.14159265358979323846

enum { MIN_POINTS = 16 };

struct sample {
    size_t n;
    double *points;   ///< (n, point_size)
    double *embedded; ///< (n, D)
};

/* Sorts by the first embedded coordinate; the order of equal ones does not matter. */
static int compare_rows(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Number of points that have about `pairs` pairs within epsilon, by the flat ball's volume. */
static size_t choose_size(const struct lb_analytic *analytic,
                          const struct lb_converge_params *params)
{
    const double epsilon = params->epsilon;
    const double ball =
        analytic->dimension == 2 ? PI * epsilon * epsilon : 4.0 / 3.0 * PI * pow(epsilon, 3.0);
    const double wanted = sqrt(2.0 * (double)params->pairs * analytic->volume / ball);
    const double affordable = sqrt(MAX_CANDIDATES / fmin(epsilon, 1.0));
    return (size_t)fmax(fmin(fmin(wanted, affordable), MAX_POINTS), MIN_POINTS);
}

/* Rows of embedded point and point, sorted and then separated. */
static enum lb_status draw_sample(struct lb_context *ctx, const struct lb_analytic *analytic,
                                  uint64_t seed, struct sample *sample)
{
    const size_t n = sample->n;
    const size_t p = (size_t)analytic->point_size;
    const size_t channels = (size_t)analytic->channels;
    const size_t width = p + channels;
    double *rows = malloc(n * width * sizeof *rows);
    sample->points = malloc(n * p * sizeof *sample->points);
    sample->embedded = malloc(n * channels * sizeof *sample->embedded);
    if (rows == NULL || sample->points == NULL || sample->embedded == NULL) {
        free(rows);
        return lb_fail_memory(ctx, "sample of points");
    }
    for (size_t i = 0; i < n; i++) {
        struct lb_random random = lb_random_start(seed, LB_STREAM_ANALYTIC_POINTS, 0, (uint32_t)i);
        double *row = rows + i * width;
        analytic->draw(&random, row + channels);
        analytic->embed(row + channels, row);
    }
    qsort(rows, n, width * sizeof *rows, compare_rows);
    for (size_t i = 0; i < n; i++) {
        memcpy(sample->embedded + i * channels, rows + i * width, channels * sizeof *rows);
        memcpy(sample->points + i * p, rows + i * width + channels, p * sizeof *rows);
    }
    free(rows);
    return LB_OK;
}

static double squared_chord(const double *a, const double *b, size_t channels)
{
    double sum = 0.0;
    for (size_t k = 0; k < channels; k++) {
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    }
    return sum;
}

static enum lb_status add_pair(struct lb_context *ctx, const struct lb_analytic *analytic, double c,
                               const struct sample *sample, size_t i, size_t j, double epsilon,
                               struct lb_pair_list *list)
{
    const double *x = sample->points + i * (size_t)analytic->point_size;
    const double *y = sample->points + j * (size_t)analytic->point_size;
    double v[LB_ANALYTIC_MAX_POINT];
    struct lb_quotients quotients;
    const double d = analytic->logarithm(x, y, v);
    if (d > epsilon) {
        return LB_OK;
    }
    analytic->quotients(x, v, d, &quotients);
    /* Near a boundary midpoints are not uniform: no control variate there */
    return lb_pair_list_add(list, ctx,
                            (struct lb_sampled_pair){
                                .first = (uint32_t)i,
                                .second = (uint32_t)j,
                                .distance = d,
                                .distortion = lb_gamma_of_excess(quotients.excess, c),
                                .bending = analytic->bounded
                                               ? quotients.bending - analytic->limit_bending
                                               : quotients.change,
                            });
}

/* The embedding is isometric, so no chord is longer than the distance: a sweep along the first
 * coordinate finds all candidates. */
static enum lb_status collect_pairs(struct lb_context *ctx, const struct lb_analytic *analytic,
                                    const struct lb_converge_params *params,
                                    const struct sample *sample, struct lb_pair_list *list)
{
    const size_t channels = (size_t)analytic->channels;
    const double reach = params->epsilon * (1.0 + 1e-9) + 1e-14; // both sides are rounded
    for (size_t i = 0; i < sample->n; i++) {
        const double *a = sample->embedded + i * channels;
        for (size_t j = i + 1; j < sample->n; j++) {
            const double *b = sample->embedded + j * channels;
            if (b[0] - a[0] > reach) {
                break;
            }
            if (squared_chord(a, b, channels) <= reach * reach) {
                LB_TRY(add_pair(ctx, analytic, params->c, sample, i, j, params->epsilon, list));
            }
        }
    }
    return LB_OK;
}

enum lb_status lb_analytic_sample(struct lb_context *ctx, const struct lb_analytic *analytic,
                                  const struct lb_converge_params *params,
                                  struct lb_convergence *out, struct lb_estimate *deviation)
{
    struct sample sample = {.n = choose_size(analytic, params)};
    struct lb_pair_list list = {0};
    enum lb_status status = LB_OK;
    LB_CHECK(draw_sample(ctx, analytic, params->seed, &sample));
    LB_CHECK(collect_pairs(ctx, analytic, params, &sample, &list));
    for (int k = 0; k < out->count; k++) {
        LB_CHECK(lb_pair_list_estimate(&list, ctx, sample.n, &out->levels[k]));
        deviation[k] = out->levels[k].bending;
    }
fail:
    lb_pair_list_free(&list);
    free(sample.points);
    free(sample.embedded);
    return status;
}
