/*
 * The whole chain of a training step against differences: the gradient that one step leaves, for
 * every activation, both GEMM back ends and every phase, against central differences in double of
 * the loss of a double network on the images, distances and parameters read from the device.
 *
 * Tolerance, relative to the largest number of a gradient: differences with h = 1e-6 are good to
 * 1e-9 or so; float32 latents are off by some 20 u = 1e-6, which the second quotient magnifies by
 * 8 / d^2 <= 89 against curvatures of order 1: 1e-4. A radius from 0.3 to 0.5 keeps it there.
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "loss_reference.h"
#include "mlp_reference.h"
#include "nn/activation.h"
#include "trainer_support.h"

#define TOLERANCE 1e-4
#define PAIRS     5

/* The arguments of a loss: the step's inputs and both networks' parameters, in double. */
struct problem {
    const struct lb_trainer *trainer;
    enum lb_phase phase;
    double *images; ///< (3 PAIRS, D), or its first PAIRS rows
    double *distance;
    double *encoder;
    double *decoder;
};

static double *read_doubles(const struct device_fixture *fixture, cl_mem mem, size_t n)
{
    float *values = download(fixture, mem, n);
    double *out = allocate(n, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        out[i] = (double)values[i];
    }
    free(values);
    return out;
}

static struct problem read_problem(const struct device_fixture *fixture,
                                   const struct lb_trainer *trainer, enum lb_phase phase)
{
    const struct lb_network *encoder = trainer->encoder.network;
    const struct lb_network *decoder = trainer->decoder.network;
    const size_t images = lb_trainer_has_energy(trainer, phase) ? 3 * PAIRS : PAIRS;
    return (struct problem){
        .trainer = trainer,
        .phase = phase,
        .images = read_doubles(fixture, trainer->batches.images,
                               images * trainer->batches.dataset->image_size),
        .distance = read_doubles(fixture, trainer->batches.pairs.distance, PAIRS),
        .encoder = read_doubles(fixture, encoder->parameters, encoder->layers.block_size),
        .decoder = read_doubles(fixture, decoder->parameters, decoder->layers.block_size),
    };
}

static void free_problem(struct problem *p)
{
    free(p->images);
    free(p->distance);
    free(p->encoder);
    free(p->decoder);
}

static double energy(const struct problem *p, const double *latents)
{
    const struct lb_train_params *params = &p->trainer->params;
    const struct loss_problem loss = {
        PAIRS, (size_t)params->latent, params->lambda, params->c, latents, p->distance};
    struct loss_result result;
    loss_reference(&loss, &result);
    const double value = result.distortion.value + params->lambda * result.bending.value;
    loss_free(&result);
    return value;
}

static double reconstruction(const struct problem *p, const double *latents)
{
    const size_t count = PAIRS * p->trainer->batches.dataset->image_size;
    double *out = allocate(count, sizeof *out);
    double sum = 0.0;
    mlp_forward(p->trainer->decoder.network, p->decoder, latents, PAIRS, out);
    for (size_t i = 0; i < count; i++) {
        sum += (out[i] - p->images[i]) * (out[i] - p->images[i]);
    }
    free(out);
    return sum / (double)count;
}

static double loss_of(const struct problem *p)
{
    const bool has_energy = lb_trainer_has_energy(p->trainer, p->phase);
    const size_t rows = has_energy ? 3 * PAIRS : PAIRS;
    double *latents = allocate(rows * (size_t)p->trainer->params.latent, sizeof *latents);
    double loss = 0.0;
    mlp_forward(p->trainer->encoder.network, p->encoder, p->images, rows, latents);
    if (has_energy) {
        loss += energy(p, latents);
    }
    if (lb_trainer_has_reconstruction(p->phase)) {
        const double weight = has_energy ? p->trainer->params.reconstruction_weight : 1.0;
        loss += weight * reconstruction(p, latents);
    }
    free(latents);
    return loss;
}

