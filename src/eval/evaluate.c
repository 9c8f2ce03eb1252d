/* Runs all measures, one after the other. */
#include <stdlib.h>

#include "eval/measure.h"
#include "eval/statistics.h"

enum {
    DEFAULT_PAIRS = 8192,
    DEFAULT_POINTS = 1024,
    LEAST_PAIRS = 2,   // for a standard error
    LEAST_POINTS = 64, // for neighbourhoods
};

static void set_unknown(struct lb_evaluation *evaluation)
{
    *evaluation = (struct lb_evaluation){0};
    for (size_t i = 0; i < lb_evaluation_number_count(); i++) {
        lb_number_set(lb_measure_row(i, NULL), evaluation, lb_estimate_unknown());
    }
}

static enum lb_status check_params(struct lb_run *run, const struct lb_evaluate_params *params)
{
    if (params->pairs < LEAST_PAIRS) {
        return lb_fail(run->ctx, LB_ERR_ARGUMENT, "evaluation: %zu pairs: at least %d are needed",
                       params->pairs, LEAST_PAIRS);
    }
    if (params->points < LEAST_POINTS) {
        return lb_fail(run->ctx, LB_ERR_ARGUMENT, "evaluation: %zu points: at least %d are needed",
                       params->points, LEAST_POINTS);
    }
    return LB_OK;
}

/* Which of lb_number_needs the run provides. */
static unsigned offered(const struct lb_run *run)
{
    return LB_NEEDS_SEARCH | (lb_run_has_manifold(run) ? LB_NEEDS_MANIFOLD : 0) |
           (run->decoder != NULL ? LB_NEEDS_DECODER : 0);
}

enum lb_status lb_run_evaluate(struct lb_run *run, const struct lb_evaluate_params *params,
                               lb_evaluate_fn progress, void *user, struct lb_evaluation *out)
{
    const struct lb_evaluate_params defaults = {.pairs = DEFAULT_PAIRS, .points = DEFAULT_POINTS};
    const struct lb_evaluate_params *used = params != NULL ? params : &defaults;
    const unsigned missing = ~offered(run);
    int total = 0;
    set_unknown(out);
    LB_TRY(check_params(run, used));
    for (size_t i = 0; i < lb_measure_count; i++) {
        const struct lb_measure *measure = lb_measures[i];
        const bool taken = measure->run != NULL && (measure->needs & missing) == 0;
        if (taken && measure->check != NULL) {
            LB_TRY(measure->check(run, used));
        }
        total += taken;
    }
    if ((missing & LB_NEEDS_MANIFOLD) != 0) {
        lb_log(run->ctx, LB_LOG_INFO,
               "%s: for user pairs, only energy and reconstruction are measured, on the held-out "
               "pairs: their manifold is unknown",
               run->path);
    }
    enum lb_status status = LB_OK;
    int done = 0;
    for (size_t i = 0; i < lb_measure_count; i++) {
        const struct lb_measure *measure = lb_measures[i];
        if (measure->run == NULL || (measure->needs & missing) != 0) {
            continue;
        }
        run->cancellation =
            (struct lb_cancellation){"evaluation", progress, user, measure->name, done, total};
        LB_CHECK(lb_run_check_cancelled(run));
        LB_CHECK(measure->run(run, used, out));
        done++;
    }
fail:
    run->cancellation = (struct lb_cancellation){0};
    return status;
}

void lb_evaluation_free(struct lb_evaluation *evaluation)
{
    if (evaluation == NULL) {
        return;
    }
    free(evaluation->interpolation);
    free(evaluation->pca_variance);
    free(evaluation->sigmas);
    free(evaluation->distances);
    free(evaluation->chords);
    *evaluation = (struct lb_evaluation){0};
}
