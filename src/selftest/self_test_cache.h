/* Results of self-test cases in the cache folder: one file for each case. */
#ifndef LB_SELFTEST_SELF_TEST_CACHE_H
#define LB_SELFTEST_SELF_TEST_CACHE_H

#include "device/cached_check.h"
#include "selftest/self_test_run.h"

/** Where the result of a case is cached: depends on the device, its driver, the program and the
 * text of the case's kernel files. Initialise `check` with {0}; the caller frees it. Errors as
 * lb_kernel_source_expand(). */
enum lb_status lb_self_test_cache_find(struct lb_cached_check *check,
                                       const struct lb_device *device,
                                       const struct lb_self_test_item *item);

/** False if nothing is cached, or nothing readable. */
bool lb_self_test_cache_recall(const struct lb_cached_check *check, struct lb_device *device,
                               struct lb_self_test_outcome *outcome);

/** Caches the result if it is lasting. */
void lb_self_test_cache_keep(const struct lb_cached_check *check, struct lb_device *device,
                             const struct lb_self_test_outcome *outcome);

/**
 * Extends *hash by the text of all kernel files of the suite's cases, with expanded includes.
 * Errors as lb_kernel_source_expand().
 */
enum lb_status lb_self_test_hash_files(const struct lb_device *device,
                                       const struct lb_self_test_suite *suite, uint64_t *hash);

/** Whether the result would be the same next time. */
bool lb_self_test_is_lasting(const struct lb_self_test_outcome *outcome);

#endif
