/* Training of Pi: a batch of codes plus noise, with mean squared error against the codes. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lowbend/projection.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/file_facts.h"
#include "base/lock.h"
#include "base/number.h"
#include "device/fence.h"
#include "latent/code_pool.h"
#include "latent/geometry.h"
#include "latent/projection_file.h"
#include "loss/reconstruction.h"
#include "nn/code_noise.h"
#include "optim/schedule.h"
#include "run/checkpoint.h"
#include "run/phase.h"
#include "run/run_files.h"
#include "train/learner.h"
#include "train/training_self_test.h"

enum {
    ROWS = 512,   // codes per batch
    BATCHES = 64, // batches of different codes; each is repeated with new noise
    LOG_EVERY = 50,
    CHECKPOINT_EVERY = 500,
    FENCE_STEPS = 4, // as in the trainer
    HIDDEN = 128,
    HIDDEN_LAYERS = 3,
    RANK_CODES = 65,
    SETTINGS_BYTES = 128,
};

/* Largest deviation of the noise, relative to the radius of curvature and to the spread of the
 * codes: the minimiser is off Z by the square of the first, and near a boundary by about half the
 * noise. */
static const double SIGMA_CURVATURE = 0.1;
static const double SIGMA_SPREAD = 0.05;

struct training {
    struct lb_run *run;
    struct lb_device *device;
    const struct lb_train_control *control;
    struct lb_train_params params; ///< of the learner: lr, steps and so on
    struct lb_projection_info info;
    struct lb_code_pool pool;
    struct lb_learner learner;
    struct lb_reconstruction error;
    struct lb_folder_lock lock;
    struct lb_fence fence;
    cl_mem codes; ///< (BATCHES ROWS, l)
    cl_mem target;
    cl_mem noisy; ///< (ROWS, l) each
    struct lb_position position;
    char settings[SETTINGS_BYTES]; ///< all settings that determine Pi
    double called;
};

/* ---- creation -------------------------------------------------------------------------------- */

static void set_params(struct training *training, int steps)
{
    const struct lb_train_params *run = &training->run->params;
    struct lb_train_params *params = &training->params;
    lb_train_params_default(params);
    params->steps = steps > 0 ? steps : LB_PROJECTION_STEPS;
    params->pairs = ROWS;
    params->log_every = LOG_EVERY;
    params->optimizer = LB_MUON;
    params->lr = 2e-3;
    params->warmup = 100;
    params->average = 0.1;
    params->seed = run->seed;
    params->activation = LB_SILU; // smooth: with elu, tangent planes are twice as far off
}

static enum lb_status check(const struct lb_run *run, const struct lb_projection_params *params)
{
    if (!(params->sigma >= 0.0) || !isfinite(params->sigma)) {
        return lb_fail(run->ctx, LB_ERR_ARGUMENT,
                       "projection: noise of deviation %g is not possible (0 selects the default)",
                       params->sigma);
    }
    if (params->steps < 0 || params->dimension > run->latent) {
        return lb_fail(run->ctx, LB_ERR_ARGUMENT,
                       "projection: %d steps onto a manifold of dimension %zu in R^%zu are not "
                       "possible (0 selects the defaults)",
                       params->steps, params->dimension, run->latent);
    }
    return run->networks_only
               ? lb_fail(run->ctx, LB_ERR_UNSUPPORTED,
                         "%s: was opened without its data (use lb_run_open())", run->path)
               : LB_OK;
}

static enum lb_status describe(struct training *training)
{
    uint64_t encoder = 0;
    LB_TRY(lb_projection_encoder_hash(training->run, &encoder));
    lb_format(training->settings, sizeof training->settings,
              "encoder %016" PRIx64 " steps %d sigma %.17g", encoder, training->params.steps,
              training->info.sigma);
    return LB_OK;
}

/* Normalises coordinates to mean 0 and total variance 1. With variance l, which makes the network
 * rough, four times as many steps leave three times the residual. */
