/* A whole run: its folder, its phases, logging, checkpoints. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/text.h"
#include "device/fence.h"
#include "gemm/tuning.h"
#include "run/checkpoint.h"
#include "run/config.h"
#include "run/training_data.h"
#include "run/metrics.h"
#include "run/run_files.h"
#include "train/training_self_test.h"
#include "run/settings.h"

/* Steps between fences: the host is at most twice this many steps ahead of the device. */
enum { FENCE_STEPS = 4 };

struct run {
    struct lb_trainer trainer;
    const char *path;
    const struct lb_train_control *control;
    struct lb_folder_lock lock;
    struct lb_metrics metrics;
    struct lb_position position;
    double start;         ///< clock at the start, less the seconds of earlier parts of the run
    double interval_time; ///< clock at the last line
    int interval_step;    ///< step of the last line
};

/* ---- the folder ------------------------------------------------------------------------------ */

static enum lb_status remove_old_files(struct lb_context *ctx, const char *path)
{
    for (size_t i = 0; i < lb_run_files_count; i++) {
        char *file = lb_path_join(path, lb_run_files[i].name);
        enum lb_status status = LB_OK;
        if (file == NULL) {
            status = lb_fail_memory(ctx, path);
        } else if (unlink(file) != 0 && errno != ENOENT) { // most of them are not there
            status = lb_fail(ctx, LB_ERR_IO, "%s: cannot remove: %s (check permissions)", file,
                             lb_errno_text(errno).text);
        }
        free(file);
        LB_TRY(status);
    }
    return LB_OK;
}

/* What a process that was killed while it began a run has left. */
static void remove_half_config(const char *path)
{
    char *file = lb_path_join(path, "config.json.partial");
    if (file != NULL) {
        unlink(file);
    }
    free(file);
}

/* *old tells whether the folder holds a run to go on with; it may be full only if the caller says
 * so. */
static enum lb_status check_content(struct lb_context *ctx, const char *path,
                                    const struct lb_train_control *control, bool *old)
{
    char *config = lb_path_join(path, "config.json");
    if (config == NULL) {
        return lb_fail_memory(ctx, path);
    }
    const bool has_config = !lb_file_missing(config);
    free(config);
    *old = control->resume && has_config;
    if (control->resume) {
        remove_half_config(path);
    }
    if (*old || control->overwrite || !lb_folder_exists(path) || lb_folder_empty(path)) {
        return LB_OK;
    }
    return lb_fail(ctx, LB_ERR_EXISTS,
                   "%s: is not empty (use --resume to go on, --overwrite to start again, or "
                   "another --out)",
                   path);
}

/* A folder that is there is this process's from now on. */
static enum lb_status check_folder(struct run *run, struct lb_context *ctx, bool *old)
{
    if (lb_folder_exists(run->path)) {
        LB_TRY(lb_folder_lock_take(&run->lock, ctx, run->path));
    }
    return check_content(ctx, run->path, run->control, old);
}

/* A folder for a new run. */
static enum lb_status make_folder(struct run *run, struct lb_context *ctx)
{
    if (run->lock.descriptor == -1) {
        bool old = false;
        LB_TRY(lb_folder_create(ctx, run->path));
        LB_TRY(lb_folder_lock_take(&run->lock, ctx, run->path));
        LB_TRY(check_content(ctx, run->path, run->control, &old)); // another may have been faster
        if (old) {
            return lb_fail(ctx, LB_ERR_EXISTS,
                           "%s: another process has just begun a run there (use --resume again)",
                           run->path);
        }
    }
    return remove_old_files(ctx, run->path);
}

/* ---- logging and checkpoints ----------------------------------------------------------------- */

static enum lb_status add_line(struct run *run, const char *suffix, int step,
                               const struct lb_means *means, double lr)
{
    char phase[32];
    snprintf(phase, sizeof phase, "%s%s", lb_phase_name(run->position.phase), suffix);
    return lb_metrics_add(&run->metrics, &(const struct lb_metrics_line){
                                             .step = step,
                                             .phase = phase,
                                             .loss = means->loss,
                                             .distortion = means->distortion,
                                             .bending = means->bending,
                                             .reconstruction = means->reconstruction,
                                             .lr = lr,
                                             .seconds = lb_clock_seconds() - run->start,
                                         });
}