/* Central differences over one parameter block; exactly 0 in its padding. */
static double *differences(const struct problem *p, double *block, size_t n)
{
    const double h = 1e-6;
    double *out = allocate(n, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        const double value = block[i];
        block[i] = value + h;
        const double above = loss_of(p);
        block[i] = value - h;
        const double below = loss_of(p);
        block[i] = value;
        out[i] = (above - below) / (2.0 * h);
    }
    return out;
}

/* Compares got (n) with the gradient of `block` (n); frees got. */
static void check_gradient(const char *what, const struct problem *p, float *got, double *block,
                           size_t n)
{
    double *want = differences(p, block, n);
    check_floats(what, got, want, n, TOLERANCE);
    free(got);
    free(want);
}

static void fill_biases(const struct device_fixture *fixture, const struct lb_network *network)
{
    for (int k = 0; k < network->layers.count; k++) {
        float bias[64];
        const struct lb_layer *layer = &network->layers.layer[k];
        const size_t n = layer->kind->parameters(layer).bias;
        assert_true(n <= LB_COUNT(bias));
        for (size_t i = 0; i < n; i++) {
            bias[i] = 0.3f * draw((uint32_t)k, i);
        }
        require_ok(fixture, lb_buffer_write(fixture->device, network->parameters,
                                            layer->bias * sizeof(float), bias, n * sizeof(float)));
    }
}

/* The step's means are those of the same loss. */
static void check_means(const char *what, const struct lb_means *means, const struct problem *p)
{
    const double want = loss_of(p);
    check_near(what, 0, means->loss, want, TOLERANCE * want);
}

/* The back end, and whether the fused step is used: see train/fused.h. */
struct way {
    enum lb_gemm_kind gemm;
    bool fused;
};

static void check_phase(const struct device_fixture *fixture, struct lb_dataset *dataset,
                        const struct lb_train_params *params, enum lb_phase phase, bool fused)
{
    char what[160];
    struct lb_means means;
    struct lb_trainer *trainer = start_trainer(fixture, dataset, NULL, params);
    if (!fused) {
        trainer->strategy = &lb_layerwise_step;
    }
    fill_biases(fixture, trainer->encoder.network);
    fill_biases(fixture, trainer->decoder.network);
    /* Step 1, not 0: the draw and the slot depend on it. */
    take_one_step(fixture, trainer, phase, 1, &means);
    struct problem p = read_problem(fixture, trainer, phase);
    snprintf(what, sizeof what, "%.20s %s %s%s mode %d c %g %s", params->dataset,
             lb_activation_name(params->activation), lb_gemm_kind_name(params->gemm),
             trainer->strategy == &lb_fused_step ? ", fused," : "", (int)params->mode, params->c,
             lb_phase_name(phase));
    check_means(what, &means, &p);
    if (phase != LB_PHASE_DECODER) {
        check_gradient(what, &p, encoder_gradient(fixture, trainer), p.encoder,
                       trainer->encoder.network->layers.block_size);
    }
    if (phase != LB_PHASE_ENCODER) {
        const size_t n = trainer->decoder.network->layers.block_size;
        check_gradient(what, &p, download(fixture, trainer->decoder.rule.adam.gradient, n),
                       p.decoder, n);
    }
    free_problem(&p);
    lb_trainer_destroy(&trainer);
}

static void check_phases(const struct device_fixture *fixture, struct lb_dataset *dataset,
                         struct lb_train_params *params, struct way way)
{
    params->gemm = way.gemm;
    params->mode = LB_TRAIN_SEPARATE;
    check_phase(fixture, dataset, params, LB_PHASE_ENCODER, way.fused);
    if (way.fused) {
        return; // the other phases are not fused
    }
    check_phase(fixture, dataset, params, LB_PHASE_DECODER, false);
    params->mode = LB_TRAIN_JOINT;
    check_phase(fixture, dataset, params, LB_PHASE_JOINT, false);
    params->mode = LB_TRAIN_PLAIN;
    check_phase(fixture, dataset, params, LB_PHASE_JOINT, false);
}

