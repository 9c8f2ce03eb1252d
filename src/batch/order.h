/*
 * Seeded shuffling without stored permutations: the item at a position in an endless sequence of
 * epochs is a pure function of (seed, stream, position), so resuming needs no state.
 */
#ifndef LB_BATCH_ORDER_H
#define LB_BATCH_ORDER_H

#include <stdint.h>

#include "base/philox.h"

#define LB_PERMUTATION_ROUNDS 8

/** A permutation of 0..n-1, evaluated one index at a time. */
struct lb_permutation {
    uint64_t n;
    int half_bits; ///< of the Feistel network, with domain 4^half_bits at least n
    uint32_t keys[LB_PERMUTATION_ROUNDS];
};

/** Permutation `number` of n (at least 1) items. */
void lb_permutation_start(struct lb_permutation *permutation, uint64_t n, uint64_t seed,
                          enum lb_stream stream, uint64_t number);

/**
 * Image of i < n: a balanced Feistel network (Luby and Rackoff 1988) keyed by Philox, applied
 * repeatedly until the output is below n (cycle walking, Black and Rogaway 2002).
 */
uint64_t lb_permutation_at(const struct lb_permutation *permutation, uint64_t i);

/** A sequence of epochs of n items, each in its own order. */
struct lb_order {
    uint64_t n;
    uint64_t seed;
    enum lb_stream stream;
    uint64_t epoch; ///< epoch of `permutation`, cached because neighbouring positions share it
    struct lb_permutation permutation;
};

void lb_order_start(struct lb_order *order, uint64_t n, uint64_t seed, enum lb_stream stream);

/** The item at this position. */
uint64_t lb_order_at(struct lb_order *order, uint64_t position);

#endif
