/*
 * Normalisation and initial state of networks: images normalised per channel, against plain C and
 * against a network with inputs normalised here; the same in files; outputs that start at a given
 * image; noise on codes, against the Box-Muller formula in double.
 */
#include "support.h"

#include "mlp_reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lowbend/tensor.h>

#include "base/philox.h"
#include "base/text.h"
#include "nn/code_noise.h"
#include "nn/network.h"

enum { ROWS = 5 };

static float *draw_many(uint32_t stream, size_t n)
{
    float *values = allocate(n, sizeof *values);
    for (size_t i = 0; i < n; i++) {
        values[i] = draw(stream, i);
    }
    return values;
}

/* ---- the kernel ------------------------------------------------------------------------------ */

static void check_kernel(const struct device_fixture *fixture, int rows, int inputs, int channels)
{
    const size_t n = (size_t)rows * (size_t)inputs;
    char what[80];
    float *images = draw_many(1, n);
    float *mean = draw_many(2, (size_t)channels);
    float *scale = allocate((size_t)channels, sizeof *scale);
    float *canaries = allocate(n + 1, sizeof *canaries);
    double *want = allocate(n, sizeof *want);
    struct lb_normalisation normalisation = {0};
    for (int c = 0; c < channels; c++) {
        scale[c] = 3.0f + 2.0f * draw(3, (size_t)c);
    }
    for (size_t i = 0; i < n; i++) {
        const size_t c = i % (size_t)inputs % (size_t)channels;
        want[i] = ((double)images[i] - (double)mean[c]) * (double)scale[c];
        canaries[i] = CANARY;
    }
    canaries[n] = CANARY;
    cl_mem in = upload(fixture, images, n);
    cl_mem out = upload(fixture, canaries, n + 1);
    require_ok(fixture, lb_normalisation_set(&normalisation, fixture->device, inputs, channels,
                                             mean, scale));
    require_ok(fixture,
               lb_normalisation_run(&normalisation, fixture->device, in, rows, inputs, out));
    float *got = download(fixture, out, n + 1);
    snprintf(what, sizeof what, "%d rows of %d numbers, %d channels", rows, inputs, channels);
    check_floats(what, got, want, n, 2.0 * UNIT);
    assert_true(got[n] == CANARY);
    lb_normalisation_destroy(&normalisation);
    lb_buffer_release(&in);
    lb_buffer_release(&out);
    free(images);
    free(mean);
    free(scale);
    free(canaries);
    free(want);
    free(got);
}

static void kernel_equals_plain_c(void **state)
{
    static const int inputs[] = {1, 3, 15, 16, 48, 63, 64, 65, 192, 257};
    for (size_t i = 0; i < LB_COUNT(inputs); i++) {
        for (int channels = 1; channels <= inputs[i]; channels++) {
            if (inputs[i] % channels == 0 && (channels <= 3 || channels == inputs[i])) {
                check_kernel(*state, 1, inputs[i], channels);
                check_kernel(*state, 65, inputs[i], channels);
            }
        }
    }
    check_kernel(*state, 2, 3 * 65537, 3); // more than one write
}

/* Images (rows, height, width, channels), and the mean of each 2 x 2 block of the normalised
   ones. */