static enum lb_status normalise(struct training *training)
{
    const int l = (int)training->run->latent;
    float *scale = malloc((size_t)l * sizeof *scale);
    if (scale == NULL) {
        return lb_fail_memory(training->run->ctx, "projection");
    }
    for (int j = 0; j < l; j++) {
        scale[j] = (float)(1.0 / training->pool.spread);
    }
    const enum lb_status status =
        lb_normalisation_set(&training->learner.network->normalisation, training->device, l, l,
                             training->pool.mean, scale);
    free(scale);
    return status;
}

static enum lb_status test_device(struct training *training)
{
    struct lb_self_test_pool tests = {.device = training->device,
                                      .suite = &lb_training_self_tests,
                                      .stop = training->control->stop};
    enum lb_gemm_kind gemm = lb_gemm_get_kind(training->run->encoder->gemm);
    enum lb_status status = lb_self_test_require(&tests, &gemm, training->params.activation);
    if (status == LB_OK) {
        status = lb_self_test_rule(training->device, &tests); // for means of weights
    }
    if (status == LB_OK) {
        status = lb_self_test_muon(training->device, &tests, gemm, training->params.activation);
    }
    lb_self_test_pool_close(&tests);
    return status;
}

static enum lb_status assemble(struct training *training)
{
    struct lb_device *device = training->device;
    const struct lb_train_params *params = &training->params;
    const size_t batch = (size_t)ROWS * training->run->latent * sizeof(float);
    const int l = (int)training->run->latent;
    int hidden[HIDDEN_LAYERS];
    struct lb_layer_list layers;
    for (int k = 0; k < HIDDEN_LAYERS; k++) {
        hidden[k] = HIDDEN;
    }
    const struct lb_mlp mlp = {.in = l,
                               .hidden = hidden,
                               .hidden_count = HIDDEN_LAYERS,
                               .out = l,
                               .activation = params->activation,
                               .output_activation = LB_LINEAR};
    LB_TRY(lb_layer_list_mlp(&layers, device->ctx, &mlp));
    LB_TRY(lb_learner_create(&training->learner, training->run->encoder->gemm, device, NULL, params,
                             &layers));
    LB_TRY(lb_learner_hold_buffers(
        &training->learner, &(struct lb_learner_use){.rows = ROWS, .part = ROWS, .trains = true}));
    LB_TRY(lb_reconstruction_create(&training->error, device, LOG_EVERY, 1.0));
    LB_TRY(lb_buffer_create(device, &training->codes, BATCHES * batch, "latent codes"));
    LB_TRY(lb_buffer_create(device, &training->target, batch, "latent codes"));
    LB_TRY(lb_buffer_create(device, &training->noisy, batch, "noisy codes"));
    LB_TRY(lb_buffer_write(device, training->codes, 0, training->pool.codes, BATCHES * batch));
    LB_TRY(normalise(training));
    return lb_network_initialise(training->learner.network, params->seed,
                                 LB_STREAM_PROJECTION_WEIGHTS);
}

