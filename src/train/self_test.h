/* The device self-test's private side: its cases, and how they compare numbers. */
#ifndef LB_TRAIN_SELF_TEST_H
#define LB_TRAIN_SELF_TEST_H

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

/** An activation function in double precision, and its slope. */
double lb_self_test_activate(enum lb_activation activation, double z, double *slope);

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
/** Points and pairs of the sphere: norms, distances, midpoints, the law of the radius. */
enum lb_status lb_self_test_sampling(struct lb_self_test *test);

/**
 * Before a run with this back end and activation: LB_OK if there is a verdict, else tests what the
 * run uses, and keeps the verdict. Errors as lb_device_self_test().
 */
enum lb_status lb_self_test_require(struct lb_device *device, enum lb_gemm_kind kind,
                                    enum lb_activation activation);

/** The same for the one kernel that small networks take besides. */
enum lb_status lb_self_test_require_small(struct lb_device *device, enum lb_activation activation);

#endif