/* Widths that are not multiples of 8; a learning rate too small to change anything. */
static void make_params(struct lb_train_params *params)
{
    lb_train_params_default(params);
    params->epsilon = 0.5;
    params->min_distance = 0.3;
    params->lambda = 0.3;
    params->latent = 3;
    memset(params->hidden, 0, sizeof params->hidden);
    params->hidden[0] = 7;
    params->hidden[1] = 5;
    params->hidden_count = 2;
    params->pairs = PAIRS;
    params->steps = 4;
    params->decoder_steps = 4;
    params->lr = 1e-30;
    params->decoder_lr = 1e-30;
    params->schedule = LB_CONSTANT;
    params->reconstruction_weight = 2.5;
    params->log_every = 3;
    params->seed = 4;
}

static struct lb_dataset *open_dataset(const struct device_fixture *fixture,
                                       struct lb_train_params *params, const char *name, int size)
{
    struct lb_dataset *dataset = NULL;
    const struct lb_dataset_params dataset_params = {.name = name, .size = size};
    snprintf(params->dataset, sizeof params->dataset, "%s", name);
    params->size = size;
    require_ok(fixture, lb_dataset_open(&dataset, fixture->device, &dataset_params));
    return dataset;
}

static const struct way ways[] = {
    {LB_GEMM_PANEL, true}, {LB_GEMM_PANEL, false}, {LB_GEMM_CLBLAST, false}};

static void every_activation_on_the_sphere(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    make_params(&params);
    struct lb_dataset *dataset = open_dataset(fixture, &params, "sphere", 0);
    for (int activation = LB_LINEAR; activation < (int)lb_activation_count(); activation++) {
        params.activation = (enum lb_activation)activation;
        params.output_activation = activation % 2 == 0 ? LB_LINEAR : LB_SIGMOID;
        params.c = activation % 2 == 0 ? 0.7 : 0.0;
        for (size_t i = 0; i < LB_COUNT(ways) && lb_gemm_is_built(ways[i].gemm); i++) {
            check_phases(fixture, dataset, &params, ways[i]);
        }
    }
    lb_dataset_close(&dataset);
}

static void both_back_ends_on_the_sundial(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    make_params(&params);
    struct lb_dataset *dataset = open_dataset(fixture, &params, "sundial", 8);
    for (size_t i = 0; i < LB_COUNT(ways) && lb_gemm_is_built(ways[i].gemm); i++) {
        params.activation = LB_ELU;
        params.output_activation = LB_SIGMOID;
        params.c = i == 0 ? 0.0 : 0.7;
        check_phases(fixture, dataset, &params, ways[i]);
    }
    lb_dataset_close(&dataset);
}

/* Image networks for 8x8 images, in turn: kernels and strides of all kinds, bias per channel,
 * output means; and all activations in turn. */
static void image_layers(void **state)
{
    static const struct {
        const char *dataset;
        const char *encoder;
        const char *decoder;
    } networks[] = {
        {"sundial", "pool,conv3,conv2s2,5", "6,dense2x2x3,up,conv2,up"},
        {"rotating-object", "conv3k4s2,conv2k5,4", "5,dense2x2x3,deconv2"},
        {"klein-patches", "conv2s2,pool,conv4k1", ""},
    };
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    make_params(&params);
    for (int activation = LB_ELU; activation < (int)lb_activation_count(); activation++) {
        const size_t k = (size_t)activation % LB_COUNT(networks);
        struct lb_dataset *dataset = open_dataset(fixture, &params, networks[k].dataset, 8);
        snprintf(params.encoder_layers, sizeof params.encoder_layers, "%s", networks[k].encoder);
        snprintf(params.decoder_layers, sizeof params.decoder_layers, "%s", networks[k].decoder);
        params.activation = (enum lb_activation)activation;
        params.output_activation = activation % 2 == 0 ? LB_LINEAR : LB_SIGMOID;
        params.c = activation % 2 == 0 ? 0.7 : 0.0;
        for (size_t i = 1; i < LB_COUNT(ways) && lb_gemm_is_built(ways[i].gemm); i++) {
            check_phases(fixture, dataset, &params, ways[i]);
        }
        lb_dataset_close(&dataset);
    }
}