static void check_pool(const struct device_fixture *fixture, int rows, struct lb_shape images)
{
    const size_t channels = (size_t)images.channels;
    const size_t row = (size_t)images.width * channels;
    const size_t n = (size_t)rows * (size_t)lb_shape_size(images);
    char what[80];
    float *values = draw_many(1, n);
    float *mean = draw_many(2, channels);
    float *scale = draw_many(3, channels);
    float *canaries = allocate(n / 4 + 1, sizeof *canaries);
    double *want = allocate(n / 4, sizeof *want);
    struct lb_normalisation normalisation = {0};
    for (size_t i = 0; i < n; i++) {
        const size_t c = i % channels;
        const size_t to = i / row / 2 * (row / 2) + i % row / channels / 2 * channels + c;
        want[to] += 0.25 * ((double)values[i] - (double)mean[c]) * (double)scale[c];
    }
    for (size_t i = 0; i <= n / 4; i++) {
        canaries[i] = CANARY;
    }
    cl_mem in = upload(fixture, values, n);
    cl_mem out = upload(fixture, canaries, n / 4 + 1);
    require_ok(fixture, lb_normalisation_set(&normalisation, fixture->device, lb_shape_size(images),
                                             images.channels, mean, scale));
    require_ok(fixture,
               lb_normalisation_pool(&normalisation, fixture->device, in, rows, images, out));
    float *got = download(fixture, out, n / 4 + 1);
    snprintf(what, sizeof what, "pool of %d images of %d x %d x %d", rows, images.height,
             images.width, images.channels);
    check_floats(what, got, want, n / 4, 8.0 * UNIT);
    assert_true(got[n / 4] == CANARY);
    lb_normalisation_destroy(&normalisation);
    lb_buffer_release(&in);
    lb_buffer_release(&out);
    free(values);
    free(mean);
    free(scale);
    free(canaries);
    free(want);
    free(got);
}

static void pool_equals_plain_c(void **state)
{
    static const int widths[] = {2, 4, 6, 30, 32, 34, 70};
    for (size_t i = 0; i < LB_COUNT(widths); i++) {
        for (int channels = 1; channels <= 9; channels++) {
            check_pool(*state, 1, (struct lb_shape){2, widths[i], channels});
            check_pool(*state, 19, (struct lb_shape){6, widths[i], channels});
        }
    }
}

/* ---- passes ---------------------------------------------------------------------------------- */

static const int hidden[] = {7};
static const struct lb_mlp shape = {12, hidden, 1, 4, LB_TANH, LB_LINEAR};

static const float mean3[3] = {0.5f, -0.25f, 0.125f};
static const float scale3[3] = {2.0f, 4.0f, 0.5f}; // powers of two: exact on the host

/* Outputs and the parameter gradient of a network on `images` (ROWS, 12). */
static void run_passes(const struct device_fixture *fixture, bool normalise, const float *images,
                       float *out, float **gradient)
{
    struct lb_gemm *gemm = NULL;
    struct lb_activations *activations = NULL;
    cl_mem gradient_mem = NULL;
    require_ok(fixture, lb_gemm_create(&gemm, fixture->device, LB_GEMM_PANEL));
    struct lb_network *network = mlp_create(fixture, gemm, &shape);
    require_ok(fixture, lb_network_initialise(network, 1, LB_STREAM_ENCODER_WEIGHTS));
    if (normalise) {
        require_ok(fixture, lb_normalisation_set(&network->normalisation, fixture->device, 12, 3,
                                                 mean3, scale3));
    }
    require_ok(fixture,
               lb_activations_create(&activations, fixture->device, &network->layers, ROWS, true));
    const size_t bytes = network->layers.block_size * sizeof(float);
    require_ok(fixture, lb_buffer_create(fixture->device, &gradient_mem, bytes, "gradient"));
    require_ok(fixture, lb_buffer_zero(fixture->device, gradient_mem, 0, bytes));
    const struct lb_matrix input = {upload(fixture, images, (size_t)ROWS * 12), 0, 12};
    float *cotangent = draw_many(5, (size_t)ROWS * 4);
    require_ok(fixture, lb_network_forward(network, activations, input, ROWS));
    float *got = download(fixture, lb_activations_output(activations), (size_t)ROWS * 4);
    memcpy(out, got, (size_t)ROWS * 4 * sizeof *out);
    require_ok(fixture,
               lb_buffer_write(fixture->device, lb_activations_output_gradient(activations), 0,
                               cotangent, (size_t)ROWS * 4 * sizeof *cotangent));
    require_ok(fixture, lb_network_backward(network, activations, input, ROWS, gradient_mem,
                                            (struct lb_input_gradient){0}));
    *gradient = download(fixture, gradient_mem, network->layers.block_size);
    cl_mem input_mem = input.mem;
    lb_buffer_release(&input_mem);
    lb_buffer_release(&gradient_mem);
    lb_activations_destroy(&activations);
    lb_network_destroy(&network);
    lb_gemm_destroy(&gemm);
    free(cotangent);
    free(got);
}

