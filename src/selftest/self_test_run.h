/* Running a case of the self-test in this process. */
#ifndef LB_SELFTEST_SELF_TEST_RUN_H
#define LB_SELFTEST_SELF_TEST_RUN_H

#include "device/self_test_case.h"

/**
 * All cases that a program can run, in an order of its own: the caller and the helper program are
 * built with the same ones.
 */
struct lb_self_test_suite {
    const struct lb_self_test_case *const *cases;
    size_t count;
};

/** A case and what it is run for, where it is run for a back end or an activation. */
struct lb_self_test_item {
    const struct lb_self_test_case *test_case;
    enum lb_gemm_kind gemm;
    enum lb_activation activation;
};

/** "products by panel, elu" */
struct lb_self_test_name {
    char text[64];
};
struct lb_self_test_name lb_self_test_name(const struct lb_self_test_item *item);

/** How a case ended. */
struct lb_self_test_outcome {
    enum lb_status status;     ///< LB_OK: right; LB_ERR_NUMERIC: the numbers are wrong
    bool crashed;              ///< the driver ended the process, or did not end in time
    char text[LB_ERROR_BYTES]; ///< why, if not right
};

/** Runs a case in this process, which a driver may end. */
void lb_self_test_run_here(struct lb_device *device, const struct lb_self_test_item *item,
                           struct lb_self_test_outcome *outcome);

#endif