/* Returns false if the caller wants to stop. */
static bool report(struct run *run, const struct lb_means *means, double per_second, double left,
                   bool final)
{
    const struct lb_train_control *control = run->control;
    if (control->progress == NULL) {
        return true;
    }
    const struct lb_progress progress = {
        .phase = run->position.phase,
        .step = run->position.step,
        .steps = lb_trainer_steps(&run->trainer, run->position.phase),
        .loss = means->loss,
        .distortion = means->distortion,
        .bending = means->bending,
        .reconstruction = means->reconstruction,
        .per_second = per_second,
        .seconds_left = left,
        .skipped = run->position.skipped,
        .final = final,
        .stderr_loss = final ? means->stderr_loss : (double)NAN,
    };
    return control->progress(control->user, &progress);
}

/* Reads the count of steps that were left out, and warns of the first of them. */
static enum lb_status read_skipped(struct run *run)
{
    struct lb_trainer *trainer = &run->trainer;
    const int before = run->position.skipped;
    if (!trainer->params.skip_nonfinite) {
        return LB_OK;
    }
    LB_TRY(lb_guard_read(&trainer->guard, &run->position.skipped));
    if (before == 0 && run->position.skipped > 0) {
        lb_log(trainer->device->ctx, LB_LOG_WARNING,
               "%s: up to step %d: the loss or its gradient was not finite, the step is left out, "
               "as others to come will be (use a smaller --lr, or --c above 0, if they are many)",
               lb_phase_name(run->position.phase), run->position.step);
    }
    return LB_OK;
}

/* One line for the steps since the last one, up to `step`; *stop if the caller wants no more. */
static enum lb_status log_interval(struct run *run, int step, bool *stop)
{
    struct lb_trainer *trainer = &run->trainer;
    const int interval = trainer->params.log_every;
    const enum lb_phase phase = run->position.phase;
    const int first = (step - 1) / interval * interval;
    struct lb_means means;
    LB_TRY(lb_trainer_read_means(trainer, phase, 0, step - first, first, &means));
    LB_TRY(add_line(run, "", step, &means, lb_trainer_lr(trainer, phase, step - 1)));
    const double now = lb_clock_seconds();
    const double per_step = (now - run->interval_time) / (step - run->interval_step);
    run->interval_time = now;
    run->interval_step = step;
    run->position.step = step;
    LB_TRY(read_skipped(run));
    if (!report(run, &means, trainer->params.pairs / per_step,
                per_step * (lb_trainer_steps(trainer, phase) - step), false)) {
        *stop = true;
    }
    return LB_OK;
}

static enum lb_status write_checkpoint(struct run *run)
{
    LB_TRY(lb_metrics_sync(&run->metrics));
    LB_TRY(read_skipped(run));
    run->position.metrics_lines = run->metrics.lines;
    return lb_checkpoint_write(&run->trainer, &run->position, run->path);
}

static bool wants_stop(const struct run *run)
{
    return run->control->stop != NULL && *run->control->stop != 0;
}

static enum lb_status stop_here(struct run *run)
{
    LB_TRY(write_checkpoint(run));
    return lb_fail(run->trainer.device->ctx, LB_ERR_INTERRUPTED,
                   "training: stopped in phase %s at step %d (go on with --resume)",
                   lb_phase_name(run->position.phase), run->position.step);
}

/* ---- phases ---------------------------------------------------------------------------------- */

static enum lb_status save_networks(struct run *run)
{
    const struct {
        struct lb_network *network;
        const char *name;
        bool trained;
    } files[] = {
        {run->trainer.encoder.network, "encoder.safetensors",
         run->position.phase != LB_PHASE_DECODER},
        {run->trainer.decoder.network, "decoder.safetensors",
         run->position.phase != LB_PHASE_ENCODER},
    };
    for (size_t i = 0; i < LB_COUNT(files); i++) {
        if (!files[i].trained) {
            continue;
        }
        char *path = lb_path_join(run->path, files[i].name);
        const enum lb_status status = path != NULL
                                          ? lb_network_save(files[i].network, path)
                                          : lb_fail_memory(run->trainer.device->ctx, "network");
        free(path);
        LB_TRY(status);
    }
    return LB_OK;
}

