/* All measures of a run, one after the other. */
#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "eval/measure.h"

static const struct measure {
    const char *name;
    enum lb_status (*run)(struct lb_run *run, const struct lb_evaluate_params *params,
                          struct lb_evaluation *out);
    bool own_pairs; ///< needs no manifold: can be measured of own pairs too
} measures[] = {
    {"energy", lb_measure_energy, true},
    {"derivatives", lb_measure_differential, false},
    {"distances", lb_measure_distances, false},
    {"reconstruction", lb_measure_reconstruction, true},
    {"interpolation", lb_measure_interpolation, false},
};

enum {
    DEFAULT_PAIRS = 8192,
    DEFAULT_POINTS = 1024,
    LEAST_PAIRS = 2,   // for a standard error
    LEAST_POINTS = 64, // for neighbourhoods
};

static void set_unknown(struct lb_evaluation *e)
{
    const double unknown = (double)NAN;
    const struct lb_estimate no_estimate = {unknown, unknown};
    *e = (struct lb_evaluation){
        .energy = no_estimate,
        .distortion = no_estimate,
        .bending = no_estimate,
        .minimum = unknown,
        .gap = unknown,
        .sigma_min = unknown,
        .sigma_median = unknown,
        .sigma_max = unknown,
        .mean_abs_log_sigma = unknown,
        .scale = unknown,
        .scaled_isometry_error = unknown,
        .condition_mean = unknown,
        .condition_p95 = unknown,
        .bending_normal = unknown,
        .bending_tangential = unknown,
        .stress = unknown,
        .pearson = unknown,
        .spearman = unknown,
        .min_ratio = unknown,
        .reconstruction_mse = unknown,
        .psnr = unknown,
        .knn_recall = unknown,
        .trustworthiness = unknown,
        .continuity = unknown,
    };
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

/* Bytes that this process can have; infinite if the system does not say. */
static double memory_limit(void)
{
    double limit = INFINITY;
    struct rlimit space;
#ifdef _SC_PHYS_PAGES
    const long pages = sysconf(_SC_PHYS_PAGES);
    const long page = sysconf(_SC_PAGESIZE);
    limit = pages > 0 && page > 0 ? (double)pages * (double)page : limit;
#endif
    if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY) {
        limit = fmin(limit, (double)space.rlim_cur);
    }
    return limit;
}

/* The one need that grows as the square of a setting. */
static enum lb_status check_memory(struct lb_run *run, const struct lb_evaluate_params *params)
{
    const double mebibyte = 1024.0 * 1024.0;
    const double worth_saying = 256.0 * mebibyte;
    const double bytes = lb_distances_bytes(params->points);
    const double limit = memory_limit();
    if (bytes > limit) {
        return lb_fail(run->ctx, LB_ERR_MEMORY,
                       "evaluation: the distances between %zu points take %.1f MiB, but there are "
                       "%.1f MiB (use fewer points)",
                       params->points, bytes / mebibyte, limit / mebibyte);
    }
    if (bytes > worth_saying) {
        lb_log(run->ctx, LB_LOG_INFO, "memory   %.1f MiB for the distances between %zu points",
               bytes / mebibyte, params->points);
    }
    return LB_OK;
}

enum lb_status lb_run_evaluate(struct lb_run *run, const struct lb_evaluate_params *params,
                               lb_evaluate_fn progress, void *user, struct lb_evaluation *out)
{
    const struct lb_evaluate_params defaults = {.pairs = DEFAULT_PAIRS, .points = DEFAULT_POINTS};
    const bool manifold = lb_run_has_manifold(run);
    const struct lb_evaluate_params *used = params != NULL ? params : &defaults;
    set_unknown(out);
    LB_TRY(check_params(run, used));
    if (manifold) {
        LB_TRY(check_memory(run, used));
    }
    int total = 0;
    for (size_t i = 0; i < LB_COUNT(measures); i++) {
        total += manifold || measures[i].own_pairs;
    }
    if (!manifold) {
        lb_log(run->ctx, LB_LOG_INFO,
               "%s: of own pairs only energy and reconstruction are measured, on the held-out "
               "pairs: their manifold is not known",
               run->path);
    }
    enum lb_status status = LB_OK;
    int done = 0;
    for (size_t i = 0; i < LB_COUNT(measures); i++) {
        if (!manifold && !measures[i].own_pairs) {
            continue;
        }
        run->cancellation =
            (struct lb_cancellation){"evaluation", progress, user, measures[i].name, done, total};
        LB_CHECK(lb_run_check_cancelled(run));
        LB_CHECK(measures[i].run(run, used, out));
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
