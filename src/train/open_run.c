/* Opens a RUN for training: a new one, one to resume, or a finished one to extend. */
#include "train/train_run.h"

#include "base/clock.h"
#include "gemm/tuning.h"
#include "run/config.h"
#include "run/output_check.h"
#include "run/phase.h"
#include "run/resume.h"
#include "run/settings.h"
#include "train/overlap.h"
#include "train/share.h"
#include "train/training_self_test.h"

bool lb_train_run_writes(const struct lb_train_run *run)
{
    return lb_ranks_writes(run->ranks);
}

struct lb_position *lb_train_run_position(struct lb_train_run *run)
{
    return &run->trainer->position;
}

struct lb_checkpoint lb_train_run_checkpoint(struct lb_trainer *trainer)
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

/* Initial weights: random, or those of another RUN. */
static enum lb_status start(struct lb_train_run *run)
{
    LB_TRY(lb_trainer_start(run->trainer));
    return run->control->init != NULL ? lb_trainer_take_networks(run->trainer, run->control->init)
                                      : LB_OK;
}

/* A decoder that is trained from scratch is not read, and starts like that of a new RUN. */
static enum lb_status load_checkpoint(struct lb_train_run *run,
                                      const struct lb_extension *extension)
{
    struct lb_trainer *trainer = run->trainer;
    struct lb_checkpoint checkpoint = lb_train_run_checkpoint(trainer);
    if (extension->wanted && lb_extension_renews_decoder(extension, &trainer->params)) {
        checkpoint.networks[1].network = NULL;
    }
    LB_TRY(lb_ranks_agree(
        run->ranks, trainer->device->ctx,
        lb_checkpoint_read(&checkpoint, lb_train_run_position(run), run->folder.path)));
    return trainer->params.skip_nonfinite
               ? lb_guard_write(&trainer->guard, lb_train_run_position(run)->skipped)
               : LB_OK;
}

static void tell_of_extension(struct lb_train_run *run)
{
    const struct lb_trainer *trainer = run->trainer;
    const struct lb_position *position = lb_train_run_position(run);
    const int steps = lb_phase_steps(&trainer->params, position->phase);
    char schedule[32];
    lb_train_params_get(&trainer->params, "schedule", schedule, sizeof schedule);
    lb_log(trainer->device->ctx, LB_LOG_INFO,
           "extended %s from %d to %d steps: the schedule %s covers all %d steps, so lr continues "
           "at %.3g%s%s",
           lb_phase_name(position->phase), position->step, steps, schedule, steps,
           lb_trainer_lr(trainer, position->step),
           trainer->params.average > 0.0 && position->step > 0
               ? "; training continues from the averaged weights"
               : "",
           position->phase == LB_PHASE_ENCODER && trainer->decoder.network != NULL
               ? "; afterwards the decoder is trained from scratch"
               : "");
}

/*
 * A finished RUN continues where its phase ended. Writes the checkpoint first and config.json last:
 * in between, RUN looks as if it were just finishing that phase with its previous steps.
 */
static enum lb_status extend(struct lb_train_run *run, const struct lb_extension *extension)
{
    struct lb_trainer *trainer = run->trainer;
    struct lb_context *ctx = trainer->device->ctx;
    const char *path = run->folder.path;
    const struct lb_checkpoint checkpoint = lb_train_run_checkpoint(trainer);
    LB_TRY(lb_ranks_agree(
        run->ranks, ctx,
        lb_extension_begin(extension, ctx, &trainer->params, lb_train_run_position(run), path)));
    for (size_t i = 0; i < checkpoint.network_count; i++) { // the mean has replaced the weights
        if (checkpoint.networks[i].network != NULL) {
            LB_TRY(lb_average_clear(&checkpoint.networks[i].rule->average));
        }
    }
    if (!lb_train_run_writes(run)) {
        return LB_OK;
    }
    LB_TRY(lb_extension_remove_results(ctx, path));
    LB_TRY(lb_checkpoint_write(&checkpoint, lb_train_run_position(run), path));
    LB_TRY(lb_config_note_steps(ctx, &trainer->params, extension, path));
    tell_of_extension(run);
    return LB_OK;
}

static enum lb_status open_metrics(struct lb_train_run *run)
{
    const struct lb_train_control *control = run->control;
    const struct lb_position *position = lb_train_run_position(run);
    if (!lb_train_run_writes(run)) {
        return LB_OK;
    }
    LB_TRY(lb_metrics_open(&run->metrics, run->folder.path, position->metrics_lines));
    run->start = lb_clock_seconds() - run->metrics.seconds;
    if (control->resume && control->resumed != NULL && !position->finished) {
        control->resumed(control->user, position->phase, position->step);
    }
    return LB_OK;
}

