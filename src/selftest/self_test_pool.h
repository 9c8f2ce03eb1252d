/*
 * Processes that run the cases of a self-test side by side. Most of a test's time is the driver's
 * compiler, which uses one thread.
 *
 * Neither the number of processes nor their order changes a result: each case belongs to one
 * process from the start, and callers receive the results in the order in which they ask.
 */
#ifndef LB_SELFTEST_SELF_TEST_POOL_H
#define LB_SELFTEST_SELF_TEST_POOL_H

#include <signal.h>

#include "selftest/self_test_child.h"

struct lb_self_test_entry;

/** Initialise with {.device = ..., .suite = ..., .stop = ...}; the caller closes it. */
struct lb_self_test_pool {
    struct lb_device *device;
    const struct lb_self_test_suite
        *suite;                        ///< of the helper program: contains every case that is run
    const volatile sig_atomic_t *stop; ///< non-zero ends the test; NULL: cannot be stopped
    bool again;                        ///< cached results do not count
    bool unusable;                     ///< there is no helper program: cases run in this process
    struct lb_self_test_child children[LB_SELF_TEST_CHILDREN];
    struct lb_self_test_entry *entries;
    size_t count;
    size_t requests; ///< sent to processes
};

/**
 * Starts the cases whose results are unknown and returns: the caller can do other work before it
 * asks for them. Cases that it never asks for are ended by lb_self_test_pool_close(). Starts
 * nothing if a result is already known to be a failure. Errors as lb_kernel_source_expand().
 */
enum lb_status lb_self_test_pool_begin(struct lb_self_test_pool *pool,
                                       const struct lb_self_test_item *items, size_t n);

/** Whether processes were started. */
bool lb_self_test_pool_is_running(const struct lb_self_test_pool *pool);

/**
 * The result of a case: cached, of a process, or of this process if there can be no other. LB_OK
 * even if the case fails; LB_ERR_INTERRUPTED, LB_ERR_MEMORY, errors of lb_kernel_source_expand().
 */
enum lb_status lb_self_test_pool_find(struct lb_self_test_pool *pool,
                                      const struct lb_self_test_item *item,
                                      struct lb_self_test_outcome *outcome);

/** Asks the processes to end and does not wait, if no more cases follow. */
void lb_self_test_pool_dismiss(struct lb_self_test_pool *pool);

/** Ends the processes and frees the results. */
void lb_self_test_pool_close(struct lb_self_test_pool *pool);

#endif
