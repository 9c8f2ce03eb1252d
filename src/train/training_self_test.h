/* Testing a device before it trains. */
#ifndef LB_TRAIN_TRAINING_SELF_TEST_H
#define LB_TRAIN_TRAINING_SELF_TEST_H

#include "selftest/self_test.h"

/** Every case of the library: this is the lowest room that has all of them below it. */
extern const struct lb_self_test_suite lb_training_self_tests;

/** The fused gradient of small networks, where they take it. */
extern const struct lb_self_test_case lb_fused_self_test;

/**
 * Before a run with this activation: LB_OK if what it uses is known to work, else tests that and
 * keeps the outcome. LB_GEMM_AUTO is resolved to the back end that lb_gemm_choose() would take or,
 * with a warning, to the other one if that one fails. Errors as lb_device_self_test() and
 * lb_gemm_require(), and LB_ERR_INTERRUPTED.
 */
enum lb_status lb_self_test_require(struct lb_self_test_child *child, enum lb_gemm_kind *kind,
                                    enum lb_activation activation);

/** The same for networks with image layers, by a back end that is known to multiply. */
enum lb_status lb_self_test_images(struct lb_device *device, struct lb_self_test_child *child,
                                   enum lb_gemm_kind kind, enum lb_activation activation);

/** The same for the loss of chains. With `child` NULL nothing is run. */
enum lb_status lb_self_test_chains(struct lb_device *device, struct lb_self_test_child *child);

/** The same for the loss of cross pairs. With `child` NULL nothing is run. */
enum lb_status lb_self_test_cross(struct lb_device *device, struct lb_self_test_child *child);

/** The same for Muon, gradient clipping, and means of weights; compiled with the run's activation,
 * so that the run finds its programs built. */
enum lb_status lb_self_test_muon(struct lb_device *device, struct lb_self_test_child *child,
                                 enum lb_gemm_kind kind, enum lb_activation activation);

/**
 * The same for the one kernel that small networks take: *works is false, with a warning, if it
 * fails. With `child` NULL nothing is run, and only a kept outcome can say so.
 */
enum lb_status lb_self_test_small(struct lb_device *device, struct lb_self_test_child *child,
                                  enum lb_activation activation, bool *works);

#endif
