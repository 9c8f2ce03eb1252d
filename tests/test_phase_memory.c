/* The memory that a phase is said to need, against the buffers that exist while it trains. The
 * functions of OpenCL that create and release buffers are wrapped to count them. */
#include "trainer_support.h"

#include <stdlib.h>

#include "device/path.h"

static size_t live_bytes;
static size_t peak_bytes;
static size_t device_bytes = SIZE_MAX; ///< a buffer beyond them fails

cl_mem __real_clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host,
                             cl_int *result);
cl_mem __wrap_clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host,
                             cl_int *result);
cl_int __real_clReleaseMemObject(cl_mem mem);
cl_int __wrap_clReleaseMemObject(cl_mem mem);

cl_mem __wrap_clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host,
                             cl_int *result)
{
    if (live_bytes + size > device_bytes) {
        *result = CL_MEM_OBJECT_ALLOCATION_FAILURE;
        return NULL;
    }
    live_bytes += size;
    peak_bytes = live_bytes > peak_bytes ? live_bytes : peak_bytes;
    return __real_clCreateBuffer(context, flags, size, host, result);
}

cl_int __wrap_clReleaseMemObject(cl_mem mem)
{
    size_t size = 0;
    assert_int_equal(clGetMemObjectInfo(mem, CL_MEM_SIZE, sizeof size, &size, NULL), CL_SUCCESS);
    live_bytes -= size;
    return __real_clReleaseMemObject(mem);
}

/* Not counted: points, distances, histories of losses and other lists. */
static const double uncounted = 0.03 * 1048576.0;

/* Copies of the largest product may not be needed at the largest time. */
static const double unused = 0.04;

static double sum_of(const struct lb_memory_needs *needs)
{
    return needs->parameters + needs->activations + needs->images;
}

static void check_peak(const char *what, size_t before, const struct lb_memory_needs *needs)
{
    const double got = (double)(peak_bytes - before);
    const double want = sum_of(needs);
    if (got > want + uncounted || got < (1.0 - unused) * want) {
        fail_msg("%s: %.0f bytes, said to need %.0f", what, got, want);
    }
}

struct memory_case {
    const char *dataset;
    int size;
    enum lb_train_mode mode;
    const char *const *settings; ///< names and values, ended by NULL
};

static void make_case(const struct device_fixture *fixture, const struct memory_case *c,
                      struct lb_train_params *params)
{
    make_small_params(params);
    snprintf(params->dataset, sizeof params->dataset, "%s", c->dataset);
    params->size = c->size;
    params->steps = 3;
    params->decoder_steps = 3;
    params->optimizer = LB_MUON;
    params->mode = c->mode;
    for (int i = 0; c->settings[i] != NULL; i += 2) {
        require_ok(fixture,
                   lb_train_params_set(fixture->ctx, params, c->settings[i], c->settings[i + 1]));
    }
}

static struct lb_trainer *assemble(const struct device_fixture *fixture, struct lb_dataset *dataset,
                                   const struct lb_train_params *params)
{
    const struct lb_training_data data = {dataset, NULL};
    struct lb_trainer *trainer = NULL;
    require_ok(fixture, lb_trainer_assemble(&trainer, fixture->device, NULL, &data, params, NULL));
    return trainer;
}

/* Its evaluation needs no more than its steps: the same passes for as many rows. */
static void train_phase(const struct device_fixture *fixture, struct lb_trainer *trainer)
{
    require_ok(fixture, lb_trainer_step(trainer, 3));
}

/* As a checkpoint does. */
static void normalise(const struct device_fixture *fixture, struct lb_trainer *trainer)
{
    static const float zeros[3];
    static const float ones[3] = {1.0f, 1.0f, 1.0f};
    const struct lb_dataset_info *info = lb_dataset_get_info(trainer->data.dataset);
    require_ok(fixture, lb_normalisation_set(
                            &trainer->encoder.network->normalisation, fixture->device,
                            (int)trainer->data.dataset->image_size, info->channels, zeros, ones));
}

static void check_case(const struct device_fixture *fixture, const struct memory_case *c)
{
    const struct lb_dataset_params source = {.name = c->dataset, .size = c->size};
    struct lb_train_params params;
    struct lb_dataset *dataset = NULL;
    make_case(fixture, c, &params);
    const enum lb_phase first =
        params.mode == LB_TRAIN_SEPARATE ? LB_PHASE_ENCODER : LB_PHASE_JOINT;
    require_ok(fixture, lb_dataset_open(&dataset, fixture->device, &source));
    const size_t before = live_bytes;
    peak_bytes = before;
    struct lb_trainer *trainer = assemble(fixture, dataset, &params);
    const size_t assembled = live_bytes;
    require_ok(fixture, lb_trainer_start(trainer));
    train_phase(fixture, trainer);
    if (first == LB_PHASE_JOINT) {
        check_peak(c->dataset, before, &trainer->needs[first]);
        goto done;
    }
    const bool decoder_is_larger =
        sum_of(&trainer->needs[LB_PHASE_DECODER]) > sum_of(&trainer->needs[first]);
    if (!decoder_is_larger) { // it was tried before
        check_peak(c->dataset, before, &trainer->needs[first]);
    }
    peak_bytes = 0;
    require_ok(fixture, lb_trainer_next_phase(trainer));
    peak_bytes = live_bytes;
    train_phase(fixture, trainer);
    check_peak("decoder", before, &trainer->needs[LB_PHASE_DECODER]);
    lb_trainer_destroy(&trainer);
    assert_true(live_bytes == before);
    /* A run resumed in the decoder phase never has the encoder phase's buffers */
    peak_bytes = before;
    trainer = assemble(fixture, dataset, &params);
    assert_true(live_bytes == assembled);
    trainer->position.phase = LB_PHASE_DECODER;
    normalise(fixture, trainer);
    train_phase(fixture, trainer);
    check_peak("resumed", before, &trainer->needs[LB_PHASE_DECODER]);
done:
    lb_trainer_destroy(&trainer);
    assert_true(live_bytes == before);
    lb_dataset_close(&dataset);
}

