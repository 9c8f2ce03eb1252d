/* Trains a small network on a manifold's points, and measures it. */
#include "eval/attainable.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "device/path.h"
#include "eval/measure.h"
#include "geometry/dataset.h"
#include "nn/network.h"
#include "train/trainer.h"
#include "train/training_self_test.h"

enum {
    WIDTH = 128,
    PAIRS = 128,        // per step
    WARM_STEPS = 20,    // before timing: loads kernels
    TIMED_STEPS = 100,  // per span: to estimate how many fit
    FEWEST_STEPS = 500, // minimum, however long they take
    FIRST_PAIRS = 16384,
    MOST_PAIRS = 1 << 20,
    POINTS = 1024, // for the recall, as in an evaluation
};

static const double RATE = 3e-3;
static const double RELATIVE_ERROR = 0.005; // of E; target
static const double WATCHED_SHARE =
    0.2; // fraction of the time for further spans if the first is too slow

/* The run's settings that E depends on; the rest is fixed. */
static void choose_params(const struct lb_run *run, int steps, struct lb_train_params *params)
{
    const struct lb_train_params *of_run = &run->params;
    const bool cpu = lb_takes_cpu_path(run->dataset->device);
    lb_train_params_default(params);
    memcpy(params->dataset, of_run->dataset, sizeof params->dataset);
    params->cap = of_run->cap;
    params->epsilon = of_run->epsilon;
    params->min_distance = of_run->min_distance;
    params->lambda = of_run->lambda;
    params->c = of_run->c;
    params->latent = of_run->latent;
    params->hidden[0] = WIDTH;
    params->hidden[1] = WIDTH;
    params->hidden_count = 2;
    params->activation = LB_SILU;
    params->pairs = PAIRS;
    params->steps = steps;
    params->decoder_steps = 0;
    params->lr = RATE;
    params->gemm = cpu ? LB_GEMM_PANEL : LB_GEMM_AUTO; // back end of the fused step
    params->log_every = TIMED_STEPS;
}

/* Logs progress at each quarter of the steps. */
static void show_progress(const struct lb_run *run, const struct lb_trainer *trainer)
{
    enum { QUARTERS = 4 };
    const int64_t step = trainer->position.step;
    const int64_t steps = trainer->params.steps;
    if (QUARTERS * step / steps != QUARTERS * (step - 1) / steps) {
        lb_log(run->ctx, LB_LOG_INFO, "attainable E: step %d of %d", (int)step, (int)steps);
    }
}

/* Takes n steps one by one, so that a signal can stop them. */
static enum lb_status take_steps(struct lb_run *run, struct lb_trainer *trainer, int n)
{
    for (int i = 0; i < n; i++) {
        LB_TRY(lb_run_check_cancelled(run));
        LB_TRY(lb_trainer_step(trainer, 1));
        show_progress(run, trainer);
    }
    return LB_OK;
}

/* Steps that the time allows, from the fastest of a trainer's first spans: a device that is briefly
 * busy is not a slow one. */
static enum lb_status count_steps(struct lb_run *run, struct lb_trainer *trainer, double seconds,
                                  int *steps)
{
    struct lb_device *device = run->dataset->device;
    double fitting = 0.0;
    LB_TRY(take_steps(run, trainer, WARM_STEPS));
    LB_TRY(lb_device_finish(device));
    const double start = lb_clock_seconds();
    double end = start;
    do {
        const double begin = end;
        LB_TRY(take_steps(run, trainer, TIMED_STEPS));
        LB_TRY(lb_device_finish(device));
        end = lb_clock_seconds();
        fitting = fmax(fitting, seconds * TIMED_STEPS / (end - begin));
    } while (fitting < *steps && end - start < WATCHED_SHARE * seconds);
    if (fitting < *steps) {
        *steps = fitting > FEWEST_STEPS ? (int)fitting : FEWEST_STEPS;
    }
    return LB_OK;
}

static enum lb_status make_trainer(struct lb_trainer **trainer, struct lb_run *run,
                                   const struct lb_training_data *data, int steps)
{
    struct lb_device *device = run->dataset->device;
    struct lb_self_test_pool tests = {.device = device, .suite = &lb_training_self_tests};
    struct lb_train_params params;
    struct lb_training_data resolved = *data;
    enum lb_status status = LB_OK;
    choose_params(run, steps, &params);
    LB_CHECK(lb_training_data_resolve(&resolved, &params));
    LB_CHECK(lb_self_test_require(&tests, &params.gemm, params.activation));
    LB_CHECK(lb_trainer_assemble(trainer, device, NULL, data, &params, &tests));
    LB_CHECK(lb_trainer_start(*trainer));
fail:
    lb_self_test_pool_close(&tests);
    return status;
}

/* E on as many pairs as its standard error requires, and the recall, for a run on points. */
static enum lb_status measure(struct lb_run *points, struct lb_attainable *out)
{
    struct lb_evaluation e = {0};
    struct lb_evaluate_params params = {.pairs = FIRST_PAIRS, .points = POINTS};
    enum lb_status status = LB_OK;
    LB_CHECK(lb_energy_measure.run(points, &params, &e));
    const double error = e.energy.standard_error / (0.9 * RELATIVE_ERROR * e.energy.mean);
    if (error > 1.0) {
        const double pairs = error * error * FIRST_PAIRS;
        params.pairs = pairs < MOST_PAIRS ? (size_t)pairs : MOST_PAIRS;
        LB_CHECK(lb_energy_measure.run(points, &params, &e));
    }
    LB_CHECK(lb_distance_measure.run(points, &params, &e));
    *out = (struct lb_attainable){.energy = e.energy.mean, .recall = e.knn_recall};
fail:
    lb_evaluation_free(&e);
    return status;
}

enum lb_status lb_attainable_train(struct lb_run *run, const struct lb_attainable_effort *effort,
                                   struct lb_attainable *out)
{
    const double seconds = effort->seconds > 0.0 ? effort->seconds : LB_ATTAINABLE_SECONDS;
    const int wanted = effort->steps > 0 ? effort->steps : LB_ATTAINABLE_STEPS;
    const struct lb_dataset_params of_dataset = {.name = run->params.dataset,
                                                 .cap_degrees = run->params.cap};
    int steps = wanted;
    struct lb_training_data data = {0};
    struct lb_trainer *trainer = NULL;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_dataset_open_points(&data.dataset, run->dataset, &of_dataset));
    LB_CHECK(make_trainer(&trainer, run, &data, wanted));
    LB_CHECK(count_steps(run, trainer, seconds, &steps));
    if (steps < wanted) { // the learning rate schedule then covers fewer steps
        lb_trainer_destroy(&trainer);
        LB_CHECK(make_trainer(&trainer, run, &data, steps));
    }
    LB_CHECK(take_steps(run, trainer, steps - trainer->position.step));
    struct lb_run points = {
        .ctx = run->ctx,
        .path = run->path,
        .params = trainer->params,
        .dataset = data.dataset,
        .encoder = lb_trainer_encoder(trainer),
        .point_size = run->point_size,
        .image_size = data.dataset->image_size,
        .latent = run->latent,
        .cancellation = run->cancellation,
    };
    LB_CHECK(measure(&points, out));
    out->shortened = steps < wanted;
fail:
    lb_trainer_destroy(&trainer);
    lb_training_data_close(&data);
    return status;
}