/* The first scale: the median of |first| over the first batch is 1. */
static void initialise_makes_the_median_stretch_1(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    make_params(&params);
    params.gemm = LB_GEMM_PANEL;
    struct lb_dataset *dataset = open_dataset(fixture, &params, "sphere", 0);
    struct lb_trainer *trainer = start_trainer(fixture, dataset, NULL, &params);
    struct problem p = read_problem(fixture, trainer, LB_PHASE_ENCODER);
    double latents[3 * PAIRS][3];
    mlp_forward(trainer->encoder.network, p.encoder, p.images, 3 * PAIRS, latents[0]);
    int below = 0;
    int equal = 0;
    for (size_t i = 0; i < PAIRS; i++) {
        double square = 0.0;
        for (size_t k = 0; k < 3; k++) {
            square +=
                (latents[PAIRS + i][k] - latents[i][k]) * (latents[PAIRS + i][k] - latents[i][k]);
        }
        const double first = sqrt(square) / p.distance[i];
        equal += fabs(first - 1.0) < 1e-5;
        below += first < 1.0 - 1e-5;
    }
    check_near("pairs at the median", 0, equal, 1.0, 0.0);
    check_near("pairs below the median", 0, below, PAIRS / 2, 0.0);
    free_problem(&p);
    lb_trainer_destroy(&trainer);
    lb_dataset_close(&dataset);
}

/* All decoder layers except the last are fitted: on the codes of the fixed sample the first has
 * pre-activations of variance 4, the next of variance 1. */
static void decoders_start_fitted(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    make_params(&params);
    struct lb_dataset *dataset = open_dataset(fixture, &params, "sundial", 8);
    struct lb_trainer *trainer = start_trainer(fixture, dataset, NULL, &params);
    require_ok(fixture, lb_trainer_hold_phase(trainer, LB_PHASE_DECODER));
    require_ok(fixture, lb_trainer_draw_decoder(trainer));
    struct problem p = read_problem(fixture, trainer, LB_PHASE_DECODER);
    double codes[PAIRS][3];
    mlp_forward(trainer->encoder.network, p.encoder, p.images, PAIRS, codes[0]);
    for (int k = 0; k < 2; k++) {
        struct lb_network below = *trainer->decoder.network;
        const size_t n = (size_t)lb_shape_size(below.layers.layer[k].out);
        double *z = allocate(PAIRS * n, sizeof *z);
        double variance = 0.0;
        below.layers.count = k + 1;
        below.layers.layer[k].activation = LB_LINEAR;
        mlp_forward(&below, p.decoder, codes[0], PAIRS, z);
        for (size_t j = 0; j < n; j++) {
            double mean = 0.0;
            for (size_t i = 0; i < PAIRS; i++) {
                mean += z[i * n + j] / PAIRS;
            }
            for (size_t i = 0; i < PAIRS; i++) {
                variance += (z[i * n + j] - mean) * (z[i * n + j] - mean) / (double)(PAIRS * n);
            }
        }
        check_near("variance", (size_t)k, variance, k == 0 ? 4.0 : 1.0, 1e-3);
        free(z);
    }
    free_problem(&p);
    lb_trainer_destroy(&trainer);
    lb_dataset_close(&dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_activation_on_the_sphere),
        cmocka_unit_test(both_back_ends_on_the_sundial),
        cmocka_unit_test(image_layers),
        cmocka_unit_test(decoders_start_fitted),
        cmocka_unit_test(initialise_makes_the_median_stretch_1),
    };
    return cmocka_run_group_tests_name("chain", tests, open_device_fixture, close_device_fixture);
}
