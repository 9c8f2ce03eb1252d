#include "train/self_test.h"

#include <math.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/number.h"
#include "base/text.h"
#include "device/source.h"
#include "device/verdict.h"

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

/* ---- verdicts -------------------------------------------------------------------------------- */

/* The kernel files' text, so that a changed kernel is tested again. */
static enum lb_status hash_kernels(struct lb_device *device, uint64_t *value)
{
    static const char *const files[] = {"nn/kernels.cl",    "nn/fused.cl",    "gemm/panel.cl",
                                        "gemm/pack.cl",     "gemm/finish.cl", "lib/activation.cl",
                                        "dataset/sphere.cl"};
    for (size_t i = 0; i < LB_COUNT(files); i++) {
        struct lb_source source = {0};
        const enum lb_status status =
            lb_source_expand(&source, device->ctx, device->cl_dir, files[i], NULL);
        if (status == LB_OK) {
            *value = lb_hash_more(*value, source.text.data, source.text.length);
        }
        lb_source_free(&source);
        LB_TRY(status);
    }
    return LB_OK;
}

/* What a verdict is about. */
struct scope {
    enum lb_gemm_kind kind;
    enum lb_activation activation;
    bool small; ///< the one kernel of small networks instead of products
};

/* Where the verdict is kept. */
static enum lb_status find_verdict(struct lb_verdict *verdict, struct lb_device *device,
                                   const struct scope *scope)
{
    const int key[] = {(int)scope->kind, (int)scope->activation, scope->small};
    uint64_t value = lb_hash_bytes(key, sizeof key);
    LB_TRY(hash_kernels(device, &value));
    return lb_verdict_find(verdict, device, "self-test", value);
}

/* ---- running --------------------------------------------------------------------------------- */

struct family {
    const char *name;
    enum lb_status (*run)(struct lb_self_test *test);
};

struct session {
    struct lb_device *device;
    lb_self_test_fn report;
    void *user;
    struct lb_text failure; ///< of the first family that fails: its name and why
    enum lb_status why;     ///< LB_ERR_NUMERIC: its numbers are wrong
};

/* Takes note of one family's end. */
static enum lb_status conclude(struct session *session, struct lb_self_test *test, const char *name,
                               enum lb_status status)
{
    if (status == LB_ERR_MEMORY) {
        return status;
    }
    const char *failure = status != LB_OK            ? lb_context_error(session->device->ctx)
                          : test->failure[0] != '\0' ? test->failure
                                                     : NULL;
    if (failure != NULL && session->failure.length == 0) {
        lb_text_addf(&session->failure, "%s: %s", name, failure);
        session->why = status != LB_OK ? status : LB_ERR_NUMERIC;
    }
    if (session->report != NULL) {
        session->report(session->user, name, failure);
    }
    return LB_OK;
}

static struct lb_self_test begin(const struct session *session)
{
    return (struct lb_self_test){
        .device = session->device,
        .random = lb_random_start(1, LB_STREAM_USER_POINTS, 0, 0),
    };
}

static enum lb_status run_products(struct session *session, const struct scope *scope)
{
    char name[64];
    struct lb_self_test test = begin(session);
    snprintf(name, sizeof name, "products by %s, %s", lb_gemm_kind_name(scope->kind),
             lb_activation_name(scope->activation));
    enum lb_status status = lb_self_test_gemm(&test, scope->kind, scope->activation);
    if (status == LB_OK) {
        status = lb_self_test_network(&test, scope->kind, scope->activation);
    }
    return conclude(session, &test, name, status);
}

static enum lb_status run_small(struct session *session, const struct scope *scope)
{
    char name[64];
    struct lb_self_test test = begin(session);
    snprintf(name, sizeof name, "small networks, %s", lb_activation_name(scope->activation));
    const enum lb_status status = lb_self_test_fused(&test, scope->kind, scope->activation);
    return conclude(session, &test, name, status);
}

static enum lb_status run_scope(struct session *session, const struct scope *scope)
{
    return scope->small ? run_small(session, scope) : run_products(session, scope);
}