static void destroy(struct training *training)
{
    (void)clFinish(training->device->queue); // errors can no longer be reported
    lb_fence_drop(&training->fence);
    lb_buffer_release(&training->codes);
    lb_buffer_release(&training->target);
    lb_buffer_release(&training->noisy);
    lb_reconstruction_destroy(&training->error);
    lb_learner_destroy(&training->learner);
    lb_code_pool_destroy(&training->pool);
    lb_folder_lock_release(&training->lock);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static enum lb_status enqueue_step(struct training *training, int step)
{
    struct lb_learner *learner = &training->learner;
    const struct lb_train_params *params = &training->params;
    const size_t count = (size_t)ROWS * training->run->latent;
    const size_t bytes = count * sizeof(float);
    const struct lb_matrix noisy = {training->noisy, 0, training->run->latent};
    const double rate = lb_schedule_rate(params->schedule, params->warmup, step, params->steps);
    const struct lb_update update = {
        .step = step,
        .lr = params->lr * rate,
        .muon_lr = params->muon_lr * rate,
        .gradient = learner->gradient,
        .averaged = lb_schedule_averages(params->average, step, params->steps),
    };
    const size_t place = (size_t)(step % BATCHES) * bytes;
    LB_TRY(lb_buffer_copy(training->device, training->codes, place, training->target, 0, bytes));
    LB_TRY(lb_buffer_copy(training->device, training->codes, place, training->noisy, 0, bytes));
    LB_TRY(lb_code_noise_add(training->device, training->noisy, count, training->info.sigma,
                             params->seed, (uint32_t)step));
    LB_TRY(lb_network_forward(learner->network, learner->activations, noisy, ROWS));
    LB_TRY(lb_reconstruction_run(
        &training->error, lb_activations_output(learner->activations), training->target, (int)count,
        lb_activations_output_gradient(learner->activations), step % LOG_EVERY));
    LB_TRY(lb_network_backward(learner->network, learner->activations, noisy, ROWS,
                               learner->rule.adam.gradient, (struct lb_input_gradient){0}));
    return lb_update_rule_step(&learner->rule, learner->network->parameters, &update);
}

static struct lb_checkpoint checkpoint_of(struct training *training)
{
    return (struct lb_checkpoint){
        .device = training->device,
        .params = &training->params,
        .networks = {{"projection", training->learner.network, &training->learner.rule}},
        .network_count = 1,
        .histories = {{"error", &training->error.loss}},
        .history_count = 1,
        .projection = training->settings,
    };
}

static enum lb_status write_checkpoint(struct training *training)
{
    const struct lb_checkpoint checkpoint = checkpoint_of(training);
    return lb_checkpoint_write(&checkpoint, &training->position, training->run->path);
}

static bool out_of_time(const struct training *training)
{
    return training->control->max_seconds > 0.0 &&
           lb_clock_seconds() - training->called >= training->control->max_seconds;
}

static enum lb_status stop_here(struct training *training)
{
    LB_TRY(write_checkpoint(training));
    return lb_fail(training->run->ctx, LB_ERR_INTERRUPTED,
                   "projection: stopped at step %d (the same command resumes it)",
                   training->position.step);
}

/* Means of the interval that ends here; *stop if the caller wants to stop. */
static enum lb_status report(struct training *training, double seconds, int steps, bool *stop)
{
    const struct lb_position *position = &training->position;
    const struct lb_loss *losses[] = {&training->error.loss};
    const int first = (position->step - 1) / LOG_EVERY * LOG_EVERY;
    const struct lb_loss_average average = {
        .losses = losses,
        .count = 1,
        .n = position->step - first,
        .step = first,
        .last_weight = 1.0,
    };
    struct lb_progress progress = {
        .phase = LB_PHASE_PROJECTION,
        .step = position->step,
        .steps = training->params.steps,
        .per_second = ROWS * steps / seconds,
        .seconds_left = seconds / steps * (training->params.steps - position->step),
    };
    struct lb_not_finite bad;
    LB_TRY(lb_loss_mean(&average, &progress.means, &bad));
    if (bad.batch >= 0) {
        return lb_fail(training->run->ctx, LB_ERR_NUMERIC,
                       "projection: step %d: the error is %g (train the run with a smaller --lr)",
                       first + bad.batch + 1, (double)bad.value);
    }
    progress.means.stderr_loss = (double)NAN; // consecutive steps are not independent batches
    *stop = training->control->progress != NULL &&
            !training->control->progress(training->control->user, &progress);
    return LB_OK;
}

static enum lb_status train(struct training *training)
{
    const struct lb_train_control *control = training->control;
    struct lb_position *position = &training->position;
    double time = lb_clock_seconds();
    int reported = position->step;
    bool stop = false;
    while (position->step < training->params.steps) {
        LB_TRY(enqueue_step(training, position->step));
        position->step++;
        if (position->step % FENCE_STEPS == 0) {
            LB_TRY(lb_fence_wait(&training->fence, training->device));
            LB_TRY(lb_fence_set(&training->fence, training->device));
        }
        if (position->step % LOG_EVERY == 0 || position->step == training->params.steps) {
            const double now = lb_clock_seconds();
            LB_TRY(report(training, now - time, position->step - reported, &stop));
            time = now;
            reported = position->step;
        }
        if (stop || out_of_time(training) || (control->stop != NULL && *control->stop != 0)) {
            return stop_here(training);
        }
        if (position->step % CHECKPOINT_EVERY == 0) {
            LB_TRY(write_checkpoint(training));
        }
    }
    return lb_update_rule_finish(&training->learner.rule, training->learner.network->parameters);
}

/* ---- results --------------------------------------------------------------------------------- */

/* mean |Pi(z) - z| over the fresh codes. */
static enum lb_status measure_residual(struct training *training)
{
    const size_t l = training->run->latent;
    const size_t n = training->pool.fresh_count;
    double sum = 0.0;
    float *projected = malloc(n * l * sizeof *projected);
    if (projected == NULL) {
        return lb_fail_memory(training->run->ctx, "projected codes");
    }
    const enum lb_status status =
        lb_network_apply(training->learner.network, training->pool.fresh, n, projected);
    for (size_t i = 0; i < n && status == LB_OK; i++) {
        double square = 0.0;
        for (size_t j = 0; j < l; j++) {
            const double off =
                (double)projected[i * l + j] - (double)training->pool.fresh[i * l + j];
            square += off * off;
        }
        sum += sqrt(square);
    }
    training->info.residual = sum / (double)n;
    free(projected);
    return status;
}

/* User pairs do not define the dimension of their manifold. */
static enum lb_status find_dimension(struct training *training)
{
    struct lb_run *run = training->run;
    const size_t l = run->latent;
    const size_t fresh = training->pool.fresh_count;
    const size_t n = fresh < (size_t)RANK_CODES ? fresh : (size_t)RANK_CODES;
    struct lb_geometry *geometry = NULL;
    struct lb_network *network = NULL;
    char *path = lb_run_file_path(run->path, LB_RUN_PROJECTION);
    double *codes = malloc(n * l * sizeof *codes);
    enum lb_status status = LB_OK;
    if (codes == NULL || path == NULL) {
        status = lb_fail_memory(run->ctx, "dimension of the latent manifold");
        goto fail;
    }
    for (size_t i = 0; i < n * l; i++) {
        codes[i] = (double)training->pool.fresh[i];
    }
    training->info.dimension = l;
    LB_CHECK(lb_projection_save(run, training->learner.network, &training->info));
    LB_CHECK(
        lb_network_load(&network, training->device, lb_gemm_get_kind(run->encoder->gemm), path));
    LB_CHECK(lb_projection_geometry(&geometry, run, &network, &training->info));
    LB_CHECK(lb_geometry_find_rank(geometry, codes, n, &training->info.dimension));
    if (training->info.dimension == 0) {
        status = lb_fail(run->ctx, LB_ERR_NUMERIC,
                         "projection: its derivative does not determine the dimension of the "
                         "latent manifold (give it with --dimension)");
    }
fail:
    lb_geometry_destroy(&geometry);
    free(path);
    free(codes);
    return status;
}

static enum lb_status finish(struct training *training)
{
    LB_TRY(measure_residual(training));
    if (training->info.dimension == 0) {
        LB_TRY(find_dimension(training));
    }
    LB_TRY(lb_projection_save(training->run, training->learner.network, &training->info));
    char *state = lb_run_file_path(training->run->path, LB_RUN_PROJECTION_CHECKPOINT);
    if (state == NULL) {
        return lb_fail_memory(training->run->ctx, "projection");
    }
    (void)lb_file_remove(state); // often does not exist
    free(state);
    return LB_OK;
}

static double default_sigma(double curvature, double spread)
{
    return fmin(SIGMA_CURVATURE / curvature, SIGMA_SPREAD * spread);
}

/* ---- the whole training ---------------------------------------------------------------------- */

/* Whether the existing file has these settings; sigma is the requested value. */
static bool is_made(struct training *training, const struct lb_projection_params *params)
{
    struct lb_projection_info *info = &training->info;
    return !training->control->overwrite && lb_run_projection_info(training->run, info) == LB_OK &&
           info->steps == training->params.steps &&
           info->sigma == (params->sigma == 0.0 ? default_sigma(info->curvature, info->spread)
                                                : params->sigma) &&
           (params->dimension == 0 || params->dimension == info->dimension);
}

static void set_info(struct training *training, const struct lb_projection_params *params)
{
    struct lb_projection_info *info = &training->info;
    const struct lb_code_pool *pool = &training->pool;
    const struct lb_dataset_info *dataset = lb_dataset_get_info(training->run->dataset);
    *info = (struct lb_projection_info){
        .sigma = params->sigma,
        .curvature = pool->curvature,
        .spread = pool->spread,
        .dimension = params->dimension > 0 ? params->dimension : (size_t)dataset->dimension,
        .steps = training->params.steps,
    };
    if (params->sigma == 0.0) {
        info->sigma = default_sigma(pool->curvature, pool->spread);
    }
}

static enum lb_status begin(struct training *training)
{
    const struct lb_checkpoint checkpoint = checkpoint_of(training);
    char *state = lb_run_file_path(training->run->path, LB_RUN_PROJECTION_CHECKPOINT);
    if (state == NULL) {
        return lb_fail_memory(training->run->ctx, "projection");
    }
    const bool resumes = !training->control->overwrite && !lb_file_missing(state);
    free(state);
    training->position = (struct lb_position){.phase = LB_PHASE_PROJECTION, .metrics_lines = 1};
    if (!resumes) {
        return LB_OK;
    }
    LB_TRY(lb_checkpoint_read(&checkpoint, &training->position, training->run->path));
    if (training->control->resumed != NULL) {
        training->control->resumed(training->control->user, LB_PHASE_PROJECTION,
                                   training->position.step);
    }
    return LB_OK;
}

enum lb_status lb_run_train_projection(struct lb_run *run,
                                       const struct lb_projection_params *params,
                                       const struct lb_train_control *control,
                                       struct lb_projection_info *info)
{
    static const struct lb_projection_params defaults = {0};
    static const struct lb_train_control no_control = {0};
    params = params != NULL ? params : &defaults;
    struct training training = {
        .run = run,
        .device = run->encoder->device,
        .control = control != NULL ? control : &no_control,
        .lock = LB_FOLDER_LOCK_NONE,
        .called = lb_clock_seconds(),
    };
    enum lb_status status = LB_OK;
    LB_TRY(check(run, params));
    set_params(&training, params->steps);
    LB_CHECK(lb_folder_lock_take(&training.lock, run->ctx, run->path));
    if (!is_made(&training, params)) {
        LB_CHECK(test_device(&training));
        LB_CHECK(lb_code_pool_create(&training.pool, run, (size_t)ROWS * BATCHES));
        set_info(&training, params);
        lb_code_pool_check_spacing(&training.pool, run, training.info.sigma);
        LB_CHECK(describe(&training));
        LB_CHECK(assemble(&training));
        LB_CHECK(begin(&training));
        LB_CHECK(train(&training));
        LB_CHECK(finish(&training));
    }
    if (info != NULL) {
        *info = training.info;
    }
fail:
    destroy(&training);
    return status;
}
