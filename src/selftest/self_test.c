#include "selftest/self_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "device/kernel_source.h"
#include "device/cached_check.h"
#include "nn/activation.h"

/* ---- cached results -------------------------------------------------------------------------- */

/* First lines of a cached result; all but the first are followed by a reason. */
#define PASSED  "passed\n"
#define WRONG   "wrong\n"
#define CRASHED "crashed\n"

/* Hash of the kernel files' text, so that a case runs again after a change. */
static enum lb_status hash_files(const struct lb_device *device,
                                 const struct lb_self_test_case *test_case, uint64_t *value)
{
    for (size_t i = 0; i < LB_COUNT(test_case->files) && test_case->files[i] != NULL; i++) {
        struct lb_kernel_source source = {0};
        const enum lb_status status = lb_kernel_source_expand(&source, device->ctx, device->cl_dir,
                                                              test_case->files[i], NULL);
        if (status == LB_OK) {
            *value = lb_hash_more(*value, source.text.data, source.text.length);
        }
        lb_kernel_source_free(&source);
        LB_TRY(status);
    }
    return LB_OK;
}

enum lb_status lb_self_test_hash_files(const struct lb_device *device,
                                       const struct lb_self_test_suite *suite, uint64_t *hash)
{
    for (size_t i = 0; i < suite->count; i++) {
        LB_TRY(hash_files(device, suite->cases[i], hash));
    }
    return LB_OK;
}

/* Where the result of a case is cached. */
static enum lb_status find_file(struct lb_cached_check *check, const struct lb_device *device,
                                const struct lb_self_test_item *item)
{
    const struct lb_self_test_name name = lb_self_test_name(item);
    uint64_t hash = lb_hash_bytes(name.text, strlen(name.text) + 1);
    LB_TRY(hash_files(device, item->test_case, &hash));
    if (item->test_case->for_activation) { // its source is not in a kernel file
        const char *text = lb_activation_row(item->activation)->function->cl;
        hash = lb_hash_more(hash, text, strlen(text));
    }
    return lb_cached_check_find(check, device, "self-test", hash);
}

bool lb_self_test_is_lasting(const struct lb_self_test_outcome *outcome)
{
    return outcome->status == LB_OK || outcome->status == LB_ERR_NUMERIC || outcome->crashed;
}

static void keep(const struct lb_cached_check *check, struct lb_device *device,
                 const struct lb_self_test_outcome *outcome)
{
    struct lb_text text = {0};
    lb_text_add(&text, outcome->status == LB_OK            ? PASSED
                       : outcome->status == LB_ERR_NUMERIC ? WRONG
                                                           : CRASHED);
    lb_text_add(&text, outcome->text);
    if (lb_self_test_is_lasting(outcome) && !text.failed) {
        lb_cached_check_write(check, device, text.data);
    }
    lb_text_free(&text);
}

/* False if nothing is cached, or nothing readable. */
static bool recall(const struct lb_cached_check *check, struct lb_device *device,
                   struct lb_self_test_outcome *outcome)
{
    static const struct {
        const char *line;
        enum lb_status status;
    } lines[] = {{PASSED, LB_OK}, {WRONG, LB_ERR_NUMERIC}, {CRASHED, LB_ERR_OPENCL}};
    char *text = lb_cached_check_read(check, device);
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

/* Runs a case in the child and caches the result. */
static enum lb_status run(struct lb_self_test_child *child, const struct lb_cached_check *check,
                          const struct lb_self_test_item *item,
                          struct lb_self_test_outcome *outcome)
{
    LB_TRY(lb_self_test_child_run(child, item, outcome));
    keep(check, child->device, outcome);
    return LB_OK;
}

enum lb_status lb_self_test_find(struct lb_device *device, struct lb_self_test_child *child,
                                 const struct lb_self_test_item *item,
                                 struct lb_self_test_outcome *outcome)
{
    struct lb_cached_check check = {0};
    *outcome = (struct lb_self_test_outcome){.status = LB_OK};
    enum lb_status status = find_file(&check, device, item);
    if (status == LB_OK && !recall(&check, device, outcome) && child != NULL) {
        status = run(child, &check, item, outcome);
    }
    lb_cached_check_free(&check);
    return status;
}

/* ---- messages -------------------------------------------------------------------------------- */

enum lb_status lb_self_test_refuse(const struct lb_device *device,
                                   const struct lb_self_test_item *item,
                                   const struct lb_self_test_outcome *outcome)
{
    const struct lb_device_info *info = &device->info;
    const struct lb_self_test_name name = lb_self_test_name(item);
    if (!lb_self_test_is_lasting(outcome)) { // includes advice
        return lb_fail(device->ctx, outcome->status, "self-test of device %s: %s: %s",
                       info->selector, name.text, outcome->text);
    }
    return lb_fail(device->ctx, outcome->status,
                   "device %s: %s, driver %s, %s: %s: %.400s (use another --device, driver or "
                   "kernel folder; lowbend devices --self-test repeats all tests)",
                   info->selector, info->name, info->driver,
                   outcome->crashed ? "fails the self-test" : "gives wrong results", name.text,
                   outcome->text);
}

void lb_self_test_warn(const struct lb_device *device, const struct lb_self_test_item *item,
                       const struct lb_self_test_outcome *outcome, const char *instead)
{
    const struct lb_device_info *info = &device->info;
    lb_log(device->ctx, LB_LOG_WARNING,
           "device %s: %s, driver %s, %s: %s: %.400s: %s (update the driver; lowbend devices "
           "--self-test repeats all tests)",
           info->selector, info->name, info->driver,
           outcome->crashed ? "fails the self-test" : "gives wrong results",
           lb_self_test_name(item).text, outcome->text, instead);
}

/* ---- all ------------------------------------------------------------------------------------- */

/* Runs a case regardless of the cache. */
static enum lb_status run_again(struct lb_self_test_child *child,
                                const struct lb_self_test_item *item,
                                struct lb_self_test_outcome *outcome)
{
    struct lb_cached_check check = {0};
    enum lb_status status = find_file(&check, child->device, item);
    if (status == LB_OK) {
        status = run(child, &check, item, outcome);
    }
    lb_cached_check_free(&check);
    return status;
}

enum lb_status lb_self_test_run_all(struct lb_self_test_child *child,
                                    const struct lb_self_test_item *items, size_t n,
                                    lb_self_test_fn report, void *user)
{
    struct lb_self_test_outcome failure = {.status = LB_OK}; // the first failure
    const struct lb_self_test_item *failed = NULL;
    for (size_t i = 0; i < n; i++) {
        struct lb_self_test_outcome outcome;
        LB_TRY(run_again(child, &items[i], &outcome));
        if (outcome.status != LB_OK && failed == NULL) {
            failed = &items[i];
            failure = outcome;
        }
        if (report != NULL) {
            const struct lb_self_test_name name = lb_self_test_name(&items[i]);
            report(user, name.text, outcome.status != LB_OK ? outcome.text : NULL);
        }
    }
    return failed == NULL ? LB_OK : lb_self_test_refuse(child->device, failed, &failure);
}
