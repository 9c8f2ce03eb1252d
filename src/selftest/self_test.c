/* Verdicts on a device: which cases a run needs, what is known of them, and what follows. */
#include "selftest/self_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "device/kernel_source.h"
#include "device/cached_check.h"
#include "gemm/search.h"
#include "nn/activation.h"
#include "selftest/self_test_child.h"

/* ---- verdicts -------------------------------------------------------------------------------- */

/* First lines of what is kept; a reason follows all but the first. */
#define PASSED  "passed\n"
#define WRONG   "wrong\n"
#define CRASHED "crashed\n"

/* The text of kernel files and activations, so that a changed kernel is tested again. */
static enum lb_status hash_kernels(struct lb_device *device, uint64_t *value)
{
    static const char *const files[] = {"step.cl",          "train/fused.cl", "gemm/panel.cl",
                                        "gemm/pack.cl",     "gemm/store.cl",  "gemm/epilogue.cl",
                                        "dataset/sphere.cl"};
    *value = lb_hash_bytes(NULL, 0);
    for (size_t i = 0; i < LB_COUNT(files); i++) {
        struct lb_kernel_source source = {0};
        const enum lb_status status =
            lb_kernel_source_expand(&source, device->ctx, device->cl_dir, files[i], NULL);
        if (status == LB_OK) {
            *value = lb_hash_more(*value, source.text.data, source.text.length);
        }
        lb_kernel_source_free(&source);
        LB_TRY(status);
    }
    for (size_t i = 0; i < lb_activation_count(); i++) {
        const char *text = lb_activation_row((enum lb_activation)i)->function->cl;
        *value = lb_hash_more(*value, text, strlen(text));
    }
    return LB_OK;
}

/* Where the verdict on a case is kept. */
static enum lb_status find_verdict(struct lb_cached_check *verdict, const struct lb_device *device,
                                   uint64_t kernels, const struct lb_self_test_case *test_case)
{
    const int key[] = {(int)test_case->part, (int)test_case->kind, (int)test_case->activation};
    return lb_cached_check_find(verdict, device, "self-test",
                                lb_hash_more(kernels, key, sizeof key));
}

/* Whether the outcome would be the same next time. */
static bool is_lasting(const struct lb_self_test_outcome *outcome)
{
    return outcome->status == LB_OK || outcome->status == LB_ERR_NUMERIC || outcome->crashed;
}

static void keep(const struct lb_cached_check *verdict, struct lb_device *device,
                 const struct lb_self_test_outcome *outcome)
{
    struct lb_text text = {0};
    lb_text_add(&text, outcome->status == LB_OK            ? PASSED
                       : outcome->status == LB_ERR_NUMERIC ? WRONG
                                                           : CRASHED);
    lb_text_add(&text, outcome->text);
    if (is_lasting(outcome) && !text.failed) {
        lb_cached_check_write(verdict, device, text.data);
    }
    lb_text_free(&text);
}

/* False if nothing is kept, or nothing that can be understood. */
static bool recall(const struct lb_cached_check *verdict, struct lb_device *device,
                   struct lb_self_test_outcome *outcome)
{
    static const struct {
        const char *line;
        enum lb_status status;
    } lines[] = {{PASSED, LB_OK}, {WRONG, LB_ERR_NUMERIC}, {CRASHED, LB_ERR_OPENCL}};
    char *text = lb_cached_check_read(verdict, device);
    bool known = false;
    for (size_t i = 0; text != NULL && i < LB_COUNT(lines) && !known; i++) {
        const size_t length = strlen(lines[i].line);
        known = strncmp(text, lines[i].line, length) == 0;
        if (known) {
            *outcome = (struct lb_self_test_outcome){.status = lines[i].status};
            outcome->crashed = lines[i].status == LB_ERR_OPENCL;
            snprintf(outcome->text, sizeof outcome->text, "%s", text + length);
        }
    }
    free(text);
    return known;
}

/* What is known of the case; runs it if that is nothing and there is a child to run it. */
static enum lb_status judge(struct lb_device *device, struct lb_self_test_child *child,
                            uint64_t kernels, const struct lb_self_test_case *test_case,
                            struct lb_self_test_outcome *outcome)
{
    struct lb_cached_check verdict = {0};
    enum lb_status status = LB_OK;
    *outcome = (struct lb_self_test_outcome){.status = LB_OK};
    LB_CHECK(find_verdict(&verdict, device, kernels, test_case));
    if (!recall(&verdict, device, outcome) && child != NULL) {
        LB_CHECK(lb_self_test_child_run(child, test_case, outcome));
        keep(&verdict, device, outcome);
    }
fail:
    lb_cached_check_free(&verdict);
    return status;
}

