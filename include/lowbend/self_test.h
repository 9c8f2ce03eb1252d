/* Device self-test: compares every kernel family with plain C. */
#ifndef LOWBEND_SELF_TEST_H
#define LOWBEND_SELF_TEST_H

#include <lowbend/device.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Called after each family; `failure` says what is wrong, NULL: passed. */
typedef void (*lb_self_test_fn)(void *user, const char *family, const char *failure);

/**
 * Runs every kernel family once on a small case and compares it with double precision on the host:
 * both GEMM back ends in all transpositions, activations, network passes, loss and gradient,
 * reductions, Adam, sampling. Takes seconds, or much longer if kernels must be compiled first.
 *
 * A helper program runs the cases in its own process, so a driver that crashes, or hangs in a
 * kernel for 300 s (or LOWBEND_SELF_TEST_SECONDS), is reported as a failure. During that time the
 * calling process has a child process, which it must not wait for. If the helper cannot be started,
 * the cases run in the calling process, with an LB_LOG_INFO message.
 *
 * Results are kept in the user's cache folder by device, driver, program version and kernel files.
 * lb_train() uses them, and tests the kernels it needs if there is no result. If a test fails, it
 * takes another path with a warning if there is one: separate kernels for small networks, the other
 * back end for LB_GEMM_AUTO. This function always repeats all tests.
 *
 * @param report may be NULL
 * @return LB_OK, LB_ERR_NUMERIC or, after a crash or hang, LB_ERR_OPENCL (naming device, driver and
 *         the first failing family), LB_ERR_MEMORY
 */
LB_API enum lb_status lb_device_self_test(struct lb_device *device, lb_self_test_fn report,
                                          void *user);

#ifdef __cplusplus
}
#endif

#endif
