/* Self-test of network inputs: normalised images and noisy codes. */
#include <math.h>

#include "base/philox.h"
#include "device/vector.h"
#include "nn/code_noise.h"
#include "nn/normalise.h"
#include "nn/network_self_test.h"

/* Slightly more than a vector, to test the ends of rows. */
enum { ROWS = 3, PIXELS = 45, CHANNELS = 3, NUMBERS = ROWS * PIXELS * CHANNELS };

static enum lb_status test_normalisation(struct lb_self_test *test)
{
    static const float mean[CHANNELS] = {0.5f, -0.25f, 3.0f};
    static const float scale[CHANNELS] = {2.0f, 0.3f, -1.5f};
    struct lb_device *device = test->device;
    struct lb_normalisation normalisation = {0};
    float images[NUMBERS];
    double want[NUMBERS];
    cl_mem in = NULL;
    cl_mem out = NULL;
    enum lb_status status = LB_OK;
    lb_self_test_draw(test, images, NUMBERS);
    for (size_t i = 0; i < NUMBERS; i++) {
        const size_t k = i % CHANNELS;
        want[i] = ((double)images[i] - (double)mean[k]) * (double)scale[k];
    }
    LB_CHECK(
        lb_normalisation_set(&normalisation, device, PIXELS * CHANNELS, CHANNELS, mean, scale));
    LB_CHECK(lb_buffer_create(device, &in, sizeof images, "self-test"));
    LB_CHECK(lb_buffer_create(device, &out, sizeof images, "self-test"));
    LB_CHECK(lb_buffer_write(device, in, 0, images, sizeof images));
    LB_CHECK(lb_normalisation_run(&normalisation, device, in, ROWS, PIXELS * CHANNELS, out));
    LB_CHECK(lb_buffer_read(device, out, 0, images, sizeof images));
    lb_self_test_compare(test, "normalised images", images, want, NUMBERS, 1e-6);
fail:
    lb_normalisation_destroy(&normalisation);
    lb_buffer_release(&in);
    lb_buffer_release(&out);
    return status;
}

static enum lb_status test_pool(struct lb_self_test *test)
{
    enum { HEIGHT = 4, WIDTH = 38, SIZE = HEIGHT * WIDTH * CHANNELS, ALL = ROWS * SIZE };
    static const float mean[CHANNELS] = {0.5f, -0.25f, 3.0f};
    static const float scale[CHANNELS] = {2.0f, 0.3f, -1.5f};
    struct lb_device *device = test->device;
    struct lb_normalisation normalisation = {0};
    float images[ALL];
    double want[ALL / 4] = {0.0};
    cl_mem in = NULL;
    cl_mem out = NULL;
    enum lb_status status = LB_OK;
    lb_self_test_draw(test, images, ALL);
    for (size_t i = 0; i < ALL; i++) {
        const size_t k = i % CHANNELS;
        const size_t pixel = i / CHANNELS;
        const size_t to = pixel / WIDTH / 2 * (WIDTH / 2) + pixel % WIDTH / 2;
        want[to * CHANNELS + k] += 0.25 * ((double)images[i] - (double)mean[k]) * (double)scale[k];
    }
    LB_CHECK(lb_normalisation_set(&normalisation, device, SIZE, CHANNELS, mean, scale));
    LB_CHECK(lb_buffer_create(device, &in, sizeof images, "self-test"));
    LB_CHECK(lb_buffer_create(device, &out, sizeof images / 4, "self-test"));
    LB_CHECK(lb_buffer_write(device, in, 0, images, sizeof images));
    LB_CHECK(lb_normalisation_pool(&normalisation, device, in, ROWS,
                                   (struct lb_shape){HEIGHT, WIDTH, CHANNELS}, out));
    LB_CHECK(lb_buffer_read(device, out, 0, images, sizeof images / 4));
    lb_self_test_compare(test, "pooled normalised images", images, want, ALL / 4, 1e-6);
fail:
    lb_normalisation_destroy(&normalisation);
    lb_buffer_release(&in);
    lb_buffer_release(&out);
    return status;
}

