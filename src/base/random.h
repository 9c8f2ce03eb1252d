/* A sequence of random doubles as a pure function of (seed, stream, step, index). */
#ifndef LB_BASE_RANDOM_H
#define LB_BASE_RANDOM_H

#include "base/philox.h"

/** Initialised by lb_random_start(); holds the position in its sequence. */
struct lb_random {
    uint32_t counter[4]; ///< block number, index, step, stream
    uint32_t key[2];
    uint32_t block[4];
    int used; ///< used words of the block
};

struct lb_random lb_random_start(uint64_t seed, enum lb_stream stream, uint32_t step,
                                 uint32_t index);

/** Uniform in (0,1), with 52 bits. */
double lb_random_uniform(struct lb_random *random);

/** A uniform unit vector of n = 2 or 3 numbers. */
void lb_random_direction(struct lb_random *random, int n, double *direction);

#endif
