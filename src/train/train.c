/* A whole run in a RUN folder: a client of the trainer that logs, writes checkpoints and resumes.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "gemm/tuning.h"
#include "run/checkpoint.h"
#include "run/config.h"
#include "run/metrics.h"
#include "run/output_check.h"
#include "run/phase.h"
#include "run/resume.h"
#include "run/run_files.h"
#include "run/run_folder.h"
#include "run/settings.h"
#include "run/training_data.h"
#include "train/share.h"
#include "train/trainer.h"
#include "train/training_self_test.h"

/* Of several ranks all train, and rank 0 alone writes and tells. */
struct run {
    struct lb_trainer *trainer;
    struct lb_ranks *ranks; ///< NULL: there are none
    struct lb_run_folder folder;
    const struct lb_train_control *control;
    struct lb_metrics metrics;
    const char *terms[LB_MEANS_TERMS]; ///< columns of metrics.csv
    double called;                     ///< clock at the call
    double start;         ///< clock at the first step, less the seconds of earlier parts of the run
    double interval_time; ///< clock at the last line
    int interval_step;    ///< step of the last line
};

static bool writes(const struct run *run)
{
    return lb_ranks_writes(run->ranks);
}

static struct lb_position *position_of(struct run *run)
{
    return &run->trainer->position;
}

/* ---- logging and checkpoints ----------------------------------------------------------------- */

/* Of the step before `step`, or of an evaluation; NAN where nothing is drawn. */
static double sampling_radius(const struct lb_trainer *trainer, int step, bool final)
{
    if (trainer->data.file != NULL || !lb_trainer_has_energy(trainer, trainer->position.phase)) {
        return (double)NAN;
    }
    return final ? trainer->params.epsilon : lb_trainer_epsilon(trainer, step - 1);
}

