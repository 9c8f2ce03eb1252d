/* Matrix products against loops in double precision. */
#ifndef LB_GEMM_GEMM_SELF_TEST_H
#define LB_GEMM_GEMM_SELF_TEST_H

#include "device/self_test_case.h"
#include "gemm/product.h"

/**
 * All transpositions and epilogues by test->gemm with this function. Neither of these is a case by
 * itself: those of src/nn, whose passes are made of products, run them first.
 */
enum lb_status lb_gemm_self_test(struct lb_self_test *test, const struct lb_elementwise *function);

/** Products with the patches of images; sums over so many that they are divided into parts too. */
enum lb_status lb_gemm_self_test_patches(struct lb_self_test *test,
                                         const struct lb_elementwise *function);

#endif