static enum lb_status train_steps(struct run *run)
{
    struct lb_trainer *trainer = &run->trainer;
    const struct lb_train_params *params = &trainer->params;
    const enum lb_phase phase = run->position.phase;
    const int steps = lb_trainer_steps(trainer, phase);
    struct lb_fence fence = {NULL};
    bool stop = false;
    enum lb_status status = LB_OK;
    run->interval_time = lb_clock_seconds();
    run->interval_step = run->position.step;
    for (int step = run->position.step; step < steps && !stop;) {
        LB_CHECK(lb_trainer_step(trainer, phase, step));
        step++;
        if (step % FENCE_STEPS == 0) {
            LB_CHECK(lb_fence_wait(&fence, trainer->device));
            LB_CHECK(lb_fence_set(&fence, trainer->device));
        }
        if (step % params->log_every == 0 || step == steps) {
            LB_CHECK(log_interval(run, step, &stop));
        }
        stop = stop || wants_stop(run);
        run->position.step = step;
        if (params->checkpoint_every > 0 && step % params->checkpoint_every == 0 && !stop) {
            LB_CHECK(write_checkpoint(run));
        }
    }
    if (stop) {
        LB_CHECK(lb_pair_buffers_check(trainer->dataset, &trainer->pairs));
        LB_CHECK(stop_here(run));
    }
    LB_CHECK(lb_pair_buffers_check(trainer->dataset, &trainer->pairs));
fail:
    lb_fence_drop(&fence);
    return status;
}

/* A constant map has distortion 1/c^2 and no bending: a minimum that a large lambda leads to. */
static enum lb_status explain_collapse(struct run *run, const struct lb_means *means)
{
    struct lb_trainer *trainer = &run->trainer;
    const struct lb_train_params *params = &trainer->params;
    const enum lb_phase phase = run->position.phase;
    double spread = 0.0;
    if (!lb_trainer_has_energy(trainer, phase) || params->c == 0.0 ||
        means->distortion * params->c * params->c < 0.95) {
        return LB_OK;
    }
    LB_TRY(lb_trainer_latent_spread(trainer, lb_trainer_evaluation(trainer, phase).last_rows,
                                    &spread));
    if (spread < 0.1 * params->epsilon) {
        lb_log(trainer->device->ctx, LB_LOG_WARNING,
               "%s: the embedding has collapsed: all latent codes lie within %.2g of their mean, "
               "and the distortion %.4g is that of a constant map, 1/c^2 = %.4g (use a smaller "
               "--lambda or --c)",
               lb_phase_name(phase), spread, means->distortion, 1.0 / (params->c * params->c));
    }
    return LB_OK;
}

/* Steps, evaluation, network files; then the position is that of the next phase. */
static enum lb_status run_phase(struct run *run)
{
    struct lb_means means;
    if (run->position.step == 0) {
        LB_TRY(lb_trainer_begin_phase(&run->trainer, run->position.phase));
    }
    LB_TRY(train_steps(run));
    LB_TRY(lb_trainer_evaluate(&run->trainer, run->position.phase, &means));
    LB_TRY(explain_collapse(run, &means));
    LB_TRY(add_line(run, "-final", run->position.step, &means, (double)NAN));
    LB_TRY(save_networks(run));
    const bool goes_on = report(run, &means, 0.0, 0.0, true);
    const bool decoder_next =
        run->position.phase == LB_PHASE_ENCODER && run->trainer.decoder.network != NULL;
    run->position.finished = !decoder_next;
    if (decoder_next) {
        run->position.phase = LB_PHASE_DECODER;
        run->position.step = 0;
    }
    if ((!goes_on || wants_stop(run)) && !run->position.finished) {
        return stop_here(run);
    }
    return write_checkpoint(run);
}

/* Loads the checkpoint, or starts from the beginning. */
static enum lb_status start(struct run *run, bool old)
{
    struct lb_trainer *trainer = &run->trainer;
    bool go_on = false;
    if (old) {
        LB_TRY(lb_checkpoint_find(trainer->device->ctx, run->path, &go_on));
    }
    run->position = (struct lb_position){
        .phase = trainer->params.mode == LB_TRAIN_SEPARATE ? LB_PHASE_ENCODER : LB_PHASE_JOINT};
    if (go_on) {
        LB_TRY(lb_checkpoint_read(trainer, &run->position, run->path));
        if (trainer->params.skip_nonfinite) {
            LB_TRY(lb_guard_write(&trainer->guard, run->position.skipped));
        }
    } else {
        LB_TRY(lb_trainer_initialise(trainer));
    }
    LB_TRY(lb_metrics_open(&run->metrics, trainer->device->ctx, run->path,
                           run->position.metrics_lines));
    run->start = lb_clock_seconds() - run->metrics.seconds;
    if (run->control->resume && run->control->resumed != NULL && !run->position.finished) {
        run->control->resumed(run->control->user, run->position.phase, run->position.step);
    }
    return LB_OK;
}