/* What the steps up to `step` were taken with; of an evaluation (final), what it was made with. */
static enum lb_status add_line(struct run *run, const char *suffix, int step,
                               const struct lb_means *means, bool final)
{
    const struct lb_trainer *trainer = run->trainer;
    const enum lb_phase phase = position_of(run)->phase;
    if (!writes(run)) {
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
static bool report(struct run *run, const struct lb_means *means, double per_second, double left,
                   bool final)
{
    const struct lb_train_control *control = run->control;
    const struct lb_position *position = position_of(run);
    if (control->progress == NULL || !writes(run)) {
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
    if (!final) { // neighbouring steps are no independent batches of one loss
        progress.means.stderr_loss = (double)NAN;
    }
    return control->progress(control->user, &progress);
}

/* Counts the steps that were left out, and warns of the first of them. */
static enum lb_status count_skipped(struct run *run)
{
    struct lb_trainer_state state;
    const int before = position_of(run)->skipped;
    if (!run->trainer->params.skip_nonfinite) {
        return LB_OK;
    }
    LB_TRY(lb_trainer_get_state(run->trainer, &state));
    if (before == 0 && state.skipped > 0) {
        lb_log(run->trainer->device->ctx, LB_LOG_WARNING,
               "%s: up to step %d: the loss or its gradient was not finite, the step is left out, "
               "as others to come will be (use a smaller --lr, or --c above 0, if they are many)",
               lb_phase_name(state.phase), state.step);
    }
    return LB_OK;
}

/* One line for the steps since the last one; *stop if the caller wants no more. */
static enum lb_status log_interval(struct run *run, bool *stop)
{
    struct lb_trainer *trainer = run->trainer;
    const struct lb_position *position = position_of(run);
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

static struct lb_checkpoint checkpoint_of(struct lb_trainer *trainer)
{
    return (struct lb_checkpoint){
        .device = trainer->device,
        .params = &trainer->params,
        .networks = {{"encoder", trainer->encoder.network, &trainer->encoder.rule},
                     {"decoder", trainer->decoder.network, &trainer->decoder.rule}},
        .network_count = 2,
        .histories = {{"energy", &trainer->isometry.loss},
                      {"error", &trainer->reconstruction.loss},
                      {"cross", &trainer->cross.loss}},
        .history_count = trainer->cross.loss.slots != NULL ? 3 : 2,
    };
}

static enum lb_status write_checkpoint(struct run *run)
{
    const struct lb_checkpoint checkpoint = checkpoint_of(run->trainer);
    LB_TRY(count_skipped(run));
    LB_TRY(lb_trainer_gather_moments(run->trainer));
    if (!writes(run)) {
        return LB_OK;
    }
    LB_TRY(lb_metrics_sync(&run->metrics));
    position_of(run)->metrics_lines = run->metrics.lines;
    return lb_checkpoint_write(&checkpoint, position_of(run), run->folder.path);
}

static bool out_of_time(const struct run *run)
{
    return run->control->max_seconds > 0.0 &&
           lb_clock_seconds() - run->called >= run->control->max_seconds;
}

static bool wants_stop(const struct run *run)
{
    return (run->control->stop != NULL && *run->control->stop != 0) || out_of_time(run);
}

static enum lb_status stop_here(struct run *run)
{
    const struct lb_position *position = position_of(run);
    LB_TRY(lb_trainer_check(run->trainer));
    LB_TRY(write_checkpoint(run));
    if (out_of_time(run)) {
        return lb_fail(run->trainer->device->ctx, LB_ERR_INTERRUPTED,
                       "training: stopped at --max-time, after %.4g s, in phase %s at step %d (go "
                       "on with --resume)",
                       run->control->max_seconds, lb_phase_name(position->phase), position->step);
    }
    return lb_fail(run->trainer->device->ctx, LB_ERR_INTERRUPTED,
                   "training: stopped in phase %s at step %d (go on with --resume)",
                   lb_phase_name(position->phase), position->step);
}

/* ---- phases ---------------------------------------------------------------------------------- */

static enum lb_status save_networks(struct run *run)
{
    const enum lb_phase phase = position_of(run)->phase;
    const struct {
        struct lb_network *network;
        enum lb_run_file file;
        bool trained;
    } files[] = {
        {lb_trainer_encoder(run->trainer), LB_RUN_ENCODER, phase != LB_PHASE_DECODER},
        {lb_trainer_decoder(run->trainer), LB_RUN_DECODER, phase != LB_PHASE_ENCODER},
    };
    for (size_t i = 0; i < LB_COUNT(files); i++) {
        if (!files[i].trained || !writes(run)) {
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

static enum lb_status train_steps(struct run *run)
{
    struct lb_trainer *trainer = run->trainer;
    const struct lb_train_params *params = lb_trainer_params(trainer);
    const struct lb_position *position = position_of(run);
    const int steps = lb_phase_steps(&trainer->params, position->phase);
    bool asked = false; // by this rank, which the others hear of at the next step
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

/* A constant map has distortion 1/c^2 and no bending: a minimum that a large lambda leads to. */
static enum lb_status explain_collapse(struct run *run, const struct lb_means *means)
{
    struct lb_trainer *trainer = run->trainer;
    const struct lb_train_params *params = &trainer->params;
    const enum lb_phase phase = position_of(run)->phase;
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

/* Steps, evaluation, network files; then the position is that of the next phase. */
static enum lb_status run_phase(struct run *run)
{
    const struct lb_position *position = position_of(run);
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

/* The first weights: drawn, or those of another RUN. */
static enum lb_status start(struct run *run)
{
    LB_TRY(lb_trainer_start(run->trainer));
    return run->control->init != NULL ? lb_trainer_take_networks(run->trainer, run->control->init)
                                      : LB_OK;
}

/* A decoder that is trained anew is not read, and so begins as that of a new RUN. */
static enum lb_status load_checkpoint(struct run *run, const struct lb_extension *extension)
{
    struct lb_trainer *trainer = run->trainer;
    struct lb_checkpoint checkpoint = checkpoint_of(trainer);
    if (extension->wanted && lb_extension_renews_decoder(extension, &trainer->params)) {
        checkpoint.networks[1].network = NULL;
    }
    LB_TRY(lb_ranks_agree(run->ranks, trainer->device->ctx,
                          lb_checkpoint_read(&checkpoint, position_of(run), run->folder.path)));
    return trainer->params.skip_nonfinite
               ? lb_guard_write(&trainer->guard, position_of(run)->skipped)
               : LB_OK;
}

static void tell_of_extension(struct run *run)
{
    const struct lb_trainer *trainer = run->trainer;
    const struct lb_position *position = position_of(run);
    const int steps = lb_phase_steps(&trainer->params, position->phase);
    char schedule[32];
    lb_train_params_get(&trainer->params, "schedule", schedule, sizeof schedule);
    lb_log(trainer->device->ctx, LB_LOG_INFO,
           "extended %s from %d to %d steps: the schedule %s counts %d steps from the start on, by "
           "which lr goes on at %.3g%s%s",
           lb_phase_name(position->phase), position->step, steps, schedule, steps,
           lb_trainer_lr(trainer, position->step),
           trainer->params.average > 0.0 && position->step > 0
               ? "; the weights go on from the mean of the last ones"
               : "",
           position->phase == LB_PHASE_ENCODER && trainer->decoder.network != NULL
               ? "; the decoder is trained anew behind it"
               : "");
}

/*
 * A finished RUN goes on where its phase ended. The checkpoint comes first and config.json last: in
 * between RUN is one that is just ending that phase with the steps that it had.
 */
static enum lb_status extend(struct run *run, const struct lb_extension *extension)
{
    struct lb_trainer *trainer = run->trainer;
    struct lb_context *ctx = trainer->device->ctx;
    const char *path = run->folder.path;
    const struct lb_checkpoint checkpoint = checkpoint_of(trainer);
    LB_TRY(lb_ranks_agree(
        run->ranks, ctx,
        lb_extension_begin(extension, ctx, &trainer->params, position_of(run), path)));
    for (size_t i = 0; i < checkpoint.network_count; i++) { // the mean has become the weights
        if (checkpoint.networks[i].network != NULL) {
            LB_TRY(lb_average_clear(&checkpoint.networks[i].rule->average));
        }
    }
    if (!writes(run)) {
        return LB_OK;
    }
    LB_TRY(lb_extension_remove_results(ctx, path));
    LB_TRY(lb_checkpoint_write(&checkpoint, position_of(run), path));
    LB_TRY(lb_config_note_steps(ctx, &trainer->params, extension, path));
    tell_of_extension(run);
    return LB_OK;
}

static enum lb_status open_metrics(struct run *run)
{
    const struct lb_train_control *control = run->control;
    const struct lb_position *position = position_of(run);
    if (!writes(run)) {
        return LB_OK;
    }
    LB_TRY(lb_metrics_open(&run->metrics, run->folder.path, position->metrics_lines));
    run->start = lb_clock_seconds() - run->metrics.seconds;
    if (control->resume && control->resumed != NULL && !position->finished) {
        control->resumed(control->user, position->phase, position->step);
    }
    return LB_OK;
}

/* A new run's config.json says what it used, whatever is kept later. */
static enum lb_status pin_present_tuning(struct lb_device *device, enum lb_gemm_kind gemm)
{
    if (gemm != LB_GEMM_CLBLAST) {
        return LB_OK;
    }
    const struct lb_tuning tuning = lb_tuning_load(device);
    return lb_tuning_pin(device, &tuning.clblast);
}

static void list_terms(struct run *run, struct lb_context *ctx)
{
    run->metrics.ctx = ctx;
    run->metrics.terms = run->terms;
    run->metrics.term_count = (size_t)lb_loss_term_count();
    for (int i = 0; i < lb_loss_term_count(); i++) {
        run->terms[i] = lb_loss_term_name(i);
    }
}

/* A call and what it is about. */
struct task {
    struct lb_device *device;
    const struct lb_train_params *given;
    struct lb_train_params params; ///< resolved
    struct lb_training_data data;
    struct lb_self_test_child tests;
    struct lb_extension extension;
    bool old;            ///< RUN is there, to go on with
    bool has_checkpoint; ///< it has been begun
    bool moved;          ///< a file is elsewhere now
};

/* Data, settings and RUN: what needs no device time. */
static enum lb_status open_task(struct run *run, struct task *task)
{
    struct lb_context *ctx = task->device->ctx;
    const struct lb_train_control *control = run->control;
    LB_TRY(lb_settings_check(ctx, task->given));
    LB_TRY(lb_training_data_open(&task->data, task->device, task->given));
    LB_TRY(lb_training_data_resolve(&task->data, &task->params));
    lb_settings_round(&task->params);
    const struct lb_source_path sources[] = {{task->params.dataset, LB_PATH_FILE},
                                             {task->params.mesh, LB_PATH_FILE},
                                             {control->init, LB_PATH_RUN}};
    LB_TRY(lb_output_check_run(ctx, run->folder.path, sources,
                               LB_COUNT(sources) - (control->init == NULL)));
    return writes(run) ? lb_run_folder_take(&run->folder, &task->old) : LB_OK;
}

/* The trainer, once everything that it uses is known to work. */
static enum lb_status make_trainer(struct run *run, struct task *task)
{
    struct lb_device *device = task->device;
    if (task->old) {
        LB_TRY(lb_resume_settings(device, task->given, &task->params, &task->data, run->folder.path,
                                  &task->moved, &task->extension));
    }
    LB_TRY(lb_self_test_require(&task->tests, &task->params.gemm, task->params.activation));
    if (!task->old) {
        LB_TRY(pin_present_tuning(device, task->params.gemm));
    }
    LB_TRY(lb_trainer_assemble(&run->trainer, device, run->ranks, &task->data, &task->params,
                               &task->tests));
    lb_self_test_child_close(&task->tests);
    return task->old && writes(run)
               ? lb_checkpoint_find(device->ctx, run->folder.path, &task->has_checkpoint)
               : LB_OK;
}

/* RUN and its config.json. Nothing is removed before it is known that the new run fits. */
static enum lb_status begin_folder(struct run *run, const struct task *task)
{
    struct lb_context *ctx = task->device->ctx;
    if (!writes(run)) {
        return LB_OK;
    }
    if (!task->old) {
        LB_TRY(lb_run_folder_clear(&run->folder));
        LB_TRY(lb_config_write(task->device, &task->params, lb_dataset_get_info(task->data.dataset),
                               task->data.file, run->folder.path));
    }
    return task->moved ? lb_config_note_files(ctx, &task->params, run->folder.path) : LB_OK;
}

/* Up to the first step, all ranks in step with each other. */
static enum lb_status begin(struct run *run, struct task *task)
{
    struct lb_context *ctx = task->device->ctx;
    LB_TRY(lb_ranks_agree(run->ranks, ctx, open_task(run, task)));
    LB_TRY(lb_ranks_broadcast(run->ranks, &task->old, sizeof task->old));
    LB_TRY(lb_ranks_agree(run->ranks, ctx, make_trainer(run, task)));
    LB_TRY(lb_trainer_require_same(run->trainer));
    LB_TRY(lb_ranks_broadcast(run->ranks, &task->has_checkpoint, sizeof task->has_checkpoint));
    if (!task->has_checkpoint) {
        LB_TRY(start(run));
    }
    LB_TRY(lb_ranks_agree(run->ranks, ctx, begin_folder(run, task)));
    if (run->control->began != NULL) {
        run->control->began(run->control->user);
    }
    lb_memory_log(task->device, &run->trainer->needs);
    if (task->has_checkpoint) {
        LB_TRY(load_checkpoint(run, &task->extension));
    }
    if (task->extension.wanted) {
        LB_TRY(extend(run, &task->extension));
    }
    return open_metrics(run);
}

enum lb_status lb_train(struct lb_device *device, const struct lb_train_params *params,
                        const char *path, const struct lb_train_control *control)
{
    static const struct lb_train_control no_control = {0};
    control = control != NULL ? control : &no_control;
    struct run run = {
        .ranks = device->ctx->ranks,
        .control = control,
        .folder = {device->ctx, path, control->resume, control->overwrite, LB_FOLDER_LOCK_NONE},
        .called = lb_clock_seconds(),
    };
    struct task task = {
        .device = device,
        .given = params,
        .params = *params,
        .tests = {.device = device, .suite = &lb_training_self_tests, .stop = control->stop},
    };
    enum lb_status status = LB_OK;
    list_terms(&run, device->ctx);
    LB_CHECK(begin(&run, &task));
    while (!position_of(&run)->finished) {
        LB_CHECK(run_phase(&run));
    }
fail:
    lb_metrics_close(&run.metrics);
    lb_trainer_destroy(&run.trainer);
    lb_self_test_child_close(&task.tests);
    lb_training_data_close(&task.data);
    lb_run_folder_release(&run.folder);
    return status;
}
