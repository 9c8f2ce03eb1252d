#include "optim/update_rule_self_test.h"

#include <math.h>
#include <string.h>

#include "nn/activation.h"
#include "optim/update_rule.h"

/* One matrix between other numbers; Muon updates it, and Adam the numbers. */
enum { IN = 71, OUT = 45, OFFSET = 32, COUNT = OFFSET + IN * OUT + 45 };
enum { STEPS = 2, PARTS = 2 };

static const double limit = 2.0;
static const double lr = 0.1;
static const double tolerance = 1e-4; // relative to the largest number

struct expected {
    double block[COUNT];
    double moment1[COUNT];
    double moment2[COUNT];
    double mean[COUNT];
    double u[IN][OUT];
    double a[OUT][OUT];
    double b[OUT][OUT];
};

/* Sum of the gradient's parts, clipped to norm `limit` if `clips`. */
static void add_and_clip(float parts[PARTS][COUNT], double gradient[COUNT], bool clips)
{
    double squares = 0.0;
    for (int i = 0; i < COUNT; i++) {
        gradient[i] = (double)parts[0][i] + (double)parts[1][i];
        squares += gradient[i] * gradient[i];
    }
    for (int i = 0; clips && i < COUNT; i++) {
        gradient[i] *= fmin(1.0, limit / sqrt(squares));
    }
}

/* U <- a U + U (b A + c A^2), A = U^T U, five times */
static void orthogonalise(struct expected *e)
{
    double squares = 0.0;
    for (int i = 0; i < IN * OUT; i++) {
        squares += e->u[i / OUT][i % OUT] * e->u[i / OUT][i % OUT];
    }
    for (int i = 0; i < IN * OUT; i++) {
        e->u[i / OUT][i % OUT] /= sqrt(squares) + 1e-7;
    }
    for (int step = 0; step < 5; step++) {
        for (int i = 0; i < OUT * OUT; i++) {
            double sum = 0.0;
            for (int k = 0; k < IN; k++) {
                sum += e->u[k][i / OUT] * e->u[k][i % OUT];
            }
            e->a[i / OUT][i % OUT] = sum;
        }
        for (int i = 0; i < OUT * OUT; i++) {
            double sum = 0.0;
            for (int k = 0; k < OUT; k++) {
                sum += e->a[i / OUT][k] * e->a[k][i % OUT];
            }
            e->b[i / OUT][i % OUT] = -4.7750 * e->a[i / OUT][i % OUT] + 2.0315 * sum;
        }
        for (int i = 0; i < IN; i++) {
            double row[OUT];
            for (int j = 0; j < OUT; j++) {
                row[j] = 3.4445 * e->u[i][j];
                for (int k = 0; k < OUT; k++) {
                    row[j] += e->u[i][k] * e->b[k][j];
                }
            }
            memcpy(e->u[i], row, sizeof row);
        }
    }
}

static void expect_step(struct expected *e, double gradient[COUNT], int t, bool muon)
{
    for (int i = 0; i < COUNT; i++) {
        const double g = gradient[i];
        const int at = i - OFFSET;
        if (muon && at >= 0 && at < IN * OUT) {
            e->moment1[i] = 0.95 * e->moment1[i] + g;
            e->u[at / OUT][at % OUT] = g + 0.95 * e->moment1[i];
            continue;
        }
        e->moment1[i] = 0.9 * e->moment1[i] + 0.1 * g;
        e->moment2[i] = 0.999 * e->moment2[i] + 0.001 * g * g;
        e->block[i] -= lr * (e->moment1[i] / (1.0 - pow(0.9, t))) /
                       (sqrt(e->moment2[i] / (1.0 - pow(0.999, t))) + 1e-8);
    }
    if (muon) {
        orthogonalise(e);
        for (int i = 0; i < IN * OUT; i++) {
            e->block[OFFSET + i] -= lr * e->u[i / OUT][i % OUT];
        }
    }
    for (int i = 0; i < COUNT; i++) {
        e->mean[i] += e->block[i] / STEPS;
    }
}