/* ---- what follows ---------------------------------------------------------------------------- */

static enum lb_status refuse(const struct lb_device *device,
                             const struct lb_self_test_case *test_case,
                             const struct lb_self_test_outcome *outcome)
{
    const struct lb_device_info *info = &device->info;
    const struct lb_self_test_name name = lb_self_test_name(test_case);
    if (!is_lasting(outcome)) { // says what to do
        return lb_fail(device->ctx, outcome->status, "self-test of device %s: %s: %s",
                       info->selector, name.text, outcome->text);
    }
    return lb_fail(device->ctx, outcome->status,
                   "device %s: %s, driver %s, %s: %s: %.400s (use another --device, driver or "
                   "kernel folder; lowbend devices --self-test tests all again)",
                   info->selector, info->name, info->driver,
                   outcome->crashed ? "fails the self-test" : "computes wrongly", name.text,
                   outcome->text);
}

static void warn(const struct lb_device *device, const struct lb_self_test_case *test_case,
                 const struct lb_self_test_outcome *outcome, const char *instead)
{
    const struct lb_device_info *info = &device->info;
    lb_log(device->ctx, LB_LOG_WARNING,
           "device %s: %s, driver %s, %s: %s: %.400s: %s (update the driver; lowbend devices "
           "--self-test tests all again)",
           info->selector, info->name, info->driver,
           outcome->crashed ? "fails the self-test" : "computes wrongly",
           lb_self_test_name(test_case).text, outcome->text, instead);
}

/* Of the two back ends the one that `auto` stands for, or the other one. */
static enum lb_status choose_products(struct lb_self_test_child *child, uint64_t kernels,
                                      enum lb_activation activation, enum lb_gemm_kind *kind)
{
    struct lb_device *device = child->device;
    const enum lb_gemm_kind best =
        device->info.type == LB_DEVICE_CPU ? LB_GEMM_PANEL : lb_tuning_load(device).fastest;
    const struct lb_self_test_case cases[2] = {
        {LB_SELF_TEST_PRODUCTS, best == LB_GEMM_PANEL ? LB_GEMM_PANEL : LB_GEMM_CLBLAST,
         activation},
        {LB_SELF_TEST_PRODUCTS, best == LB_GEMM_PANEL ? LB_GEMM_CLBLAST : LB_GEMM_PANEL,
         activation},
    };
    struct lb_self_test_outcome outcomes[2];
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        LB_TRY(judge(device, child, kernels, &cases[i], &outcomes[i]));
        if (!is_lasting(&outcomes[i])) {
            return refuse(device, &cases[i], &outcomes[i]);
        }
        if (i == 0 && outcomes[0].status == LB_OK && best != LB_GEMM_AUTO) {
            *kind = cases[0].kind;
            return LB_OK;
        }
    }
    if (outcomes[0].status == LB_OK && outcomes[1].status == LB_OK) {
        return lb_gemm_choose(device, LB_GEMM_AUTO, kind); // which measures both
    }
    const size_t bad = outcomes[0].status == LB_OK ? 1 : 0;
    if (outcomes[1 - bad].status != LB_OK) {
        return refuse(device, &cases[0], &outcomes[0]);
    }
    *kind = cases[1 - bad].kind;
    warn(device, &cases[bad], &outcomes[bad],
         *kind == LB_GEMM_PANEL ? "--gemm panel is taken" : "--gemm clblast is taken");
    return LB_OK;
}

enum lb_status lb_self_test_require(struct lb_self_test_child *child, enum lb_gemm_kind *kind,
                                    enum lb_activation activation)
{
    const struct lb_self_test_case cases[] = {
        {.part = LB_SELF_TEST_LOSS},
        {.part = LB_SELF_TEST_SQUARED_ERROR},
        {.part = LB_SELF_TEST_ADAM},
        {.part = LB_SELF_TEST_INPUT},
        {LB_SELF_TEST_PRODUCTS, *kind, activation},
    };
    const bool any = *kind == LB_GEMM_AUTO;
    uint64_t kernels = 0;
    LB_TRY(hash_kernels(child->device, &kernels));
    for (size_t i = 0; i < LB_COUNT(cases) - any; i++) {
        struct lb_self_test_outcome outcome;
        LB_TRY(judge(child->device, child, kernels, &cases[i], &outcome));
        if (outcome.status != LB_OK) {
            return refuse(child->device, &cases[i], &outcome);
        }
    }
    return any ? choose_products(child, kernels, activation, kind) : LB_OK;
}