#define SETTINGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void needs_are_what_is_allocated(void **state)
{
    const struct device_fixture *fixture = *state;
    const bool cpu = lb_takes_cpu_path(fixture->device);
    const struct memory_case cases[] = {
        {"sundial", 24, LB_TRAIN_SEPARATE, SETTINGS("hidden", "200,100", "cross-weight", "0.5")},
        {"sundial", 24, LB_TRAIN_SEPARATE, SETTINGS("hidden", "70,100", "optimizer", "adam")},
        {"sundial", 24, LB_TRAIN_SEPARATE,
         SETTINGS("hidden", "200,70", "microbatch", "50", "optimizer", "adam")},
        {"sundial", 24, LB_TRAIN_JOINT, SETTINGS("hidden", "200,70", "average", "0.5")},
        {"sundial", 24, LB_TRAIN_PLAIN, SETTINGS("hidden", "200,70")},
        {"sundial", 24, LB_TRAIN_SEPARATE,
         SETTINGS("hidden", "pool,conv6,pool,20", "decoder-hidden",
                  "20,dense6x6x8,deconv6,deconv3")},
        {"sundial", 24, LB_TRAIN_SEPARATE,
         SETTINGS("hidden", "conv6,pool,conv8s2,20", "decoder-hidden", "dense6x6x8,deconv5,up",
                  "microbatch", "30")},
    };
    /* On the GPU path, which is slow on a CPU, only the first and the last */
    for (size_t i = 0; i < LB_COUNT(cases); i += cpu ? 1 : LB_COUNT(cases) - 1) {
        check_case(fixture, &cases[i]);
    }
}

/* A device that has room for the encoder phase only: the run fails before it, not after hours. */
static void decoder_phase_is_tried_first(void **state)
{
    const struct device_fixture *fixture = *state;
    const struct memory_case c = {
        "sundial", 24, LB_TRAIN_SEPARATE,
        SETTINGS("hidden", "70,50", "decoder-hidden", "dense6x6x16,deconv16,up")};
    const struct lb_dataset_params source = {.name = c.dataset, .size = c.size};
    struct lb_train_params params;
    struct lb_dataset *dataset = NULL;
    struct lb_trainer *trainer = NULL;
    make_case(fixture, &c, &params);
    require_ok(fixture, lb_dataset_open(&dataset, fixture->device, &source));
    const size_t before = live_bytes;
    trainer = assemble(fixture, dataset, &params);
    const double first = sum_of(&trainer->needs[LB_PHASE_ENCODER]);
    assert_true(sum_of(&trainer->needs[LB_PHASE_DECODER]) > 1.2 * first);
    lb_trainer_destroy(&trainer);
    const struct lb_training_data data = {dataset, NULL};
    device_bytes = before + (size_t)(1.1 * first);
    require_error(fixture,
                  lb_trainer_assemble(&trainer, fixture->device, NULL, &data, &params, NULL),
                  LB_ERR_MEMORY, "the decoder phase, tried before training starts: ");
    assert_true(live_bytes == before);
    params.decoder_steps = 0;
    trainer = assemble(fixture, dataset, &params);
    require_ok(fixture, lb_trainer_start(trainer));
    train_phase(fixture, trainer);
    device_bytes = SIZE_MAX;
    lb_trainer_destroy(&trainer);
    lb_dataset_close(&dataset);
}

static int open_on_gpu_path(void **state)
{
    return setenv("LOWBEND_ASSUME", "gpu", 1) == 0 ? open_device_fixture(state) : -1;
}

static int close_on_gpu_path(void **state)
{
    return unsetenv("LOWBEND_ASSUME") == 0 ? close_device_fixture(state) : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(needs_are_what_is_allocated, open_device_fixture,
                                        close_device_fixture),
        cmocka_unit_test_setup_teardown(decoder_phase_is_tried_first, open_device_fixture,
                                        close_device_fixture),
        cmocka_unit_test_setup_teardown(needs_are_what_is_allocated, open_on_gpu_path,
                                        close_on_gpu_path),
    };
    return cmocka_run_group_tests_name("phase memory", tests, NULL, NULL);
}