/*
 * What was left open in `given` and is open in RUN, whose config.json lacks it, has in both the
 * value that it has now in `params`. What `auto` chose for RUN is kept.
 */
static void settle(const struct lb_train_params *given, struct lb_train_params *params,
                   struct lb_train_params *before, bool own_pairs)
{
    if (before->size == 0 && given->size == 0) {
        before->size = params->size;
    }
    if (before->cap == 0.0 && given->cap == 0.0) {
        before->cap = params->cap;
    }
    if (given->code_noise < 0.0) { // RUNs older than the setting had none
        params->code_noise = before->code_noise;
    }
    if (own_pairs) { // their largest distance, as the fingerprint says
        before->epsilon = params->epsilon;
    }
    if (before->gemm == LB_GEMM_AUTO) {
        before->gemm = params->gemm;
    } else if (given->gemm == LB_GEMM_AUTO) {
        params->gemm = before->gemm;
    }
}

static enum lb_status check_old_run(struct lb_device *device, const struct lb_train_params *given,
                                    struct lb_train_params *params, const struct lb_input *input,
                                    const char *path, bool *moved)
{
    struct lb_train_params before;
    LB_TRY(lb_train_params_read(device->ctx, &before, path));
    settle(given, params, &before, input->file != NULL);
    LB_TRY(lb_config_follow_files(device->ctx, params, &before, lb_dataset_get_info(input->dataset),
                                  input->file, path, moved));
    LB_TRY(lb_settings_compare(device->ctx, params, &before, path));
    if (input->file != NULL) {
        LB_TRY(lb_config_check_pairs(input->file, path));
    }
    LB_TRY(lb_config_check_files(device->ctx, params, lb_dataset_get_info(input->dataset), path));
    LB_TRY(lb_config_pin_tuning(device, path));
    return lb_config_check_device(device, path);
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

enum lb_status lb_train(struct lb_device *device, const struct lb_train_params *params,
                        const char *path, const struct lb_train_control *control)
{
    static const struct lb_train_control no_control = {0};
    struct run run = {
        .path = path,
        .control = control != NULL ? control : &no_control,
        .lock = LB_FOLDER_LOCK_NONE,
    };
    struct lb_self_test_child tests = {
        .device = device, .suite = &lb_training_self_tests, .stop = run.control->stop};
    struct lb_train_params resolved = *params;
    struct lb_input input = {0};
    bool old = false;
    bool moved = false;
    enum lb_status status = LB_OK;
    LB_TRY(lb_settings_check(device->ctx, params));
    LB_CHECK(lb_input_open(&input, device, params));
    LB_CHECK(lb_input_resolve(&input, &resolved));
    lb_settings_round(&resolved);
    const struct lb_source_path sources[] = {{resolved.dataset, LB_PATH_FILE},
                                             {resolved.mesh, LB_PATH_FILE}};
    LB_CHECK(lb_output_check_run(device->ctx, path, sources, LB_COUNT(sources)));
    LB_CHECK(check_folder(&run, device->ctx, &old));
    if (old) {
        LB_CHECK(check_old_run(device, params, &resolved, &input, path, &moved));
    }
    LB_CHECK(lb_self_test_require(&tests, &resolved.gemm, resolved.activation));
    if (!old) {
        LB_CHECK(pin_present_tuning(device, resolved.gemm));
    }
    run.trainer.source.file = input.file;
    run.trainer.tests = &tests;
    LB_CHECK(lb_trainer_create(&run.trainer, device, input.dataset, &resolved));
    lb_self_test_child_close(&tests);
    if (!old) { // nothing is removed before it is known that the new run fits
        LB_CHECK(make_folder(&run, device->ctx));
        LB_CHECK(lb_config_write(device, &resolved, lb_dataset_get_info(input.dataset), input.file,
                                 path));
    }
    if (moved) {
        LB_CHECK(lb_config_note_files(device->ctx, &resolved, path));
    }
    if (run.control->began != NULL) {
        run.control->began(run.control->user);
    }
    lb_memory_log(device, &run.trainer.needs);
    LB_CHECK(start(&run, old));
    while (!run.position.finished) {
        LB_CHECK(run_phase(&run));
    }
fail:
    lb_metrics_close(&run.metrics);
    lb_trainer_destroy(&run.trainer);
    lb_self_test_child_close(&tests);
    lb_input_close(&input);
    lb_folder_lock_release(&run.lock);
    return status;
}
