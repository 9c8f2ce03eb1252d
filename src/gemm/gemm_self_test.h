/* Self-test of matrix products against loops in double precision. */
#ifndef LB_GEMM_GEMM_SELF_TEST_H
#define LB_GEMM_GEMM_SELF_TEST_H

#include "device/self_test_case.h"
#include "gemm/product.h"

/**
 * Tests all transpositions and epilogues of test->gemm with this function. Neither of these two is
 * a separate case: the cases in src/nn, whose passes consist of products, run them first.
 */
enum lb_status lb_gemm_self_test(struct lb_self_test *test, const struct lb_elementwise *function);

/** Products with patches of images, including sums long enough to be divided into parts. */
enum lb_status lb_gemm_self_test_patches(struct lb_self_test *test,
                                         const struct lb_elementwise *function);

#endif
