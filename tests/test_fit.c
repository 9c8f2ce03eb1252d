/*
 * Initial weights fitted to data: means and deviations of every layer's pre-activations, in double,
 * by plain C on the weights that the fit left.
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>

#include "base/philox.h"
#include "device/vector.h"
#include "mlp_reference.h"
#include "nn/layers.h"

enum { ROWS = 23 };

struct subject {
    struct lb_gemm *gemm;
    struct lb_network *network;
    struct lb_activations *activations;
};

/* A network from this text, with random weights. */
static struct subject make_subject(const struct device_fixture *fixture, enum lb_gemm_kind kind,
                                   struct lb_shape input, const char *text,
                                   enum lb_activation activation)
{
    struct subject s = {0};
    struct lb_layer_list list = lb_layer_list(input);
    struct lb_text why = {0};
    assert_true(lb_layers_parse(&list, text, activation, &why));
    require_ok(fixture, lb_gemm_create(&s.gemm, fixture->device, kind));
    require_ok(fixture, lb_network_create(&s.network, fixture->device, s.gemm, &list));
    require_ok(fixture, lb_network_initialise(s.network, 5, LB_STREAM_ENCODER_WEIGHTS));
    require_ok(fixture, lb_activations_create(&s.activations, fixture->device, &s.network->layers,
                                              ROWS, false));
    return s;
}

static void free_subject(struct subject *s)
{
    lb_activations_destroy(&s->activations);
    lb_network_destroy(&s->network);
    lb_gemm_destroy(&s->gemm);
}

static void fit(const struct device_fixture *fixture, struct subject *s, const float *images,
                int rows, const struct lb_fit *how)
{
    const size_t inputs = (size_t)lb_network_inputs(s->network);
    cl_mem mem = upload(fixture, images, (size_t)rows * inputs);
    require_ok(fixture, lb_network_fit(s->network, s->activations,
                                       (struct lb_matrix){mem, 0, inputs}, rows, how));
    require_ok(fixture, lb_device_finish(fixture->device));
    lb_buffer_release(&mem);
}

/* Images whose second channel varies more, and whose means are far from 0. */
static float *make_images(size_t n)
{
    float *images = allocate(n, sizeof *images);
    for (size_t i = 0; i < n; i++) {
        images[i] = 3.0f + (i % 2 == 0 ? 0.5f : 7.0f) * draw(1, i);
    }
    return images;
}

/* Z (ROWS, out) of layer k. */
static double *pre_activations(const struct device_fixture *fixture,
                               const struct lb_network *network, int k, const float *images)
{
    struct lb_network below = *network;
    below.layers.count = k + 1;
    below.layers.layer[k].activation = LB_LINEAR;
    const size_t count = ROWS * (size_t)lb_network_inputs(network);
    float *block = download(fixture, network->parameters, network->layers.block_size);
    double *parameters = allocate(network->layers.block_size, sizeof *parameters);
    double *in = allocate(count, sizeof *in);
    double *z = allocate(ROWS * (size_t)lb_network_outputs(&below), sizeof *z);
    for (size_t i = 0; i < network->layers.block_size; i++) {
        parameters[i] = (double)block[i];
    }
    for (size_t i = 0; i < count; i++) {
        in[i] = (double)images[i];
    }
    mlp_forward(&below, parameters, in, ROWS, z);
    free(block);
    free(parameters);
    free(in);
    return z;
}

static void check_layer(const struct device_fixture *fixture, const char *what,
                        const struct subject *s, int k, const float *images,
                        const struct lb_fit *how)
{
    const struct lb_layer *layer = &s->network->layers.layer[k];
    const size_t columns = layer->kind->parameters(layer).bias;
    const size_t n = ROWS * (size_t)lb_shape_size(layer->out) / columns;
    double *z = pre_activations(fixture, s->network, k, images);
    double square = 0.0;
    double reach = 0.0;
    for (size_t j = 0; j < columns; j++) {
        double mean = 0.0;
        for (size_t i = 0; i < n; i++) {
            mean += z[i * columns + j] / (double)n;
        }
        for (size_t i = 0; i < n; i++) {
            square += (z[i * columns + j] - mean) * (z[i * columns + j] - mean);
        }
        reach = fmax(reach, fabs(mean));
    }
    const bool first = layer->number == 0;
    const double deviation = sqrt(square / (double)(n * columns));
    check_near(what, (size_t)k, deviation, first ? how->first : how->others, 1e-4);
    if (first && how->first_reach > 0.0) { // uniform, with at least one far from 0
        assert_true(reach <= how->first_reach + 1e-4);
        assert_true(reach >= 0.4 * how->first_reach);
    } else {
        check_near(what, (size_t)k, reach, 0.0, 1e-4);
    }
    free(z);
}

static const struct {
    const char *text;
    struct lb_shape input;
} networks[] = {
    {"31,17,5", {1, 1, 6}},
    {"pool,conv7,pool,conv9,11,5", {8, 12, 2}},
    {"conv5k5,conv6s2,conv7k4s2,4", {9, 8, 2}},
    {"13,dense3x2x6,up,conv5,deconv4,conv2", {1, 1, 4}},
};