static void network_sees_normalised_images(void **state)
{
    const struct device_fixture *fixture = *state;
    float *images = draw_many(4, (size_t)ROWS * 12);
    float *normalised = allocate((size_t)ROWS * 12, sizeof *normalised);
    float out[2][ROWS * 4];
    float *gradient[2];
    for (size_t i = 0; i < (size_t)ROWS * 12; i++) {
        normalised[i] = (images[i] - mean3[i % 3]) * scale3[i % 3];
    }
    run_passes(fixture, true, images, out[0], &gradient[0]);
    run_passes(fixture, false, normalised, out[1], &gradient[1]);
    assert_memory_equal(out[0], out[1], sizeof out[0]);
    assert_memory_equal(gradient[0], gradient[1], (12 * 7 + 7) * sizeof(float));
    free(gradient[0]);
    free(gradient[1]);
    free(images);
    free(normalised);
}

static void impossible_normalisations_are_refused(void **state)
{
    const struct device_fixture *fixture = *state;
    static const float zero[3] = {1.0f, 0.0f, 1.0f};
    static const float nan[3] = {0.0f, NAN, 0.0f};
    struct lb_normalisation n = {0};
    require_error(fixture, lb_normalisation_set(&n, fixture->device, 12, 3, mean3, zero),
                  LB_ERR_ARGUMENT, "not 0");
    require_error(fixture, lb_normalisation_set(&n, fixture->device, 12, 3, nan, scale3),
                  LB_ERR_ARGUMENT, "finite");
    require_error(fixture, lb_normalisation_set(&n, fixture->device, 13, 3, mean3, scale3),
                  LB_ERR_ARGUMENT, "divide");
    assert_int_equal(n.channels, 0);
    lb_normalisation_destroy(&n);
}

/* ---- files ----------------------------------------------------------------------------------- */

/* A network that normalises by these; the values of its weights do not matter. */
static struct lb_network *make_network(const struct device_fixture *fixture, struct lb_gemm **gemm)
{
    static const float mean[3] = {0.1f, 1.0f / 3.0f, -1e-20f}; // each needs nine digits
    static const float scale[3] = {3.1415927f, 1e10f, -0.7f};
    require_ok(fixture, lb_gemm_create(gemm, fixture->device, LB_GEMM_PANEL));
    struct lb_network *network = mlp_create(fixture, *gemm, &shape);
    require_ok(fixture,
               lb_normalisation_set(&network->normalisation, fixture->device, 12, 3, mean, scale));
    return network;
}

static void file_keeps_every_bit(void **state)
{
    const struct device_fixture *fixture = *state;
    char *folder = make_folder();
    char *path = lb_path_join(folder, "network.safetensors");
    struct lb_gemm *gemm = NULL;
    struct lb_network *network = make_network(fixture, &gemm);
    struct lb_network *loaded = NULL;
    const float *mean[2];
    const float *scale[2];
    require_ok(fixture, lb_network_save(network, path));
    require_ok(fixture, lb_network_load(&loaded, fixture->device, LB_GEMM_PANEL, path));
    assert_int_equal(lb_network_get_normalisation(network, &mean[0], &scale[0]), 3);
    assert_int_equal(lb_network_get_normalisation(loaded, &mean[1], &scale[1]), 3);
    assert_memory_equal(mean[0], mean[1], 3 * sizeof(float));
    assert_memory_equal(scale[0], scale[1], 3 * sizeof(float));
    lb_network_destroy(&loaded);
    lb_network_destroy(&network);
    lb_gemm_destroy(&gemm);
    free(path);
    remove_folder(folder);
}

