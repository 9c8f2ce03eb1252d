/*
 * A case of the self-test: kernels of one room against double precision. Each room exports those
 * of its own kernels; src/selftest runs them and does not depend on the kernels.
 */
#ifndef LB_DEVICE_SELF_TEST_CASE_H
#define LB_DEVICE_SELF_TEST_CASE_H

#include <lowbend/options.h>

#include "base/random.h"
#include "device/device.h"

/** A case in progress. */
struct lb_self_test {
    struct lb_device *device;
    enum lb_gemm_kind gemm;        ///< for cases that run once per back end
    enum lb_activation activation; ///< for cases that run once per activation
    struct lb_random random;
    char failure[256]; ///< the first violation; empty if none
};

struct lb_self_test_case {
    const char *name; ///< name in messages: "adam"
    bool for_gemm;    ///< runs once per back end; " by panel" is appended to the name
    bool for_activation;
    int cost; ///< 10 ms of PoCL's compiler, to share cases among processes
    /** Paths below the kernel folder, terminated by NULL. The case runs again when these files, or
     * files that they include, change. */
    const char *files[8];
    /** Returns LB_OK also if numbers are wrong, and then sets test->failure. */
    enum lb_status (*run)(struct lb_self_test *test);
};

/** Fills n numbers in [-1,1), the same in every run. */
void lb_self_test_draw(struct lb_self_test *test, float *values, size_t n);

/** Whether |got - want| <= tolerance max |want| everywhere; stores the first violation. */
bool lb_self_test_compare(struct lb_self_test *test, const char *what, const float *got,
                          const double *want, size_t n, double tolerance);

#endif
