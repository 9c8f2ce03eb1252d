#include "eval/neighbourhoods.h"

#include <math.h>
#include <stdlib.h>

#include "eval/measure.h"
#include "eval/statistics.h"

/* ranks (n): rank of each point among the neighbours of i, from 1; that of i itself is 0. */
static enum lb_status rank_row(struct lb_context *ctx, const double *distances, size_t n, size_t i,
                               size_t *order, size_t *ranks)
{
    LB_TRY(lb_sort_indices(ctx, distances, n, order));
    size_t next = 1;
    for (size_t j = 0; j < n; j++) {
        ranks[order[j]] = order[j] == i ? 0 : next++;
    }
    return LB_OK;
}

enum lb_status lb_compare_neighbourhoods(struct lb_run *run, const double *truth,
                                         const double *latent, size_t n, size_t k,
                                         struct lb_neighbourhoods *out)
{
    *out = (struct lb_neighbourhoods){(double)NAN, (double)NAN, (double)NAN};
    if (k < 1 || 2 * k >= n) {
        return LB_OK;
    }
    size_t *order = malloc(n * sizeof *order);
    size_t *true_ranks = calloc(n, sizeof *true_ranks);
    size_t *latent_ranks = calloc(n, sizeof *latent_ranks);
    enum lb_status status = LB_OK;
    if (order == NULL || true_ranks == NULL || latent_ranks == NULL) {
        status = lb_fail_memory(run->ctx, "neighbourhoods");
        goto fail;
    }
    double kept = 0.0;
    double intruders = 0.0;
    double strays = 0.0;
    for (size_t i = 0; i < n; i++) {
        LB_CHECK(lb_run_check_cancelled(run));
        LB_CHECK(rank_row(run->ctx, truth + i * n, n, i, order, true_ranks));
        LB_CHECK(rank_row(run->ctx, latent + i * n, n, i, order, latent_ranks));
        for (size_t j = 0; j < n; j++) {
            const size_t r = true_ranks[j];
            const size_t s = latent_ranks[j];
            if (j == i) {
                continue;
            }
            kept += r <= k && s <= k;
            intruders += s <= k && r > k ? (double)(r - k) : 0.0;
            strays += r <= k && s > k ? (double)(s - k) : 0.0;
        }
    }
    const double size = (double)n;
    const double near = (double)k;
    const double norm = 2.0 / (size * near * (2.0 * size - 3.0 * near - 1.0));
    out->recall = kept / (size * near);
    out->trustworthiness = 1.0 - norm * intruders;
    out->continuity = 1.0 - norm * strays;
fail:
    free(order);
    free(true_ranks);
    free(latent_ranks);
    return status;
}

static const struct lb_number_row rows[] = {
    {{.key = "knn_recall",
      .name = "kNN recall",
      .help = "true nearest neighbours among the latent ones",
      .better = LB_BETTER_HIGHER},
     offsetof(struct lb_evaluation, knn_recall)},
    {{.key = "trustworthiness",
      .name = "trustworthiness",
      .help = "1: no latent neighbour is far away in truth",
      .better = LB_BETTER_HIGHER},
     offsetof(struct lb_evaluation, trustworthiness)},
    {{.key = "continuity",
      .name = "continuity",
      .help = "1: no true neighbour is far away in latent space",
      .better = LB_BETTER_HIGHER},
     offsetof(struct lb_evaluation, continuity)},
};

/* Computed by the distance measure, which has the matrices. */
const struct lb_measure lb_neighbourhood_measure = {
    .name = "neighbourhoods",
    .needs = LB_NEEDS_MANIFOLD,
    .numbers = rows,
    .count = LB_COUNT(rows),
};
