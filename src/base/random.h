/* A sequence of random doubles, a pure function of (seed, stream, step, index). */
#ifndef LB_BASE_RANDOM_H
#define LB_BASE_RANDOM_H

#include "base/philox.h"

/** Starts by lb_random_start(); holds the place in its sequence. */
struct lb_random {
    uint32_t counter[4]; ///< blocks drawn, index, step, stream
    uint32_t key[2];
    uint32_t block[4];
    int used; ///< words of the block that are spent
};

struct lb_random lb_random_start(uint64_t seed, enum lb_stream stream, uint32_t step,
                                 uint32_t index);

/** Uniform in (0,1): 52 bits and a half. */
double lb_random_uniform(struct lb_random *random);

/** A uniform unit vector of n = 2 or 3 numbers. */
void lb_random_direction(struct lb_random *random, int n, double *direction);

#endif
