/* How far a run is from what its manifold allows. */
#include <math.h>
#include <stdlib.h>

#include "eval/attainable.h"
#include "eval/measure.h"
#include "geometry/dataset.h"

/* A result cut short by the time limit is no reference for other runs. */
static void keep(struct lb_run *run, const char *key, const struct lb_attainable *attainable)
{
    if (attainable->shortened) {
        lb_log(run->ctx, LB_LOG_WARNING,
               "attainable E is not cached: its training was cut to about a minute, and it may be "
               "too large (evaluate again on a faster or less busy device)");
    } else if (lb_attainable_store(run->ctx, key, attainable) != LB_OK) {
        lb_log(run->ctx, LB_LOG_WARNING, "attainable E is not cached: %s",
               lb_context_error(run->ctx));
    }
}

/* Trains what is not cached, and caches it. */
static enum lb_status find(struct lb_run *run, const struct lb_evaluate_params *params,
                           struct lb_attainable *out)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    const struct lb_attainable_effort effort = {0};
    char *key = NULL;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_attainable_key(run, &key));
    if (lb_attainable_load(run->ctx, key, out) || params->no_attainable) {
        goto fail;
    }
    lb_log(run->ctx, LB_LOG_INFO,
           "attainable E: training a small network on the points of the %s for at most a minute; "
           "the result is cached",
           info->manifold);
    LB_CHECK(lb_attainable_train(run, &effort, out));
    keep(run, key, out);
fail:
    free(key);
    return status;
}

static enum lb_status measure(struct lb_run *run, const struct lb_evaluate_params *params,
                              struct lb_evaluation *out)
{
    struct lb_attainable attainable = {.energy = (double)NAN, .recall = (double)NAN};
    if (isfinite(out->minimum)) { // 0 if lambda is 0
        out->ratio = out->minimum > 0.0 ? out->energy.mean / out->minimum : (double)NAN;
        return LB_OK;
    }
    if (run->dataset->embedding_size == 0) {
        lb_log(run->ctx, LB_LOG_INFO,
               "attainable E is unknown: the manifold %s defines no embedding of its points "
               "(#define EMBEDDING_SIZE, and define manifold_embedding() in its .cl file)",
               lb_dataset_get_info(run->dataset)->manifold);
        return LB_OK;
    }
    const enum lb_status status = find(run, params, &attainable);
    if (status == LB_ERR_NUMERIC) { // of that training, not of the run
        lb_log(run->ctx, LB_LOG_WARNING, "attainable E is unknown: %s", lb_context_error(run->ctx));
        return LB_OK;
    }
    LB_TRY(status);
    out->attainable = attainable.energy;
    out->attainable_recall = attainable.recall;
    out->ratio = out->energy.mean / attainable.energy;
    return LB_OK;
}

#define AT(field) offsetof(struct lb_evaluation, field)

static const struct lb_number_row rows[] = {
    {{.key = "attainable",
      .name = "attainable E",
      .help = "E of the manifold's points after full training, if E_star is unknown"},
     AT(attainable)},
    {{.key = "attainable_recall",
      .name = "attainable kNN recall",
      .help = "kNN recall of that training"},
     AT(attainable_recall)},
    {{.key = "ratio",
      .name = "ratio to best",
      .help = "E / E_star, or E / attainable",
      .better = LB_BETTER_LOWER},
     AT(ratio)},
};

const struct lb_measure lb_attainable_measure = {
    .name = "attainable",
    .needs = LB_NEEDS_MANIFOLD,
    .run = measure,
    .numbers = rows,
    .count = LB_COUNT(rows),
};
