/* A run in a RUN folder: uses the trainer, logs, writes checkpoints and resumes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "run/phase.h"
#include "run/run_files.h"
#include "train/share.h"
#include "train/train_run.h"
#include "train/training_self_test.h"

/* ---- logging and checkpoints ----------------------------------------------------------------- */

/* For the step before `step`, or an evaluation; NAN if nothing is sampled. */
static double sampling_radius(const struct lb_trainer *trainer, int step, bool final)
{
    if (trainer->data.file != NULL || !lb_trainer_has_energy(trainer, trainer->position.phase)) {
        return (double)NAN;
    }
    return final ? trainer->params.epsilon : lb_trainer_epsilon(trainer, step - 1);
}

/* Adds a line about the steps up to `step`, or about an evaluation (final). */
static enum lb_status add_line(struct lb_train_run *run, const char *suffix, int step,
                               const struct lb_means *means, bool final)
{
    const struct lb_trainer *trainer = run->trainer;
    const enum lb_phase phase = lb_train_run_position(run)->phase;
    if (!lb_train_run_writes(run)) {
        return LB_OK;
    }
    const bool muon = trainer->params.optimizer == LB_MUON && !final;
    char phase_text[32];
    snprintf(phase_text, sizeof phase_text, "%s%s", lb_phase_name(phase), suffix);
    const struct lb_metrics_line line = {
        .step = step,
        .phase = phase_text,
        .loss = means->loss,
        .terms = means->term,
        .numbers =
            {
                [LB_METRICS_LR] = final ? (double)NAN : lb_trainer_lr(trainer, step - 1),
                [LB_METRICS_SECONDS] = lb_clock_seconds() - run->start,
                [LB_METRICS_EPSILON] = sampling_radius(trainer, step, final),
                [LB_METRICS_MUON_LR] =
                    muon ? trainer->params.muon_lr * lb_trainer_rate(trainer, step - 1)
                         : (double)NAN,
            },
    };
    return lb_metrics_add(&run->metrics, &line);
}

/* Returns false if the caller wants to stop. */
static bool report(struct lb_train_run *run, const struct lb_means *means, double per_second,
                   double left, bool final)
{
    const struct lb_train_control *control = run->control;
    const struct lb_position *position = lb_train_run_position(run);
    if (control->progress == NULL || !lb_train_run_writes(run)) {
        return true;
    }
    struct lb_progress progress = {
        .phase = position->phase,
        .step = position->step,
        .steps = lb_phase_steps(&run->trainer->params, position->phase),
        .means = *means,
        .per_second = per_second,
        .seconds_left = left,
        .skipped = position->skipped,
        .final = final,
    };
    if (!final) { // consecutive steps are not independent batches of one loss
        progress.means.stderr_loss = (double)NAN;
    }
    return control->progress(control->user, &progress);
}

/* Counts skipped steps, and warns of the first one. */
static enum lb_status count_skipped(struct lb_train_run *run)
{
    struct lb_trainer_state state;
    const int before = lb_train_run_position(run)->skipped;
    if (!run->trainer->params.skip_nonfinite) {
        return LB_OK;
    }
    LB_TRY(lb_trainer_get_state(run->trainer, &state));
    if (before == 0 && state.skipped > 0) {
        lb_log(
            run->trainer->device->ctx, LB_LOG_WARNING,
            "%s: up to step %d: the loss or its gradient was not finite, so the step is skipped, "
            "and later ones will be (use a smaller --lr, or --c above 0, if there are many)",
            lb_phase_name(state.phase), state.step);
    }
    return LB_OK;
}

/* Writes a line for the steps since the last one; *stop if the caller wants to stop. */
static enum lb_status log_interval(struct lb_train_run *run, bool *stop)
{
    struct lb_trainer *trainer = run->trainer;
    const struct lb_position *position = lb_train_run_position(run);
    const int step = position->step;
    struct lb_means means;
    LB_TRY(lb_trainer_means(trainer, &means));
    LB_TRY(add_line(run, "", step, &means, false));
    const double now = lb_clock_seconds();
    const double per_step = (now - run->interval_time) / (step - run->interval_step);
    run->interval_time = now;
    run->interval_step = step;
    LB_TRY(count_skipped(run));
    if (!report(run, &means, trainer->params.pairs / per_step,
                per_step * (lb_phase_steps(&trainer->params, position->phase) - step), false)) {
        *stop = true;
    }
    return LB_OK;
}

