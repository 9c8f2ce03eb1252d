/* Matrix products against loops in double precision. */
#ifndef LB_GEMM_GEMM_SELF_TEST_H
#define LB_GEMM_GEMM_SELF_TEST_H

#include "device/self_test_case.h"

/**
 * All transpositions and epilogues by test->gemm with test->activation. Not a case by itself: that
 * of src/nn, whose passes are made of products, runs it first.
 */
enum lb_status lb_gemm_self_test(struct lb_self_test *test);

/** An activation function in double precision, and its slope. */
double lb_self_test_activate(enum lb_activation activation, double z, double *slope);

#endif
