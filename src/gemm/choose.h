/* Which back end serves a device. */
#ifndef LB_GEMM_CHOOSE_H
#define LB_GEMM_CHOOSE_H

#include "gemm/gemm.h"

/**
 * What LB_GEMM_AUTO stands for: panel on CPU devices; elsewhere the faster one, measured once and
 * kept in the cache folder, or panel, with a warning, where this build has no other. Other kinds
 * stand for themselves.
 */
enum lb_status lb_gemm_choose(struct lb_device *device, enum lb_gemm_kind kind,
                              enum lb_gemm_kind *out);

/** The measurement of lb_gemm_choose(), whatever the device; kept likewise. */
enum lb_status lb_gemm_measure_fastest(struct lb_device *device, enum lb_gemm_kind *out);

#endif
