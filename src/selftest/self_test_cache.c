#include "selftest/self_test_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "device/kernel_source.h"
#include "nn/activation.h"

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

enum lb_status lb_self_test_cache_find(struct lb_cached_check *check,
                                       const struct lb_device *device,
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

void lb_self_test_cache_keep(const struct lb_cached_check *check, struct lb_device *device,
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

bool lb_self_test_cache_recall(const struct lb_cached_check *check, struct lb_device *device,
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
