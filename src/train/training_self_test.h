/* Self-test of a device before training. */
#ifndef LB_TRAIN_TRAINING_SELF_TEST_H
#define LB_TRAIN_TRAINING_SELF_TEST_H

#include "selftest/self_test.h"

/** Every case of the library: this is the lowest room that can include all of them. */
extern const struct lb_self_test_suite lb_training_self_tests;

/** The fused gradient of small networks. */
extern const struct lb_self_test_case lb_fused_self_test;

/** What a run is expected to require. */
struct lb_self_test_need {
    enum lb_gemm_kind gemm; ///< not LB_GEMM_AUTO
    enum lb_activation activation;
    bool images; ///< lb_self_test_images(), and so on
    bool chains;
    bool cross;
    bool muon;
    bool rule;
    bool small;
};

/** Starts those cases whose results are unknown, for the functions below; cannot fail. */
void lb_self_test_expect(struct lb_self_test_pool *pool, const struct lb_self_test_need *need);

/**
 * Call it before a run with this activation: LB_OK if everything the run uses is known to work,
 * else runs the tests and caches the results. LB_GEMM_AUTO is resolved to the back end of
 * lb_gemm_choose() or, with a warning, to the other one if that fails. Errors as
 * lb_device_self_test() and lb_gemm_require(), and LB_ERR_INTERRUPTED.
 */
enum lb_status lb_self_test_require(struct lb_self_test_pool *pool, enum lb_gemm_kind *kind,
                                    enum lb_activation activation);

/** The same for networks with image layers, with a back end that is known to work. */
enum lb_status lb_self_test_images(struct lb_device *device, struct lb_self_test_pool *pool,
                                   enum lb_gemm_kind kind, enum lb_activation activation);

/** The same for the chain loss. With `pool` NULL nothing is run. */
enum lb_status lb_self_test_chains(struct lb_device *device, struct lb_self_test_pool *pool);

/** The same for the cross pair loss. With `pool` NULL nothing is run. */
enum lb_status lb_self_test_cross(struct lb_device *device, struct lb_self_test_pool *pool);

/** The same for Muon; compiled with the run's activation, so that the run finds its programs
 * built. */
enum lb_status lb_self_test_muon(struct lb_device *device, struct lb_self_test_pool *pool,
                                 enum lb_gemm_kind kind, enum lb_activation activation);

/** The same for gradient clipping and means of weights. */
enum lb_status lb_self_test_rule(struct lb_device *device, struct lb_self_test_pool *pool);

/**
 * The same for the fused kernel of small networks: *works is false, with a warning, if it fails.
 * With `pool` NULL nothing is run, and only a cached result counts.
 */
enum lb_status lb_self_test_small(struct lb_device *device, struct lb_self_test_pool *pool,
                                  enum lb_activation activation, bool *works);

#endif
