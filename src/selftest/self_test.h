/* What is known of a device from cases that it was tested with, and what is said of it. */
#ifndef LB_SELFTEST_SELF_TEST_H
#define LB_SELFTEST_SELF_TEST_H

#include <lowbend/self_test.h>

#include "selftest/self_test_child.h"

/**
 * How a case ended when it was run with this device, driver, program and kernel files; where that
 * is not known it is run in the child and the outcome is kept. With `child` NULL nothing is run:
 * LB_OK stands for what is not known. Errors as lb_self_test_child_run().
 */
enum lb_status lb_self_test_find(struct lb_device *device, struct lb_self_test_child *child,
                                 const struct lb_self_test_item *item,
                                 struct lb_self_test_outcome *outcome);

/**
 * Extends *hash by the text of all kernel files that the suite's cases name, includes expanded.
 * Errors as lb_kernel_source_expand().
 */
enum lb_status lb_self_test_hash_files(const struct lb_device *device,
                                       const struct lb_self_test_suite *suite, uint64_t *hash);

/** Whether the outcome would be the same next time. */
bool lb_self_test_is_lasting(const struct lb_self_test_outcome *outcome);

/** Fails with what is wrong with the device. */
enum lb_status lb_self_test_refuse(const struct lb_device *device,
                                   const struct lb_self_test_item *item,
                                   const struct lb_self_test_outcome *outcome);

/** Warns of it, and says what is done instead. */
void lb_self_test_warn(const struct lb_device *device, const struct lb_self_test_item *item,
                       const struct lb_self_test_outcome *outcome, const char *instead);

/**
 * Runs all items, whatever is kept, and keeps their outcomes; as lb_device_self_test().
 */
enum lb_status lb_self_test_run_all(struct lb_self_test_child *child,
                                    const struct lb_self_test_item *items, size_t n,
                                    lb_self_test_fn report, void *user);

#endif
