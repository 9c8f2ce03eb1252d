/* Noisy codes for a decoder in training (method.md, section 4): host side of cl/nn/code_noise.cl.
 */
#ifndef LB_NN_CODE_NOISE_H
#define LB_NN_CODE_NOISE_H

#include <stdint.h>

#include "device/device.h"

/**
 * Enqueues codes (n) <- codes + sigma g, where g are standard normal numbers that depend only on
 * (seed, step, position).
 */
enum lb_status lb_code_noise_add(struct lb_device *device, cl_mem codes, size_t n, double sigma,
                                 uint64_t seed, uint32_t step);

/** The same for a part: n codes starting at codes[at], which have positions `first` onwards. */
enum lb_status lb_code_noise_add_part(struct lb_device *device, cl_mem codes, size_t at,
                                      size_t first, size_t n, double sigma, uint64_t seed,
                                      uint32_t step);

#endif
