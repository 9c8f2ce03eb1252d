/* Choice of the back end for a device. */
#ifndef LB_GEMM_CHOOSE_H
#define LB_GEMM_CHOOSE_H

#include "gemm/gemm.h"

/**
 * Resolves LB_GEMM_AUTO: panel on CPU devices; elsewhere the faster back end, measured once and
 * cached, or panel, with a warning, if this build has no other. Other kinds are returned unchanged.
 */
enum lb_status lb_gemm_choose(struct lb_device *device, enum lb_gemm_kind kind,
                              enum lb_gemm_kind *out);

/** The measurement of lb_gemm_choose() on any device; also cached. */
enum lb_status lb_gemm_measure_fastest(struct lb_device *device, enum lb_gemm_kind *out);

#endif