/* Gradient sums as in a learner. */
static enum lb_status test_sum(struct lb_self_test *test)
{
    struct lb_device *device = test->device;
    const cl_int n = NUMBERS;
    const struct lb_ndrange grid = lb_ndrange_runs(device, NUMBERS);
    float numbers[2 * NUMBERS];
    double want[NUMBERS];
    cl_kernel add = NULL;
    cl_mem x = NULL;
    cl_mem sum = NULL;
    enum lb_status status = LB_OK;
    lb_self_test_draw(test, numbers, LB_COUNT(numbers));
    for (size_t i = 0; i < NUMBERS; i++) {
        want[i] = (double)numbers[i] + (double)numbers[NUMBERS + i];
    }
    LB_CHECK(lb_step_kernel(device, &add, "add"));
    LB_CHECK(lb_buffer_create(device, &x, sizeof numbers / 2, "self-test"));
    LB_CHECK(lb_buffer_create(device, &sum, sizeof numbers / 2, "self-test"));
    LB_CHECK(lb_buffer_write(device, x, 0, numbers, sizeof numbers / 2));
    LB_CHECK(lb_buffer_write(device, sum, 0, numbers + NUMBERS, sizeof numbers / 2));
    LB_CHECK(lb_launch(device, add, grid, LB_ARG(x), LB_ARG(n), LB_ARG(sum)));
    LB_CHECK(lb_buffer_read(device, sum, 0, numbers, sizeof numbers / 2));
    lb_self_test_compare(test, "sums", numbers, want, NUMBERS, 1e-6);
fail:
    lb_buffer_release(&x);
    lb_buffer_release(&sum);
    return status;
}

/* The noise on number i: one of a Box-Muller pair. */
static double noise(uint64_t seed, uint32_t step, size_t i)
{
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const uint32_t counter[4] = {0, (uint32_t)(i / 4), step, LB_STREAM_CODE_NOISE};
    uint32_t bits[4];
    lb_philox4x32(counter, key, bits);
    const uint32_t *pair = bits + i % 4 / 2 * 2;
    const double radius = sqrt(-2.0 * log(lb_philox_uniform(pair[0])));
    const double angle = 6.283185307179586 * lb_philox_uniform(pair[1]);
    return radius * (i % 2 == 0 ? cos(angle) : sin(angle));
}

static enum lb_status test_noise(struct lb_self_test *test)
{
    static const double sigma = 0.5;
    static const uint64_t seed = 0x123456789u;
    struct lb_device *device = test->device;
    float codes[NUMBERS];
    double want[NUMBERS];
    cl_mem mem = NULL;
    enum lb_status status = LB_OK;
    lb_self_test_draw(test, codes, NUMBERS);
    for (size_t i = 0; i < NUMBERS; i++) {
        want[i] = (double)codes[i] + sigma * noise(seed, 7, i);
    }
    LB_CHECK(lb_buffer_create(device, &mem, sizeof codes, "self-test"));
    LB_CHECK(lb_buffer_write(device, mem, 0, codes, sizeof codes));
    LB_CHECK(lb_code_noise_add(device, mem, NUMBERS, sigma, seed, 7));
    LB_CHECK(lb_buffer_read(device, mem, 0, codes, sizeof codes));
    lb_self_test_compare(test, "noisy codes", codes, want, NUMBERS, 1e-5);
fail:
    lb_buffer_release(&mem);
    return status;
}

static enum lb_status test_input(struct lb_self_test *test)
{
    LB_TRY(test_normalisation(test));
    LB_TRY(test_pool(test));
    LB_TRY(test_sum(test));
    return test_noise(test);
}

const struct lb_self_test_case lb_input_self_test = {
    .name = "normalised and pooled images, noisy codes",
    .cost = 66, // with the program of most other cases
    .files = {"step.cl"},
    .run = test_input,
};
