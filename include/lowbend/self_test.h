/* Whether a device computes what it should: every kernel family against plain C. */
#ifndef LOWBEND_SELF_TEST_H
#define LOWBEND_SELF_TEST_H

#include <lowbend/device.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Told of each family when it is done; `failure` says what is wrong, NULL: nothing. */
typedef void (*lb_self_test_fn)(void *user, const char *family, const char *failure);

/**
 * Runs every kernel family once on a small case and compares it with double precision on the host:
 * both GEMM back ends in all transpositions, activations, network passes, loss and gradient,
 * reductions, Adam, sampling. Takes seconds, much more where kernels must be compiled first.
 *
 * A helper program runs them in a process of its own, so that a driver that crashes, or is not done
 * with a kernel in 300 s (or LOWBEND_SELF_TEST_SECONDS), is a failure like others; the calling
 * process gets a child for that time, which it must not wait for. Where the helper cannot be
 * started they run in the calling process, as an LB_LOG_INFO message says.
 *
 * What comes out is kept in the user's cache folder, by device, driver, program version and kernel
 * files. lb_train() looks there, tests what it uses where nothing is kept, and takes another path
 * with a warning where a test fails and there is another: separate kernels for small networks, and
 * for LB_GEMM_AUTO the other back end. This function tests all again, whatever is kept.
 *
 * @param report may be NULL
 * @return LB_OK, LB_ERR_NUMERIC or, after a crash or hang, LB_ERR_OPENCL (naming device, driver and
 *         the first family that fails), LB_ERR_MEMORY
 */
LB_API enum lb_status lb_device_self_test(struct lb_device *device, lb_self_test_fn report,
                                          void *user);

#ifdef __cplusplus
}
#endif

#endif
