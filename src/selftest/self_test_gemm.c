/* Matrix products and network passes against loops in double precision. */
#include <stdlib.h>
#include <string.h>

#include "gemm/gemm.h"
#include "nn/activation.h"
#include "nn/network.h"
#include "selftest/self_test.h"

enum { M = 37, N = 35, K = 53, PAD = 3, OFFSET = 5 };
enum { MATRIX = OFFSET + K * (K + PAD) }; // room for each of the matrices
enum { ROWS = 9, IN = 7, MIDDLE = 18, OUT = 5 };

static const double tolerance = 3e-5; // of the largest number; a few hundred roundings

struct product {
    float a[MATRIX];
    float b[MATRIX];
    float c[MATRIX];
    float slope[MATRIX];
    float bias[N];
    float got[MATRIX];
    float got_slope[MATRIX];
    double want[M * N];
    double want_slope[M * N];
    float dense[M * N];
    cl_mem mems[5];
};

static struct lb_matrix view(cl_mem mem, int columns)
{
    return (struct lb_matrix){mem, OFFSET, (size_t)columns + PAD};
}

static size_t place(int i, int j, int columns)
{
    return (size_t)OFFSET + (size_t)i * ((size_t)columns + PAD) + (size_t)j;
}

static void expect(struct product *p, const struct lb_gemm_call *call)
{
    for (int i = 0; i < M; i++) {
        for (int j = 0; j < N; j++) {
            const size_t at = (size_t)i * N + (size_t)j;
            double sum = (double)call->beta * (double)p->c[place(i, j, N)];
            for (int k = 0; k < K; k++) {
                const size_t a = call->transpose_a ? place(k, i, M) : place(i, k, K);
                const size_t b = call->transpose_b ? place(j, k, K) : place(k, j, N);
                sum += (double)p->a[a] * (double)p->b[b];
            }
            p->want_slope[at] = (double)p->slope[place(i, j, N)];
            if (call->epilogue.kind == LB_EPILOGUE_ACTIVATE) {
                sum = call->epilogue.function->value(sum + (double)p->bias[j], &p->want_slope[at]);
            } else if (call->epilogue.kind == LB_EPILOGUE_SCALE) {
                sum *= p->want_slope[at];
            }
            p->want[at] = sum;
        }
    }
}

static const float *dense(struct product *p, const float *matrix)
{
    for (int i = 0; i < M; i++) {
        memcpy(p->dense + i * N, matrix + place(i, 0, N), N * sizeof(float));
    }
    return p->dense;
}

static enum lb_status run_product(struct lb_self_test *test, struct lb_gemm *gemm,
                                  struct product *p, const struct lb_gemm_call *call)
{
    static const char *const names[2][2] = {{"A B", "A B^T"}, {"A^T B", "A^T B^T"}};
    struct lb_device *device = test->device;
    const char *what = names[call->transpose_a][call->transpose_b];
    LB_TRY(lb_buffer_write(device, call->c.mem, 0, p->c, sizeof p->c));
    LB_TRY(lb_buffer_write(device, p->mems[3], 0, p->slope, sizeof p->slope));
    LB_TRY(lb_gemm_run(gemm, call));
    LB_TRY(lb_buffer_read(device, call->c.mem, 0, p->got, sizeof p->got));
    LB_TRY(lb_buffer_read(device, p->mems[3], 0, p->got_slope, sizeof p->got_slope));
    expect(p, call);
    lb_self_test_compare(test, what, dense(p, p->got), p->want, M * N, tolerance);
    lb_self_test_compare(test, what, dense(p, p->got_slope), p->want_slope, M * N, tolerance);
    return LB_OK;
}

static enum lb_status run_products(struct lb_self_test *test, struct lb_gemm *gemm,
                                   struct product *p, enum lb_activation activation)
{
    const struct lb_epilogue activate = {LB_EPILOGUE_ACTIVATE,
                                         lb_activation_row(activation)->function, p->mems[4], 0,
                                         view(p->mems[3], N)};
    const struct lb_epilogue scale = {.kind = LB_EPILOGUE_SCALE, .slope = view(p->mems[3], N)};
    const struct {
        struct lb_epilogue epilogue;
        float beta;
    } modes[] = {
        {activate, 0.0f}, // first, as others take the program of the activation before
        {{0}, 0.0f},
        {{0}, 1.0f},
        {scale, 0.0f},
    };
    for (int i = 0; i < 4 * (int)LB_COUNT(modes); i++) {
        struct lb_gemm_call call = {
            .transpose_a = i % 2 == 1,
            .transpose_b = i / 2 % 2 == 1,
            .m = M,
            .n = N,
            .k = K,
            .c = view(p->mems[2], N),
            .beta = modes[i / 4].beta,
            .epilogue = modes[i / 4].epilogue,
        };
        call.a = view(p->mems[0], call.transpose_a ? M : K);
        call.b = view(p->mems[1], call.transpose_b ? K : N);
        LB_TRY(run_product(test, gemm, p, &call));
    }
    return LB_OK;
}