/* Muon, or the rest that an update rule can do. */
static enum lb_status test_update_rule(struct lb_self_test *test, bool muon)
{
    static const struct lb_muon_matrix matrix = {OFFSET, IN, OUT, OUT};
    struct lb_device *device = test->device;
    struct lb_gemm *gemm = NULL;
    struct lb_update_rule rule = {0};
    struct expected e = {0};
    cl_mem parameters = NULL;
    cl_mem parts = NULL;
    float values[COUNT];
    float gradients[PARTS][COUNT];
    double gradient[COUNT];
    enum lb_status status = LB_OK;
    struct lb_update_rule_params params = {
        .optimizer = muon ? LB_MUON : LB_ADAM,
        .muon_steps = 5,
        .clip = muon ? 0.0 : limit,
        .averages = !muon,
        .matrices = &matrix,
        .matrix_count = muon ? 1 : 0,
    };
    lb_self_test_draw(test, values, COUNT);
    for (int i = 0; i < COUNT; i++) {
        e.block[i] = (double)values[i];
    }
    LB_CHECK(lb_gemm_create(&gemm, device, test->gemm));
    /* Muon needs no activation function, but the run's programs are compiled with this one. */
    lb_gemm_expect_function(gemm, lb_activation_row(test->activation)->function);
    params.gemm = gemm;
    LB_CHECK(lb_update_rule_create(&rule, device, COUNT, &params));
    LB_CHECK(lb_buffer_create(device, &parameters, sizeof values, "self-test"));
    LB_CHECK(lb_buffer_create(device, &parts, sizeof gradients, "self-test"));
    LB_CHECK(lb_buffer_write(device, parameters, 0, values, sizeof values));
    for (int step = 0; step < STEPS; step++) {
        const struct lb_update update = {
            .step = step, .lr = lr, .muon_lr = lr, .gradient = {parts, PARTS}, .averaged = !muon};
        lb_self_test_draw(test, gradients[0], PARTS * COUNT);
        LB_CHECK(lb_buffer_write(device, parts, 0, gradients, sizeof gradients));
        LB_CHECK(lb_update_rule_step(&rule, parameters, &update));
        add_and_clip(gradients, gradient, !muon);
        expect_step(&e, gradient, step + 1, muon);
    }
    LB_CHECK(lb_buffer_read(device, parameters, 0, values, sizeof values));
    lb_self_test_compare(test, "parameters", values, e.block, COUNT, tolerance);
    LB_CHECK(lb_buffer_read(device, rule.adam.moment1, 0, values, sizeof values));
    lb_self_test_compare(test, "momentum", values, e.moment1, COUNT, tolerance);
    if (!muon) {
        LB_CHECK(lb_update_rule_finish(&rule, parameters));
        LB_CHECK(lb_buffer_read(device, parameters, 0, values, sizeof values));
        lb_self_test_compare(test, "mean of the parameters", values, e.mean, COUNT, tolerance);
    }
fail:
    lb_buffer_release(&parameters);
    lb_buffer_release(&parts);
    lb_update_rule_destroy(&rule);
    lb_gemm_destroy(&gemm);
    return status;
}

static enum lb_status test_muon(struct lb_self_test *test)
{
    return test_update_rule(test, true);
}

static enum lb_status test_clip_and_average(struct lb_self_test *test)
{
    return test_update_rule(test, false);
}

const struct lb_self_test_case lb_muon_self_test = {
    .name = "muon",
    .for_gemm = true,
    .cost = 33,
    .files = {"step.cl"},
    .run = test_muon,
};

const struct lb_self_test_case lb_update_rule_self_test = {
    .name = "clipped gradients, mean weights",
    .cost = 28,
    .files = {"step.cl"},
    .run = test_clip_and_average,
};