/* A new run's config.json records the parameters in use, even if others are stored later. */
static enum lb_status pin_present_tuning(struct lb_device *device, enum lb_gemm_kind gemm)
{
    if (gemm != LB_GEMM_CLBLAST) {
        return LB_OK;
    }
    const struct lb_tuning tuning = lb_tuning_load(device);
    return lb_tuning_pin(device, &tuning.clblast);
}

/* Opens data, settings and RUN: everything that needs no device time. */
static enum lb_status open_task(struct lb_train_run *run, struct lb_train_task *task)
{
    struct lb_context *ctx = task->device->ctx;
    const struct lb_train_control *control = run->control;
    LB_TRY(lb_settings_check(ctx, task->given));
    LB_TRY(lb_overlap_open(&task->data, &task->tests, task->given));
    LB_TRY(lb_training_data_resolve(&task->data, &task->params));
    lb_settings_round(&task->params);
    const struct lb_source_path sources[] = {{task->params.dataset, LB_PATH_FILE},
                                             {task->params.mesh, LB_PATH_FILE},
                                             {control->init, LB_PATH_RUN}};
    LB_TRY(lb_output_check_run(ctx, run->folder.path, sources,
                               LB_COUNT(sources) - (control->init == NULL)));
    return lb_train_run_writes(run) ? lb_run_folder_take(&run->folder, &task->old) : LB_OK;
}

/* Creates the trainer, after tests of everything that it uses. */
static enum lb_status make_trainer(struct lb_train_run *run, struct lb_train_task *task)
{
    struct lb_device *device = task->device;
    if (task->old) {
        LB_TRY(lb_resume_settings(device, task->given, &task->params, &task->data, run->folder.path,
                                  &task->moved, &task->extension));
    }
    lb_overlap_sampling(&task->tests, &task->data, &task->params);
    LB_TRY(lb_self_test_require(&task->tests, &task->params.gemm, task->params.activation));
    if (!task->old) {
        LB_TRY(pin_present_tuning(device, task->params.gemm));
    }
    LB_TRY(lb_trainer_assemble(&run->trainer, device, run->ranks, &task->data, &task->params,
                               &task->tests));
    lb_self_test_pool_dismiss(&task->tests);
    return task->old && lb_train_run_writes(run)
               ? lb_checkpoint_find(device->ctx, run->folder.path, &task->has_checkpoint)
               : LB_OK;
}

/* Creates RUN and its config.json. Removes nothing before the new run is known to be possible. */
static enum lb_status begin_folder(struct lb_train_run *run, const struct lb_train_task *task)
{
    struct lb_context *ctx = task->device->ctx;
    if (!lb_train_run_writes(run)) {
        return LB_OK;
    }
    if (!task->old) {
        LB_TRY(lb_run_folder_clear(&run->folder));
        LB_TRY(lb_config_write(task->device, &task->params, lb_dataset_get_info(task->data.dataset),
                               task->data.file, run->folder.path));
    }
    return task->moved ? lb_config_note_files(ctx, &task->params, run->folder.path) : LB_OK;
}

/* Of the phases that are left. */
static void log_memory(struct lb_train_run *run)
{
    struct lb_trainer *trainer = run->trainer;
    const enum lb_phase first = trainer->position.phase;
    for (int i = first; i <= LB_PHASE_JOINT; i++) {
        const bool later =
            i == LB_PHASE_DECODER && first == LB_PHASE_ENCODER && trainer->decoder.network != NULL;
        if (i == (int)first || later) {
            lb_memory_log(trainer->device, (enum lb_phase)i, &trainer->needs[i]);
        }
    }
}

enum lb_status lb_train_run_open(struct lb_train_run *run, struct lb_train_task *task)
{
    struct lb_context *ctx = task->device->ctx;
    LB_TRY(lb_ranks_agree(run->ranks, ctx, open_task(run, task)));
    LB_TRY(lb_ranks_broadcast(run->ranks, &task->old, sizeof task->old));
    LB_TRY(lb_ranks_agree(run->ranks, ctx, make_trainer(run, task)));
    LB_TRY(lb_trainer_require_same(run->trainer));
    LB_TRY(lb_trainer_share_buffers(run->trainer));
    LB_TRY(lb_ranks_broadcast(run->ranks, &task->has_checkpoint, sizeof task->has_checkpoint));
    if (!task->has_checkpoint) {
        LB_TRY(start(run));
    }
    LB_TRY(lb_ranks_agree(run->ranks, ctx, begin_folder(run, task)));
    if (run->control->began != NULL) {
        run->control->began(run->control->user);
    }
    if (task->has_checkpoint) {
        LB_TRY(load_checkpoint(run, &task->extension));
    }
    if (task->extension.wanted) {
        LB_TRY(extend(run, &task->extension));
    }
    log_memory(run);
    lb_self_test_pool_close(&task->tests); // has had time to end
    return open_metrics(run);
}