enum lb_status lb_self_test_gemm(struct lb_self_test *test, enum lb_gemm_kind kind,
                                 enum lb_activation activation)
{
    struct lb_device *device = test->device;
    struct lb_gemm *gemm = NULL;
    enum lb_status status = LB_OK;
    struct product *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return lb_fail_memory(device->ctx, "self-test");
    }
    const struct {
        float *values;
        size_t n;
    } inputs[] = {{p->a, MATRIX}, {p->b, MATRIX}, {p->c, MATRIX}, {p->slope, MATRIX}, {p->bias, N}};
    for (size_t i = 0; i < LB_COUNT(inputs); i++) {
        const size_t bytes = inputs[i].n * sizeof(float);
        lb_self_test_draw(test, inputs[i].values, inputs[i].n);
        LB_CHECK(lb_buffer_create(device, &p->mems[i], bytes, "self-test"));
        LB_CHECK(lb_buffer_write(device, p->mems[i], 0, inputs[i].values, bytes));
    }
    LB_CHECK(lb_gemm_create(&gemm, device, kind));
    LB_CHECK(run_products(test, gemm, p, activation));
fail:
    lb_gemm_destroy(&gemm);
    for (size_t i = 0; i < LB_COUNT(p->mems); i++) {
        lb_buffer_release(&p->mems[i]);
    }
    free(p);
    return status;
}

/* ---- passes ---------------------------------------------------------------------------------- */

enum { WEIGHTS1 = IN * MIDDLE, WEIGHTS2 = MIDDLE * OUT };

struct passes {
    float input[ROWS * IN];
    float weight1[WEIGHTS1];
    float bias1[MIDDLE];
    float weight2[WEIGHTS2];
    float bias2[OUT];
    float gradient[ROWS * OUT]; ///< of the output
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
                                 struct lb_activations *tape, struct passes *p,
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
    LB_TRY(lb_network_forward(network, tape, input, ROWS));
    LB_TRY(lb_buffer_read(device, lb_activations_output(tape), 0, p->got, sizeof p->gradient));
    lb_self_test_compare(test, "output of a network", p->got, p->output, ROWS * OUT, tolerance);
    LB_TRY(lb_buffer_write(device, lb_activations_output_gradient(tape), 0, p->gradient,
                           sizeof p->gradient));
    LB_TRY(lb_network_backward(network, tape, input, ROWS, mems[1], (struct lb_input_gradient){0}));
    for (size_t i = 0; i < LB_COUNT(parts); i++) {
        LB_TRY(lb_buffer_read(device, mems[1], parts[i].offset * sizeof(float), p->got,
                              parts[i].n * sizeof(float)));
        lb_self_test_compare(test, parts[i].name, p->got, parts[i].gradient, parts[i].n, tolerance);
    }
    return LB_OK;
}

enum lb_status lb_self_test_network(struct lb_self_test *test, enum lb_gemm_kind kind,
                                    enum lb_activation activation)
{
    static const int hidden[] = {MIDDLE};
    const struct lb_mlp mlp = {
        .in = IN,
        .hidden = hidden,
        .hidden_count = 1,
        .out = OUT,
        .activation = activation,
        .output_activation = LB_LINEAR,
    };
    struct lb_layer_list layers;
    struct lb_device *device = test->device;
    struct lb_gemm *gemm = NULL;
    struct lb_network *network = NULL;
    struct lb_activations *tape = NULL;
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
    LB_CHECK(lb_gemm_create(&gemm, device, kind));
    LB_CHECK(lb_layer_list_mlp(&layers, device->ctx, &mlp));
    LB_CHECK(lb_network_create(&network, device, gemm, &layers));
    LB_CHECK(lb_activations_create(&tape, network, ROWS, true));
    LB_CHECK(lb_buffer_create(device, &mems[0], sizeof p->input, "self-test"));
    LB_CHECK(lb_buffer_create(device, &mems[1], network->layers.parameter_count * sizeof(float),
                              "self-test"));
    LB_CHECK(run_passes(test, network, tape, p, mems));
fail:
    lb_buffer_release(&mems[0]);
    lb_buffer_release(&mems[1]);
    lb_activations_destroy(&tape);
    lb_network_destroy(&network);
    lb_gemm_destroy(&gemm);
    free(p);
    return status;
}
