/* Matrix products against loops in double precision. */
#ifndef LB_GEMM_GEMM_SELF_TEST_H
#define LB_GEMM_GEMM_SELF_TEST_H

#include "device/self_test_case.h"
#include "gemm/product.h"

/**
 * All transpositions and epilogues by test->gemm with this function. Not a case by itself: that
 * of src/nn, whose passes are made of products, runs it first.
 */
enum lb_status lb_gemm_self_test(struct lb_self_test *test, const struct lb_elementwise *function);

#endif