enum lb_status lb_self_test_small(struct lb_device *device, struct lb_self_test_child *child,
                                  enum lb_activation activation, bool *works)
{
    const struct lb_self_test_case test_case = {LB_SELF_TEST_SMALL, LB_GEMM_PANEL, activation};
    struct lb_self_test_outcome outcome;
    uint64_t kernels = 0;
    LB_TRY(hash_kernels(device, &kernels));
    LB_TRY(judge(device, child, kernels, &test_case, &outcome));
    if (!is_lasting(&outcome)) {
        return refuse(device, &test_case, &outcome);
    }
    *works = outcome.status == LB_OK;
    if (!*works) {
        warn(device, &test_case, &outcome, "they are trained in separate kernels, more slowly");
    }
    return LB_OK;
}

/* ---- all ------------------------------------------------------------------------------------- */

/* CLBlast only multiplies: the kernels behind its products are those of the other rows, and each of
 * its own takes seconds to compile. */
static const struct lb_self_test_case all_cases[] = {
    {.part = LB_SELF_TEST_LOSS},
    {.part = LB_SELF_TEST_SQUARED_ERROR},
    {.part = LB_SELF_TEST_ADAM},
    {.part = LB_SELF_TEST_INPUT},
    {.part = LB_SELF_TEST_SAMPLING},
    {LB_SELF_TEST_PRODUCTS, LB_GEMM_PANEL, LB_LINEAR},
    {LB_SELF_TEST_PRODUCTS, LB_GEMM_PANEL, LB_ELU},
    {LB_SELF_TEST_PRODUCTS, LB_GEMM_PANEL, LB_RELU},
    {LB_SELF_TEST_PRODUCTS, LB_GEMM_PANEL, LB_TANH},
    {LB_SELF_TEST_PRODUCTS, LB_GEMM_PANEL, LB_SOFTPLUS},
    {LB_SELF_TEST_PRODUCTS, LB_GEMM_PANEL, LB_SILU},
    {LB_SELF_TEST_PRODUCTS, LB_GEMM_PANEL, LB_SIGMOID},
    {LB_SELF_TEST_SMALL, LB_GEMM_PANEL, LB_LINEAR},
    {LB_SELF_TEST_SMALL, LB_GEMM_PANEL, LB_ELU},
    {LB_SELF_TEST_SMALL, LB_GEMM_PANEL, LB_RELU},
    {LB_SELF_TEST_SMALL, LB_GEMM_PANEL, LB_TANH},
    {LB_SELF_TEST_SMALL, LB_GEMM_PANEL, LB_SOFTPLUS},
    {LB_SELF_TEST_SMALL, LB_GEMM_PANEL, LB_SILU},
    {LB_SELF_TEST_SMALL, LB_GEMM_PANEL, LB_SIGMOID},
    {LB_SELF_TEST_PRODUCTS, LB_GEMM_CLBLAST, LB_ELU},
};

/* Runs a case, whatever is kept, and keeps what comes out. */
static enum lb_status run_again(struct lb_self_test_child *child, uint64_t kernels,
                                const struct lb_self_test_case *test_case,
                                struct lb_self_test_outcome *outcome)
{
    struct lb_cached_check verdict = {0};
    LB_TRY(lb_self_test_child_run(child, test_case, outcome));
    const enum lb_status status = find_verdict(&verdict, child->device, kernels, test_case);
    if (status == LB_OK) {
        keep(&verdict, child->device, outcome);
    }
    lb_cached_check_free(&verdict);
    return status;
}

enum lb_status lb_device_self_test(struct lb_device *device, lb_self_test_fn report, void *user)
{
    struct lb_self_test_child child = {.device = device};
    struct lb_self_test_outcome failure = {.status = LB_OK}; // the first
    const struct lb_self_test_case *failed = NULL;
    uint64_t kernels = 0;
    enum lb_status status = LB_OK;
    LB_CHECK(hash_kernels(device, &kernels));
    for (size_t i = 0; i < LB_COUNT(all_cases); i++) {
        const struct lb_self_test_name name = lb_self_test_name(&all_cases[i]);
        struct lb_self_test_outcome outcome;
        LB_CHECK(run_again(&child, kernels, &all_cases[i], &outcome));
        if (outcome.status != LB_OK && failed == NULL) {
            failed = &all_cases[i];
            failure = outcome;
        }
        if (report != NULL) {
            report(user, name.text, outcome.status != LB_OK ? outcome.text : NULL);
        }
    }
    if (failed != NULL) {
        status = refuse(device, failed, &failure);
    }
fail:
    lb_self_test_child_close(&child);
    return status;
}
