#include "gemm/gemm_self_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gemm/gemm.h"

enum { M = 37, N = 35, K = 53, PAD = 3, OFFSET = 5 };
enum { MATRIX = OFFSET + K * (K + PAD) }; // room for each of the matrices

static const double tolerance = 3e-5; // of the largest number; a few hundred roundings

double lb_self_test_activate(enum lb_activation activation, double z, double *slope)
{
    const double sigmoid = 0.5 * (1.0 + tanh(0.5 * z));
    switch (activation) {
    case LB_LINEAR:
        break;
    case LB_ELU:
        *slope = z > 0.0 ? 1.0 : exp(z);
        return z > 0.0 ? z : expm1(z);
    case LB_RELU:
        *slope = z > 0.0 ? 1.0 : 0.0;
        return z > 0.0 ? z : 0.0;
    case LB_TANH:
        *slope = 1.0 - tanh(z) * tanh(z);
        return tanh(z);
    case LB_SOFTPLUS:
        *slope = sigmoid;
        return fmax(z, 0.0) + log1p(exp(-fabs(z)));
    case LB_SILU:
        *slope = sigmoid * (1.0 + z * (1.0 - sigmoid));
        return z * sigmoid;
    case LB_SIGMOID:
        *slope = sigmoid * (1.0 - sigmoid);
        return sigmoid;
    }
    *slope = 1.0;
    return z;
}

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
                sum = lb_self_test_activate(call->epilogue.activation, sum + (double)p->bias[j],
                                            &p->want_slope[at]);
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
    const struct lb_epilogue activate = {LB_EPILOGUE_ACTIVATE, activation, p->mems[4], 0,
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

enum lb_status lb_gemm_self_test(struct lb_self_test *test)
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
    LB_CHECK(lb_gemm_create(&gemm, device, test->gemm));
    LB_CHECK(run_products(test, gemm, p, test->activation));
fail:
    lb_gemm_destroy(&gemm);
    for (size_t i = 0; i < LB_COUNT(p->mems); i++) {
        lb_buffer_release(&p->mems[i]);
    }
    free(p);
    return status;
}
