/* Self-test of forward and backward pass of a two-layer network against loops in double
 * precision. */
#include "nn/network_self_test.h"

#include <stdlib.h>

#include "gemm/gemm_self_test.h"
#include "nn/activation.h"
#include "nn/network.h"

enum { ROWS = 9, IN = 7, MIDDLE = 18, OUT = 5 };

static const double tolerance = 3e-5; // relative to the largest number; a few hundred roundings

enum { WEIGHTS1 = IN * MIDDLE, WEIGHTS2 = MIDDLE * OUT };

struct passes {
    float input[ROWS * IN];
    float weight1[WEIGHTS1];
    float bias1[MIDDLE];
    float weight2[WEIGHTS2];
    float bias2[OUT];
    float gradient[ROWS * OUT]; ///< gradient by the output
    double hidden[ROWS * MIDDLE];
    double slope[ROWS * MIDDLE];
    double output[ROWS * OUT];
    double dweight1[WEIGHTS1];
    double dbias1[MIDDLE];
    double dweight2[WEIGHTS2];
    double dbias2[OUT];
    float got[WEIGHTS1 + WEIGHTS2];
};

static void pass_row(struct passes *p, enum lb_activation activation, size_t row)
{
    const float *x = p->input + row * IN;
    const float *dy = p->gradient + row * OUT;
    double *h = p->hidden + row * MIDDLE;
    double *slope = p->slope + row * MIDDLE;
    for (size_t j = 0; j < MIDDLE; j++) {
        double z = (double)p->bias1[j];
        for (size_t i = 0; i < IN; i++) {
            z += (double)x[i] * (double)p->weight1[i * MIDDLE + j];
        }
        h[j] = lb_activation_row(activation)->function->value(z, &slope[j]);
    }
    for (size_t k = 0; k < OUT; k++) {
        double *y = &p->output[row * OUT + k];
        *y = (double)p->bias2[k];
        p->dbias2[k] += (double)dy[k];
        for (size_t j = 0; j < MIDDLE; j++) {
            *y += h[j] * (double)p->weight2[j * OUT + k];
            p->dweight2[j * OUT + k] += h[j] * (double)dy[k];
        }
    }
    for (size_t j = 0; j < MIDDLE; j++) {
        double dz = 0.0;
        for (size_t k = 0; k < OUT; k++) {
            dz += (double)dy[k] * (double)p->weight2[j * OUT + k];
        }
        dz *= slope[j];
        p->dbias1[j] += dz;
        for (size_t i = 0; i < IN; i++) {
            p->dweight1[i * MIDDLE + j] += (double)x[i] * dz;
        }
    }
}

static enum lb_status run_passes(struct lb_self_test *test, struct lb_network *network,
                                 struct lb_activations *activations, struct passes *p,
                                 const cl_mem mems[2])
{
    struct lb_device *device = test->device;
    const struct lb_matrix input = {mems[0], 0, IN};
    const struct {
        const char *name;
        size_t offset;
        size_t n;
        const float *values;
        const double *gradient;
    } parts[] = {
        {"dW of layer 0", network->layers.layer[0].weight, WEIGHTS1, p->weight1, p->dweight1},
        {"db of layer 0", network->layers.layer[0].bias, MIDDLE, p->bias1, p->dbias1},
        {"dW of layer 1", network->layers.layer[1].weight, WEIGHTS2, p->weight2, p->dweight2},
        {"db of layer 1", network->layers.layer[1].bias, OUT, p->bias2, p->dbias2},
    };
    LB_TRY(lb_buffer_write(device, mems[0], 0, p->input, sizeof p->input));
    for (size_t i = 0; i < LB_COUNT(parts); i++) {
        LB_TRY(lb_buffer_write(device, network->parameters, parts[i].offset * sizeof(float),
                               parts[i].values, parts[i].n * sizeof(float)));
    }
    LB_TRY(lb_network_forward(network, activations, input, ROWS));
    LB_TRY(
        lb_buffer_read(device, lb_activations_output(activations), 0, p->got, sizeof p->gradient));
    lb_self_test_compare(test, "output of a network", p->got, p->output, ROWS * OUT, tolerance);
    LB_TRY(lb_buffer_write(device, lb_activations_output_gradient(activations), 0, p->gradient,
                           sizeof p->gradient));
    LB_TRY(lb_network_backward(network, activations, input, ROWS, mems[1],
                               (struct lb_input_gradient){0}));
    for (size_t i = 0; i < LB_COUNT(parts); i++) {
        LB_TRY(lb_buffer_read(device, mems[1], parts[i].offset * sizeof(float), p->got,
                              parts[i].n * sizeof(float)));
        lb_self_test_compare(test, parts[i].name, p->got, parts[i].gradient, parts[i].n, tolerance);
    }
    return LB_OK;
}

static enum lb_status test_passes(struct lb_self_test *test)
{
    const enum lb_activation activation = test->activation;
    static const int hidden[] = {MIDDLE};
    const struct lb_mlp mlp = {IN, hidden, 1, OUT, activation, LB_LINEAR};
    struct lb_layer_list layers;
    struct lb_device *device = test->device;
    struct lb_gemm *gemm = NULL;
    struct lb_network *network = NULL;
    struct lb_activations *activations = NULL;
    cl_mem mems[2] = {NULL, NULL};
    enum lb_status status = LB_OK;
    struct passes *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return lb_fail_memory(device->ctx, "self-test");
    }
    lb_self_test_draw(test, p->input, ROWS * IN);
    lb_self_test_draw(test, p->weight1, WEIGHTS1);
    lb_self_test_draw(test, p->bias1, MIDDLE);
    lb_self_test_draw(test, p->weight2, WEIGHTS2);
    lb_self_test_draw(test, p->bias2, OUT);
    lb_self_test_draw(test, p->gradient, ROWS * OUT);
    for (size_t row = 0; row < ROWS; row++) {
        pass_row(p, activation, row);
    }
    LB_CHECK(lb_gemm_create(&gemm, device, test->gemm));
    LB_CHECK(lb_layer_list_mlp(&layers, device->ctx, &mlp));
    LB_CHECK(lb_network_create(&network, device, gemm, &layers));
    LB_CHECK(lb_activations_create(&activations, device, &network->layers, ROWS, true));
    LB_CHECK(lb_buffer_create(device, &mems[0], sizeof p->input, "self-test"));
    LB_CHECK(lb_buffer_create(device, &mems[1], network->layers.block_size * sizeof(float),
                              "self-test"));
    LB_CHECK(run_passes(test, network, activations, p, mems));
fail:
    lb_buffer_release(&mems[0]);
    lb_buffer_release(&mems[1]);
    lb_activations_destroy(&activations);
    lb_network_destroy(&network);
    lb_gemm_destroy(&gemm);
    free(p);
    return status;
}

static enum lb_status test_products(struct lb_self_test *test)
{
    LB_TRY(lb_gemm_self_test(test, lb_activation_row(test->activation)->function));
    return test_passes(test);
}

const struct lb_self_test_case lb_products_self_test = {
    .name = "products",
    .for_gemm = true,
    .for_activation = true,
    .cost = 82,
    .files = {"gemm/panel.cl", "gemm/epilogue.cl", "step.cl"},
    .run = test_products,
};
