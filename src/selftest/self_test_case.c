/* What all cases of the self-test share, and the table of them. */
#include <math.h>
#include <stdio.h>

#include "base/number.h"
#include "selftest/self_test.h"

/* ---- comparing ------------------------------------------------------------------------------- */

void lb_self_test_draw(struct lb_self_test *test, float *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        values[i] = (float)(2.0 * lb_random_uniform(&test->random) - 1.0);
    }
}

bool lb_self_test_compare(struct lb_self_test *test, const char *what, const float *got,
                          const double *want, size_t n, double tolerance)
{
    double largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fabs(want[i]));
    }
    for (size_t i = 0; i < n; i++) {
        /* Written so that NaN fails. */
        if (!(fabs((double)got[i] - want[i]) <= tolerance * largest)) {
            if (test->failure[0] == '\0') {
                lb_format(test->failure, sizeof test->failure, "%s: number %zu is %.9g, not %.9g",
                          what, i, (double)got[i], want[i]);
            }
            return false;
        }
    }
    return true;
}

/* ---- cases ----------------------------------------------------------------------------------- */

static enum lb_status run_products(struct lb_self_test *test, enum lb_gemm_kind kind,
                                   enum lb_activation activation)
{
    LB_TRY(lb_self_test_gemm(test, kind, activation));
    return lb_self_test_network(test, kind, activation);
}

/* Those by name alone have `run`, the others `run_with`. */
static const struct {
    const char *name; ///< NULL: made of the case's numbers
    enum lb_status (*run)(struct lb_self_test *test);
    enum lb_status (*run_with)(struct lb_self_test *test, enum lb_gemm_kind kind,
                               enum lb_activation activation);
} parts[LB_SELF_TEST_PARTS] = {
    [LB_SELF_TEST_PRODUCTS] = {NULL, NULL, run_products},
    [LB_SELF_TEST_SMALL] = {NULL, NULL, lb_self_test_fused},
    [LB_SELF_TEST_LOSS] = {"loss and gradient", lb_self_test_loss, NULL},
    [LB_SELF_TEST_SQUARED_ERROR] = {"squared error", lb_self_test_squared_error, NULL},
    [LB_SELF_TEST_ADAM] = {"adam", lb_self_test_adam, NULL},
    [LB_SELF_TEST_INPUT] = {"normalised images, noisy codes", lb_self_test_input, NULL},
    [LB_SELF_TEST_SAMPLING] = {"sampling", lb_self_test_sampling, NULL},
};

struct lb_self_test_name lb_self_test_name(const struct lb_self_test_case *test_case)
{
    struct lb_self_test_name name;
    const char *activation = lb_activation_name(test_case->activation);
    switch (test_case->part) {
    case LB_SELF_TEST_PRODUCTS:
        snprintf(name.text, sizeof name.text, "products by %s, %s",
                 lb_gemm_kind_name(test_case->kind), activation);
        break;
    case LB_SELF_TEST_SMALL:
        snprintf(name.text, sizeof name.text, "small networks, %s", activation);
        break;
    default:
        snprintf(name.text, sizeof name.text, "%s", parts[test_case->part].name);
        break;
    }
    return name;
}

void lb_self_test_run_here(struct lb_device *device, const struct lb_self_test_case *test_case,
                           struct lb_self_test_outcome *outcome)
{
    struct lb_self_test test = {
        .device = device,
        .random = lb_random_start(1, LB_STREAM_USER_POINTS, 0, 0),
    };
    const enum lb_self_test_part part = test_case->part;
    const enum lb_status status =
        parts[part].run != NULL
            ? parts[part].run(&test)
            : parts[part].run_with(&test, test_case->kind, test_case->activation);
    const bool wrong = status == LB_OK && test.failure[0] != '\0';
    *outcome = (struct lb_self_test_outcome){.status = wrong ? LB_ERR_NUMERIC : status};
    if (outcome->status != LB_OK) {
        snprintf(outcome->text, sizeof outcome->text, "%s",
                 wrong ? test.failure : lb_context_error(device->ctx));
    }
}
