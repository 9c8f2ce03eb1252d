/* Philox4x32-10 (Salmon et al. 2011) on the host; cl/lib/philox.cl is its twin on the device. */
#ifndef LB_BASE_PHILOX_H
#define LB_BASE_PHILOX_H

#include <stdint.h>

/** out = Philox4x32-10(counter, key). */
void lb_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/** A uniform number in (0,1): the top 24 bits plus one half, times 2^-24. */
static inline double lb_philox_uniform(uint32_t bits)
{
    return ((double)(bits >> 8) + 0.5) / 16777216.0;
}

#endif
