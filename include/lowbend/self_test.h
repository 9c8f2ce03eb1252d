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
 * Where all is well the verdict is kept in the user's cache folder, by device, driver, program
 * version and kernel files; lb_train() asks for it, and tests what it uses where there is none.
 *
 * @param report may be NULL
 * @return LB_OK, LB_ERR_NUMERIC (naming device, driver and the first family that is wrong),
 *         LB_ERR_MEMORY
 */
LB_API enum lb_status lb_device_self_test(struct lb_device *device, lb_self_test_fn report,
                                          void *user);

#ifdef __cplusplus
}
#endif

#endif