static enum lb_status write_checkpoint(struct lb_train_run *run)
{
    const struct lb_checkpoint checkpoint = lb_train_run_checkpoint(run->trainer);
    LB_TRY(count_skipped(run));
    LB_TRY(lb_trainer_gather_moments(run->trainer));
    if (!lb_train_run_writes(run)) {
        return LB_OK;
    }
    LB_TRY(lb_metrics_sync(&run->metrics));
    lb_train_run_position(run)->metrics_lines = run->metrics.lines;
    return lb_checkpoint_write(&checkpoint, lb_train_run_position(run), run->folder.path);
}

static bool out_of_time(const struct lb_train_run *run)
{
    return run->control->max_seconds > 0.0 &&
           lb_clock_seconds() - run->called >= run->control->max_seconds;
}

static bool wants_stop(const struct lb_train_run *run)
{
    return (run->control->stop != NULL && *run->control->stop != 0) || out_of_time(run);
}

static enum lb_status stop_here(struct lb_train_run *run)
{
    const struct lb_position *position = lb_train_run_position(run);
    LB_TRY(lb_trainer_check(run->trainer));
    LB_TRY(write_checkpoint(run));
    if (out_of_time(run)) {
        return lb_fail(run->trainer->device->ctx, LB_ERR_INTERRUPTED,
                       "training: stopped by --max-time after %.4g s, in phase %s at step %d "
                       "(continue with --resume)",
                       run->control->max_seconds, lb_phase_name(position->phase), position->step);
    }
    return lb_fail(run->trainer->device->ctx, LB_ERR_INTERRUPTED,
                   "training: stopped in phase %s at step %d (continue with --resume)",
                   lb_phase_name(position->phase), position->step);
}

/* ---- phases ---------------------------------------------------------------------------------- */

static enum lb_status save_networks(struct lb_train_run *run)
{
    const enum lb_phase phase = lb_train_run_position(run)->phase;
    const struct {
        struct lb_network *network;
        enum lb_run_file file;
        bool trained;
    } files[] = {
        {lb_trainer_encoder(run->trainer), LB_RUN_ENCODER, phase != LB_PHASE_DECODER},
        {lb_trainer_decoder(run->trainer), LB_RUN_DECODER, phase != LB_PHASE_ENCODER},
    };
    for (size_t i = 0; i < LB_COUNT(files); i++) {
        if (!files[i].trained || !lb_train_run_writes(run)) {
            continue;
        }
        char *path = lb_run_file_path(run->folder.path, files[i].file);
        const enum lb_status status = path != NULL
                                          ? lb_network_save(files[i].network, path)
                                          : lb_fail_memory(run->trainer->device->ctx, "network");
        free(path);
        LB_TRY(status);
    }
    return LB_OK;
}

static enum lb_status train_steps(struct lb_train_run *run)
{
    struct lb_trainer *trainer = run->trainer;
    const struct lb_train_params *params = lb_trainer_params(trainer);
    const struct lb_position *position = lb_train_run_position(run);
    const int steps = lb_phase_steps(&trainer->params, position->phase);
    bool asked = false; // by this rank; the others learn of it at the next step
    bool stop = false;
    run->interval_time = lb_clock_seconds();
    run->interval_step = position->step;
    while (position->step < steps && !stop) {
        trainer->wants_stop = asked;
        LB_TRY(lb_trainer_step(trainer, 1));
        if (position->step % params->log_every == 0 || position->step == steps) {
            LB_TRY(log_interval(run, &asked));
        }
        asked = asked || wants_stop(run);
        stop = run->ranks != NULL ? trainer->wants_stop : asked;
        if (params->checkpoint_every > 0 && position->step % params->checkpoint_every == 0 &&
            !stop) {
            LB_TRY(write_checkpoint(run));
        }
    }
    return stop ? stop_here(run) : lb_trainer_check(trainer);
}

