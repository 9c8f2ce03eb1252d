/* The device self-test's private side: its cases, and how they compare numbers. */
#ifndef LB_SELFTEST_SELF_TEST_H
#define LB_SELFTEST_SELF_TEST_H

#include <lowbend/options.h>
#include <lowbend/self_test.h>

#include "base/random.h"
#include "device/device.h"

/** One family under test. */
struct lb_self_test {
    struct lb_device *device;
    struct lb_random random;
    char failure[256]; ///< what is wrong first; empty: nothing so far
};

/** Fills n numbers of [-1,1), the same at every run. */
void lb_self_test_draw(struct lb_self_test *test, float *values, size_t n);

/** Whether |got - want| <= tolerance max |want| everywhere; remembers the first that is not. */
bool lb_self_test_compare(struct lb_self_test *test, const char *what, const float *got,
                          const double *want, size_t n, double tolerance);

/* The cases: LB_OK also where numbers are wrong, which is then in `failure`. */

/** All transpositions and epilogues of one back end. */
enum lb_status lb_self_test_gemm(struct lb_self_test *test, enum lb_gemm_kind kind,
                                 enum lb_activation activation);
/** Forward and backward pass of a network of two layers. */
enum lb_status lb_self_test_network(struct lb_self_test *test, enum lb_gemm_kind kind,
                                    enum lb_activation activation);
/** Loss and gradient by one kernel, where small networks take it. */
enum lb_status lb_self_test_fused(struct lb_self_test *test, enum lb_gemm_kind kind,
                                  enum lb_activation activation);
enum lb_status lb_self_test_loss(struct lb_self_test *test);
enum lb_status lb_self_test_squared_error(struct lb_self_test *test);
enum lb_status lb_self_test_adam(struct lb_self_test *test);
/** Normalised images and noisy codes. */
enum lb_status lb_self_test_input(struct lb_self_test *test);
/** Points and pairs of the sphere: norms, distances, midpoints, the law of the radius. */
enum lb_status lb_self_test_sampling(struct lb_self_test *test);

/* ---- cases by their numbers, so that a child process can be told which to run --------------- */

enum lb_self_test_part {
    LB_SELF_TEST_PRODUCTS,
    LB_SELF_TEST_SMALL,
    LB_SELF_TEST_LOSS,
    LB_SELF_TEST_SQUARED_ERROR,
    LB_SELF_TEST_ADAM,
    LB_SELF_TEST_INPUT,
    LB_SELF_TEST_SAMPLING,
    LB_SELF_TEST_PARTS,
};

struct lb_self_test_case {
    enum lb_self_test_part part;
    enum lb_gemm_kind kind;        ///< of products and small networks; else 0
    enum lb_activation activation; ///< likewise
};

/** "products by panel, elu" */
struct lb_self_test_name {
    char text[64];
};
struct lb_self_test_name lb_self_test_name(const struct lb_self_test_case *test_case);

/** How a case ended. */
struct lb_self_test_outcome {
    enum lb_status status;     ///< LB_OK: right; LB_ERR_NUMERIC: the numbers are wrong
    bool crashed;              ///< the driver ended the process, or did not end in time
    char text[LB_ERROR_BYTES]; ///< why, if not right
};

/** Runs a case in this process, which a driver may end. */
void lb_self_test_run_here(struct lb_device *device, const struct lb_self_test_case *test_case,
                           struct lb_self_test_outcome *outcome);

/* ---- before a training ---------------------------------------------------------------------- */

struct lb_self_test_child;

/**
 * Before a run with this activation: LB_OK if there is a good verdict on what it uses, else tests
 * that and keeps the verdict. LB_GEMM_AUTO is resolved to the back end that lb_gemm_choose() would
 * take or, with a warning, to the other one if that one fails. Errors as lb_device_self_test(), and
 * LB_ERR_INTERRUPTED.
 */
enum lb_status lb_self_test_require(struct lb_self_test_child *child, enum lb_gemm_kind *kind,
                                    enum lb_activation activation);

/**
 * The same for the one kernel that small networks take: *works is false, with a warning, if it
 * fails. With `child` NULL nothing is run, and only a kept verdict can say so.
 */
enum lb_status lb_self_test_small(struct lb_device *device, struct lb_self_test_child *child,
                                  enum lb_activation activation, bool *works);

#endif