static enum lb_status run_families(struct session *session, bool sampling)
{
    static const struct family families[] = {
        {"loss and gradient", lb_self_test_loss},
        {"squared error", lb_self_test_squared_error},
        {"adam", lb_self_test_adam},
        {"sampling", lb_self_test_sampling},
    };
    for (size_t i = 0; i < LB_COUNT(families); i++) {
        if (families[i].run != lb_self_test_sampling || sampling) {
            struct lb_self_test test = begin(session);
            const enum lb_status status = families[i].run(&test);
            LB_TRY(conclude(session, &test, families[i].name, status));
        }
    }
    return LB_OK;
}

/* The session's result as a status; frees it. */
static enum lb_status finish(struct session *session, enum lb_status status)
{
    const struct lb_device_info *info = &session->device->info;
    if (status == LB_OK && session->failure.length > 0 && session->why == LB_ERR_NUMERIC) {
        status =
            lb_fail(session->device->ctx, LB_ERR_NUMERIC,
                    "device %s: %s, driver %s, computes wrongly: %.400s (use another --device, "
                    "driver or kernel folder; lowbend devices --self-test shows all)",
                    info->selector, info->name, info->driver, session->failure.data);
    } else if (status == LB_OK && session->failure.length > 0) { // which says what to do
        status = lb_fail(session->device->ctx, session->why, "self-test of device %s: %s",
                         info->selector, session->failure.data);
    }
    lb_text_free(&session->failure);
    return status;
}

/* What the full test runs, and gives a verdict on. CLBlast only multiplies: the kernels behind its
 * products are those of the other rows, and each of its own takes seconds to compile. */
static const struct scope scopes[] = {
    {LB_GEMM_PANEL, LB_LINEAR, false},   {LB_GEMM_PANEL, LB_ELU, false},
    {LB_GEMM_PANEL, LB_RELU, false},     {LB_GEMM_PANEL, LB_TANH, false},
    {LB_GEMM_PANEL, LB_SOFTPLUS, false}, {LB_GEMM_PANEL, LB_SILU, false},
    {LB_GEMM_PANEL, LB_SIGMOID, false},  {LB_GEMM_PANEL, LB_LINEAR, true},
    {LB_GEMM_PANEL, LB_ELU, true},       {LB_GEMM_PANEL, LB_RELU, true},
    {LB_GEMM_PANEL, LB_TANH, true},      {LB_GEMM_PANEL, LB_SOFTPLUS, true},
    {LB_GEMM_PANEL, LB_SILU, true},      {LB_GEMM_PANEL, LB_SIGMOID, true},
    {LB_GEMM_CLBLAST, LB_ELU, false},
};

static enum lb_status run_all(struct session *session)
{
    LB_TRY(run_families(session, true));
    for (size_t i = 0; i < LB_COUNT(scopes); i++) {
        LB_TRY(run_scope(session, &scopes[i]));
    }
    return LB_OK;
}

enum lb_status lb_device_self_test(struct lb_device *device, lb_self_test_fn report, void *user)
{
    struct session session = {.device = device, .report = report, .user = user};
    LB_TRY(finish(&session, run_all(&session)));
    for (size_t i = 0; i < LB_COUNT(scopes); i++) {
        struct lb_verdict verdict = {0};
        const enum lb_status status = find_verdict(&verdict, device, &scopes[i]);
        if (status == LB_OK) {
            lb_verdict_keep(&verdict, device);
        }
        lb_verdict_free(&verdict);
        LB_TRY(status);
    }
    return LB_OK;
}

static enum lb_status require(struct lb_device *device, const struct scope *scope)
{
    struct session session = {.device = device};
    struct lb_verdict verdict = {0};
    enum lb_status status = LB_OK;
    LB_CHECK(find_verdict(&verdict, device, scope));
    if (!lb_verdict_is_kept(&verdict)) {
        status = run_scope(&session, scope);
        if (status == LB_OK && !scope->small) {
            status = run_families(&session, false);
        }
        LB_CHECK(finish(&session, status));
        lb_verdict_keep(&verdict, device);
    }
fail:
    lb_verdict_free(&verdict);
    return status;
}

enum lb_status lb_self_test_require(struct lb_device *device, enum lb_gemm_kind kind,
                                    enum lb_activation activation)
{
    const struct scope scope = {kind, activation, false};
    return require(device, &scope);
}

enum lb_status lb_self_test_require_small(struct lb_device *device, enum lb_activation activation)
{
    const struct scope scope = {LB_GEMM_PANEL, activation, true};
    return require(device, &scope);
}