/* A constant map has distortion 1/c^2 and no bending: a minimum that too large a lambda leads
 * to. */
static enum lb_status explain_collapse(struct lb_train_run *run, const struct lb_means *means)
{
    struct lb_trainer *trainer = run->trainer;
    const struct lb_train_params *params = &trainer->params;
    const enum lb_phase phase = lb_train_run_position(run)->phase;
    const double distortion = means->term[lb_loss_first_term(&lb_isometry_kind)];
    double spread = 0.0;
    if (!lb_trainer_has_energy(trainer, phase) || params->c == 0.0 ||
        distortion * params->c * params->c < 0.95) {
        return LB_OK;
    }
    LB_TRY(lb_trainer_latent_spread(trainer, lb_plan_evaluation(&trainer->batches, true).last_rows,
                                    &spread));
    if (spread < 0.1 * params->epsilon) {
        lb_log(trainer->device->ctx, LB_LOG_WARNING,
               "%s: the embedding has collapsed: all latent codes lie within %.2g of their mean, "
               "and the distortion %.4g is that of a constant map, 1/c^2 = %.4g (use a smaller "
               "--lambda or --c)",
               lb_phase_name(phase), spread, distortion, 1.0 / (params->c * params->c));
    }
    return LB_OK;
}

/* Runs the steps, the evaluation, and writes the network files; then moves to the next phase. */
static enum lb_status run_phase(struct lb_train_run *run)
{
    const struct lb_position *position = lb_train_run_position(run);
    struct lb_means means;
    LB_TRY(lb_trainer_begin_phase(run->trainer));
    LB_TRY(train_steps(run));
    LB_TRY(lb_trainer_evaluate(run->trainer, &means));
    LB_TRY(explain_collapse(run, &means));
    LB_TRY(add_line(run, "-final", position->step, &means, true));
    LB_TRY(save_networks(run));
    bool stop = !report(run, &means, 0.0, 0.0, true) || wants_stop(run);
    LB_TRY(lb_ranks_any(run->ranks, &stop));
    lb_trainer_advance(run->trainer);
    if (stop && !position->finished) {
        return stop_here(run);
    }
    return write_checkpoint(run);
}

static void list_terms(struct lb_train_run *run, struct lb_context *ctx)
{
    run->metrics.ctx = ctx;
    run->metrics.terms = run->terms;
    run->metrics.term_count = (size_t)lb_loss_term_count();
    for (int i = 0; i < lb_loss_term_count(); i++) {
        run->terms[i] = lb_loss_term_name(i);
    }
}

enum lb_status lb_train(struct lb_device *device, const struct lb_train_params *params,
                        const char *path, const struct lb_train_control *control)
{
    static const struct lb_train_control no_control = {0};
    control = control != NULL ? control : &no_control;
    struct lb_train_run run = {
        .ranks = device->ctx->ranks,
        .control = control,
        .folder = {device->ctx, path, control->resume, control->overwrite, LB_FOLDER_LOCK_NONE},
        .called = lb_clock_seconds(),
    };
    struct lb_train_task task = {
        .device = device,
        .given = params,
        .params = *params,
        .tests = {.device = device, .suite = &lb_training_self_tests, .stop = control->stop},
    };
    enum lb_status status = LB_OK;
    list_terms(&run, device->ctx);
    LB_CHECK(lb_train_run_open(&run, &task));
    while (!lb_train_run_position(&run)->finished) {
        LB_CHECK(run_phase(&run));
    }
fail:
    lb_metrics_close(&run.metrics);
    lb_trainer_destroy(&run.trainer);
    lb_self_test_pool_close(&task.tests);
    lb_training_data_close(&task.data);
    lb_run_folder_release(&run.folder);
    return status;
}
