/* Runs a case of the self-test in this process. */
#ifndef LB_SELFTEST_SELF_TEST_RUN_H
#define LB_SELFTEST_SELF_TEST_RUN_H

#include "device/self_test_case.h"

/**
 * All cases that a program can run, in fixed order: the caller and the helper program are built
 * with the same suite.
 */
struct lb_self_test_suite {
    const struct lb_self_test_case *const *cases;
    size_t count;
};

/** A case with its back end or activation, if it depends on one. */
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

/** Result of a case. */
struct lb_self_test_outcome {
    enum lb_status status;     ///< LB_OK: passed; LB_ERR_NUMERIC: wrong numbers
    bool crashed;              ///< the driver ended the process, or did not finish in time
    char text[LB_ERROR_BYTES]; ///< reason of a failure
};

/** Runs a case in this process, which a driver may crash. */
void lb_self_test_run_here(struct lb_device *device, const struct lb_self_test_item *item,
                           struct lb_self_test_outcome *outcome);

#endif
