/* Known self-test results of a device, and messages about them. */
#ifndef LB_SELFTEST_SELF_TEST_H
#define LB_SELFTEST_SELF_TEST_H

#include <lowbend/self_test.h>

#include "selftest/self_test_cache.h"
#include "selftest/self_test_pool.h"

/**
 * The result of a case with this device, driver, program and kernel files; if unknown, runs it in
 * the pool and caches the result. With `pool` NULL nothing is run, and LB_OK stands for unknown.
 * Errors as lb_self_test_pool_find().
 */
enum lb_status lb_self_test_find(struct lb_device *device, struct lb_self_test_pool *pool,
                                 const struct lb_self_test_item *item,
                                 struct lb_self_test_outcome *outcome);

/** Fails with a message about the device. */
enum lb_status lb_self_test_refuse(const struct lb_device *device,
                                   const struct lb_self_test_item *item,
                                   const struct lb_self_test_outcome *outcome);

/** Logs a warning, including what is done instead. */
void lb_self_test_warn(const struct lb_device *device, const struct lb_self_test_item *item,
                       const struct lb_self_test_outcome *outcome, const char *instead);

/** Runs all items regardless of the cache, and caches the results; as lb_device_self_test(). */
enum lb_status lb_self_test_run_all(struct lb_self_test_pool *pool,
                                    const struct lb_self_test_item *items, size_t n,
                                    lb_self_test_fn report, void *user);

#endif