static void every_layer_but_the_last_is_fitted(void **state)
{
    static const enum lb_activation activations[] = {LB_ELU, LB_SILU, LB_TANH};
    static const struct lb_fit fits[] = {
        {.first = 2.0, .others = 1.0},
        {.first = 0.5, .first_reach = 1.5, .others = 0.7, .seed = {7, 3}}};
    const struct device_fixture *fixture = *state;
    for (size_t i = 0; i < LB_COUNT(networks) * LB_COUNT(fits); i++) {
        const size_t k = i % LB_COUNT(networks);
        const struct lb_fit *how = &fits[i / LB_COUNT(networks)];
        const enum lb_gemm_kind gemm =
            i % 2 == 0 && lb_gemm_is_built(LB_GEMM_CLBLAST) ? LB_GEMM_CLBLAST : LB_GEMM_PANEL;
        struct subject s =
            make_subject(fixture, gemm, networks[k].input, networks[k].text, activations[i % 3]);
        const struct lb_layer_list *layers = &s.network->layers;
        float *images = make_images(ROWS * (size_t)lb_network_inputs(s.network));
        float *drawn = download(fixture, s.network->parameters, layers->block_size);
        fit(fixture, &s, images, ROWS, how);
        for (int l = 0; l < layers->count - 1; l++) {
            if (layers->layer[l].number >= 0) {
                check_layer(fixture, networks[k].text, &s, l, images, how);
            }
        }
        float *fitted = download(fixture, s.network->parameters, layers->block_size);
        for (size_t j = layers->layer[layers->count - 1].weight; j < layers->block_size; j++) {
            check_near("last layer", j, (double)fitted[j], (double)drawn[j], 0.0);
        }
        free(images);
        free(drawn);
        free(fitted);
        free_subject(&s);
    }
}

/* Inputs from which no scale can be fitted: all parameters stay unchanged. */
static void nothing_is_fitted_to_nothing(void **state)
{
    static const float values[] = {0.25f, 0.0f, 1e30f, (float)NAN};
    const struct device_fixture *fixture = *state;
    const size_t numbers = ROWS * 6;
    float *images = allocate(numbers, sizeof *images);
    for (size_t i = 0; i < LB_COUNT(values) + 1; i++) {
        struct subject s =
            make_subject(fixture, LB_GEMM_PANEL, (struct lb_shape){1, 1, 6}, "31,17,5", LB_RELU);
        const struct lb_layer_list *layers = &s.network->layers;
        const bool one_row = i == LB_COUNT(values);
        for (size_t j = 0; j < numbers; j++) {
            images[j] = one_row ? draw(2, j) : values[i];
        }
        float *drawn = download(fixture, s.network->parameters, layers->block_size);
        fit(fixture, &s, images, one_row ? 1 : ROWS,
            &(const struct lb_fit){.first = 2.0, .others = 1.0});
        float *fitted = download(fixture, s.network->parameters, layers->block_size);
        for (size_t j = 0; j < layers->block_size; j++) {
            check_near("parameter", j, (double)fitted[j], (double)drawn[j], 0.0);
        }
        free(drawn);
        free(fitted);
        free_subject(&s);
    }
    free(images);
}

/* If the last layer has one bias per channel, the output mean supplies the image. */
static void images_start_at_their_mean(void **state)
{
    static const char *const texts[] = {"13,dense3x2x6,up,conv2", "13,dense3x2x6,deconv2",
                                        "13,dense6x4x2"};
    const struct device_fixture *fixture = *state;
    float wanted[6 * 4 * 2];
    double want[6 * 4 * 2];
    for (size_t i = 0; i < LB_COUNT(wanted); i++) {
        want[i] = 0.5 + 0.4 * (double)draw(3, i);
        wanted[i] = (float)want[i];
    }
    for (size_t i = 0; i < 2 * LB_COUNT(texts); i++) {
        struct subject s =
            make_subject(fixture, LB_GEMM_PANEL, (struct lb_shape){1, 1, 4}, texts[i / 2], LB_ELU);
        struct lb_layer *last = &s.network->layers.layer[s.network->layers.count - 1];
        float *codes = make_images(ROWS * 4);
        float out[3 * 6 * 4 * 2];
        last->activation = i % 2 == 0 ? LB_LINEAR : LB_SIGMOID;
        require_ok(fixture, lb_network_start_output(s.network, wanted));
        assert_true((s.network->output_mean != NULL) == (last->kind != &lb_layer_dense));
        require_ok(fixture, lb_network_apply(s.network, codes, 3, out));
        for (size_t row = 0; row < 3; row++) {
            check_floats(texts[i / 2], out + row * LB_COUNT(wanted), want, LB_COUNT(wanted), 1e-6);
        }
        free(codes);
        free_subject(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layer_but_the_last_is_fitted),
        cmocka_unit_test(nothing_is_fitted_to_nothing),
        cmocka_unit_test(images_start_at_their_mean),
    };
    return cmocka_run_group_tests_name("fit", tests, open_device_fixture, close_device_fixture);
}