static void damaged_metadata_is_refused(void **state)
{
    static const struct {
        const char *mean;
        const char *scale;
    } cases[] = {{"0.5", NULL},
                 {NULL, "1"},
                 {"0,0", "1"},
                 {"0,0,0,0,0", "1,1,1,1,1"},
                 {"0,0,0", "1,0,1"},
                 {"nan", "1"},
                 {"0", "inf"},
                 {"", ""},
                 {"0,", "1,"},
                 {"0 0 0", "1 1 1"},
                 {"0;0", "1;1"},
                 {"half", "1"},
                 {"0,0,0,0,0,0,0,0,0,0,0,0,0", "1,1,1,1,1,1,1,1,1,1,1,1,1"}};
    const struct device_fixture *fixture = *state;
    char *folder = make_folder();
    char *path = lb_path_join(folder, "network.safetensors");
    float weight[12 * 2] = {0.0f};
    float bias[2] = {0.0f};
    const struct lb_tensor tensors[] = {{"layer0.weight", LB_F32, 2, {12, 2}, weight},
                                        {"layer0.bias", LB_F32, 1, {2}, bias}};
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        struct lb_network *network = NULL;
        struct lb_metadata metadata[4] = {{"activation", "elu"}, {"output_activation", "linear"}};
        size_t n = 2;
        if (cases[i].mean != NULL) {
            metadata[n++] = (struct lb_metadata){"input_mean", cases[i].mean};
        }
        if (cases[i].scale != NULL) {
            metadata[n++] = (struct lb_metadata){"input_scale", cases[i].scale};
        }
        require_ok(fixture, lb_tensor_file_write(fixture->ctx, path, tensors, 2, metadata, n));
        require_error(fixture, lb_network_load(&network, fixture->device, LB_GEMM_PANEL, path),
                      LB_ERR_FORMAT, "input_mean");
        assert_null(network);
    }
    free(path);
    remove_folder(folder);
}

/* ---- output mean ----------------------------------------------------------------------------- */

static void output_starts_at_an_image(void **state)
{
    static const float wanted[4] = {0.25f, 0.0f, 1.0f, 0.9f};
    static const double sigmoid[4] = {0.25, 0.001, 0.999, 0.9}; // 0 and 1 are never reached
    static const double linear[4] = {0.25, 0.0, 1.0, 0.9};
    const struct device_fixture *fixture = *state;
    for (int i = 0; i < 2; i++) {
        struct lb_mlp mlp = shape;
        struct lb_gemm *gemm = NULL;
        float *codes = draw_many(6, 3 * 12);
        float out[3 * 4];
        mlp.output_activation = i == 0 ? LB_LINEAR : LB_SIGMOID;
        require_ok(fixture, lb_gemm_create(&gemm, fixture->device, LB_GEMM_PANEL));
        struct lb_network *network = mlp_create(fixture, gemm, &mlp);
        require_ok(fixture, lb_network_initialise(network, 1, LB_STREAM_DECODER_WEIGHTS));
        require_ok(fixture, lb_network_start_output(network, wanted));
        require_ok(fixture, lb_network_apply(network, codes, 3, out));
        for (size_t row = 0; row < 3; row++) {
            check_floats("first output", out + 4 * row, i == 0 ? linear : sigmoid, 4, 1e-6);
        }
        lb_network_destroy(&network);
        lb_gemm_destroy(&gemm);
        free(codes);
    }
}

/* ---- noise ----------------------------------------------------------------------------------- */

/* Number i of the noise in a step. */
static double noise_at(uint64_t seed, uint32_t step, size_t i)
{
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const uint32_t counter[4] = {0, (uint32_t)(i / 4), step, LB_STREAM_CODE_NOISE};
    uint32_t bits[4];
    lb_philox4x32(counter, key, bits);
    const double radius = sqrt(-2.0 * log(lb_philox_uniform(bits[i % 4 / 2 * 2])));
    const double angle = 6.283185307179586 * lb_philox_uniform(bits[i % 4 / 2 * 2 + 1]);
    return radius * (i % 2 == 0 ? cos(angle) : sin(angle));
}

