/* A whole run: its folder, its phases, logging, checkpoints. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/context.h"
#include "device/fence.h"
#include "gemm/tuning.h"
#include "run/checkpoint.h"
#include "run/config.h"
#include "run/training_data.h"
#include "run/metrics.h"
#include "run/phase.h"
#include "run/resume.h"
#include "run/run_files.h"
#include "run/run_folder.h"
#include "selftest/self_test_child.h"
#include "run/settings.h"
#include "train/trainer.h"

/* Steps between fences: the host is at most twice this many steps ahead of the device. */
enum { FENCE_STEPS = 4 };

struct run {
    struct lb_trainer trainer;
    const char *path;
    const struct lb_train_control *control;
    struct lb_metrics metrics;
    struct lb_position position;
    double start;         ///< clock at the start, less the seconds of earlier parts of the run
    double interval_time; ///< clock at the last line
    int interval_step;    ///< step of the last line
};

static double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- logging and checkpoints ----------------------------------------------------------------- */

static enum lb_status add_line(struct run *run, const char *suffix, int step,
                               const struct lb_means *means, double lr)
{
    const double terms[LB_TRAINER_TERMS] = {means->distortion, means->bending,
                                            means->reconstruction};
    char phase[32];
    snprintf(phase, sizeof phase, "%s%s", lb_phase_name(run->position.phase), suffix);
    return lb_metrics_add(&run->metrics, &(const struct lb_metrics_line){
                                             .step = step,
                                             .phase = phase,
                                             .loss = means->loss,
                                             .terms = terms,
                                             .lr = lr,
                                             .seconds = clock_seconds() - run->start,
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
        .steps = lb_phase_steps(&run->trainer.params, run->position.phase),
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
    const double now = clock_seconds();
    const double per_step = (now - run->interval_time) / (step - run->interval_step);
    run->interval_time = now;
    run->interval_step = step;
    run->position.step = step;
    LB_TRY(read_skipped(run));
    if (!report(run, &means, trainer->params.pairs / per_step,
                per_step * (lb_phase_steps(&trainer->params, phase) - step), false)) {
        *stop = true;
    }
    return LB_OK;
}

/* What of the trainer is in a checkpoint. */
static struct lb_checkpoint checkpoint_of(struct lb_trainer *trainer)
{
    return (struct lb_checkpoint){
        .device = trainer->device,
        .params = &trainer->params,
        .networks = {{"encoder", trainer->encoder.network, &trainer->encoder.adam},
                     {"decoder", trainer->decoder.network, &trainer->decoder.adam}},
        .network_count = 2,
        .histories = {{"energy", trainer->energy}, {"error", trainer->error}},
        .history_count = 2,
    };
}

static enum lb_status write_checkpoint(struct run *run)
{
    const struct lb_checkpoint checkpoint = checkpoint_of(&run->trainer);
    LB_TRY(lb_metrics_sync(&run->metrics));
    LB_TRY(read_skipped(run));
    LB_TRY(lb_trainer_complete_energy(&run->trainer));
    run->position.metrics_lines = run->metrics.lines;
    return lb_checkpoint_write(&checkpoint, &run->position, run->path);
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
        enum lb_run_file name;
        bool trained;
    } files[] = {
        {run->trainer.encoder.network, LB_RUN_ENCODER, run->position.phase != LB_PHASE_DECODER},
        {run->trainer.decoder.network, LB_RUN_DECODER, run->position.phase != LB_PHASE_ENCODER},
    };
    for (size_t i = 0; i < LB_COUNT(files); i++) {
        if (!files[i].trained) {
            continue;
        }
        char *path = lb_run_file_path(run->path, files[i].name);
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
    const int steps = lb_phase_steps(&trainer->params, phase);
    struct lb_fence fence = {NULL};
    bool stop = false;
    enum lb_status status = LB_OK;
    run->interval_time = clock_seconds();
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
    run->position = (struct lb_position){.phase = lb_phase_first(&trainer->params)};
    if (go_on) {
        const struct lb_checkpoint checkpoint = checkpoint_of(trainer);
        LB_TRY(lb_checkpoint_read(&checkpoint, &run->position, run->path));
        if (trainer->params.skip_nonfinite) {
            LB_TRY(lb_guard_write(&trainer->guard, run->position.skipped));
        }
    } else {
        LB_TRY(lb_trainer_initialise(trainer));
    }
    run->metrics = (struct lb_metrics){.ctx = trainer->device->ctx,
                                       .terms = lb_trainer_term_names,
                                       .term_count = LB_TRAINER_TERMS};
    LB_TRY(lb_metrics_open(&run->metrics, run->path, run->position.metrics_lines));
    run->start = clock_seconds() - run->metrics.seconds;
    if (run->control->resume && run->control->resumed != NULL && !run->position.finished) {
        run->control->resumed(run->control->user, run->position.phase, run->position.step);
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

enum lb_status lb_train(struct lb_device *device, const struct lb_train_params *params,
                        const char *path, const struct lb_train_control *control)
{
    static const struct lb_train_control no_control = {0};
    struct run run = {
        .path = path,
        .control = control != NULL ? control : &no_control,
    };
    struct lb_run_folder folder = {.ctx = device->ctx,
                                   .path = path,
                                   .resume = run.control->resume,
                                   .overwrite = run.control->overwrite,
                                   .lock = LB_FOLDER_LOCK_NONE};
    struct lb_self_test_child tests = {.device = device, .stop = run.control->stop};
    struct lb_train_params resolved = *params;
    struct lb_training_data data = {0};
    bool old = false;
    bool moved = false;
    enum lb_status status = LB_OK;
    LB_TRY(lb_settings_check(device->ctx, params));
    LB_CHECK(lb_training_data_open(&data, device, params));
    LB_CHECK(lb_training_data_resolve(&data, &resolved));
    lb_settings_round(&resolved);
    const struct lb_source_path sources[] = {{resolved.dataset, LB_PATH_FILE},
                                             {resolved.mesh, LB_PATH_FILE}};
    LB_CHECK(lb_output_check_run(device->ctx, path, sources, LB_COUNT(sources)));
    LB_CHECK(lb_run_folder_take(&folder, &old));
    if (old) {
        LB_CHECK(lb_resume_settings(device, params, &resolved, &data, path, &moved));
    }
    LB_CHECK(lb_self_test_require(&tests, &resolved.gemm, resolved.activation));
    if (!old) {
        LB_CHECK(pin_present_tuning(device, resolved.gemm));
    }
    run.trainer.source.file = data.file;
    run.trainer.tests = &tests;
    LB_CHECK(lb_trainer_create(&run.trainer, device, data.dataset, &resolved));
    lb_self_test_child_close(&tests);
    if (!old) { // nothing is removed before it is known that the new run fits
        LB_CHECK(lb_run_folder_clear(&folder));
        LB_CHECK(
            lb_config_write(device, &resolved, lb_dataset_get_info(data.dataset), data.file, path));
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
    lb_training_data_close(&data);
    lb_run_folder_release(&folder);
    return status;
}
