/*
 * A case of the self-test: kernels of one room against double precision. Each room exports those
 * of its own kernels; src/selftest runs them and knows nothing of kernels.
 */
#ifndef LB_DEVICE_SELF_TEST_CASE_H
#define LB_DEVICE_SELF_TEST_CASE_H

#include <lowbend/options.h>

#include "base/random.h"
#include "device/device.h"

/** A case that is being run. */
struct lb_self_test {
    struct lb_device *device;
    enum lb_gemm_kind gemm;        ///< of cases that are run for each back end
    enum lb_activation activation; ///< of cases that are run for each activation
    struct lb_random random;
    char failure[256]; ///< what is wrong first; empty: nothing so far
};

struct lb_self_test_case {
    const char *name; ///< as the user reads it: "adam"
    bool for_gemm;    ///< for one back end at a time; " by panel" follows the name
    bool for_activation;
    /** Below the kernel folder, NULL behind the last: the case is run again when these, or files
     * that they include, change. */
    const char *files[8];
    /** LB_OK also where numbers are wrong, which is then in test->failure. */
    enum lb_status (*run)(struct lb_self_test *test);
};

/** Fills n numbers of [-1,1), the same at every run. */
void lb_self_test_draw(struct lb_self_test *test, float *values, size_t n);

/** Whether |got - want| <= tolerance max |want| everywhere; remembers the first that is not. */
bool lb_self_test_compare(struct lb_self_test *test, const char *what, const float *got,
                          const double *want, size_t n, double tolerance);

#endif