static void noise_equals_its_formula(void **state)
{
    static const size_t sizes[] = {1, 2, 3, 4, 63, 64, 65, 1001};
    const struct device_fixture *fixture = *state;
    const uint64_t seed = 0x123456789abcu;
    for (size_t k = 0; k < LB_COUNT(sizes); k++) {
        const size_t n = sizes[k];
        float *codes = draw_many(7, n + 1);
        double *want = allocate(n, sizeof *want);
        codes[n] = CANARY;
        for (size_t i = 0; i < n; i++) {
            want[i] = (double)codes[i] + 0.25 * noise_at(seed, 9, i);
        }
        cl_mem mem = upload(fixture, codes, n + 1);
        require_ok(fixture, lb_code_noise_add(fixture->device, mem, n, 0.25, seed, 9));
        float *got = download(fixture, mem, n + 1);
        check_floats("noisy codes", got, want, n, 16.0 * UNIT);
        assert_true(got[n] == CANARY);
        lb_buffer_release(&mem);
        free(codes);
        free(want);
        free(got);
    }
}

/* Adds noise to the codes first..first+n-1, stored from `at` on, and to nothing around them. */
static void noise_of_a_part(void **state)
{
    static const struct {
        size_t at;
        size_t first;
        size_t n;
    } parts[] = {{0, 0, 7}, {3, 5, 1}, {1, 6, 130}, {0, 4, 8}, {64, 1003, 63}};
    const struct device_fixture *fixture = *state;
    enum { ROOM = 256 };
    for (size_t k = 0; k < LB_COUNT(parts); k++) {
        float *zeros = allocate(ROOM, sizeof *zeros);
        double *want = allocate(ROOM, sizeof *want);
        for (size_t i = 0; i < parts[k].n; i++) {
            want[parts[k].at + i] = noise_at(3, 11, parts[k].first + i);
        }
        cl_mem mem = upload(fixture, zeros, ROOM);
        require_ok(fixture, lb_code_noise_add_part(fixture->device, mem, parts[k].at,
                                                   parts[k].first, parts[k].n, 1.0, 3, 11));
        float *got = download(fixture, mem, ROOM);
        check_floats("part of noisy codes", got, want, ROOM, 16.0 * UNIT);
        lb_buffer_release(&mem);
        free(zeros);
        free(want);
        free(got);
    }
}

static void noise_is_standard_normal(void **state)
{
    enum { N = 1 << 18, BINS = 64 };
    const struct device_fixture *fixture = *state;
    int counts[BINS] = {0};
    float *zeros = allocate(N, sizeof *zeros);
    cl_mem mem = upload(fixture, zeros, N);
    require_ok(fixture, lb_code_noise_add(fixture->device, mem, N, 1.0, 1, 2));
    float *got = download(fixture, mem, N);
    double lagged = 0.0;
    for (size_t i = 0; i < N; i++) {
        const double share = 0.5 * erfc(-(double)got[i] / sqrt(2.0));
        counts[(int)fmin(share * BINS, BINS - 1)]++;
        lagged += i > 0 ? (double)got[i] * (double)got[i - 1] / N : 0.0;
    }
    check_uniform("share of the normal law", counts, BINS);
    check_near("correlation of neighbours", 1, lagged, 0.0, 5.0 / sqrt(N));
    lb_buffer_release(&mem);
    free(zeros);
    free(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernel_equals_plain_c),
        cmocka_unit_test(pool_equals_plain_c),
        cmocka_unit_test(network_sees_normalised_images),
        cmocka_unit_test(impossible_normalisations_are_refused),
        cmocka_unit_test(file_keeps_every_bit),
        cmocka_unit_test(damaged_metadata_is_refused),
        cmocka_unit_test(output_starts_at_an_image),
        cmocka_unit_test(noise_equals_its_formula),
        cmocka_unit_test(noise_of_a_part),
        cmocka_unit_test(noise_is_standard_normal),
    };
    return cmocka_run_group_tests(tests, open_device_fixture, close_device_fixture);
}
