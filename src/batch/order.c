#include "batch/order.h"

/* Narrower halves do not mix well: with 2 bits some orders of five items occur twice as often as
 * others. */
enum { SMALLEST_HALF = 4 };

void lb_permutation_start(struct lb_permutation *permutation, uint64_t n, uint64_t seed,
                          enum lb_stream stream, uint64_t number)
{
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    permutation->n = n;
    permutation->half_bits = SMALLEST_HALF;
    while (permutation->half_bits < 32 && n > (uint64_t)1 << 2 * permutation->half_bits) {
        permutation->half_bits++;
    }
    for (uint32_t k = 0; k < LB_PERMUTATION_ROUNDS; k += 4) {
        const uint32_t counter[4] = {(uint32_t)number, (uint32_t)(number >> 32), k,
                                     (uint32_t)stream};
        lb_philox4x32(counter, key, permutation->keys + k);
    }
}

/* Spreads every bit of x over all 32 (finaliser of MurmurHash3). */
static uint32_t mix(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x85ebca6bu;
    x ^= x >> 13;
    x *= 0xc2b2ae35u;
    return x ^ x >> 16;
}

uint64_t lb_permutation_at(const struct lb_permutation *permutation, uint64_t i)
{
    const int bits = permutation->half_bits;
    const uint32_t mask = bits < 32 ? ((uint32_t)1 << bits) - 1 : UINT32_MAX;
    do {
        uint32_t left = (uint32_t)(i >> bits);
        uint32_t right = (uint32_t)i & mask;
        for (int k = 0; k < LB_PERMUTATION_ROUNDS; k++) {
            const uint32_t next = left ^ (mix(right ^ permutation->keys[k]) & mask);
            left = right;
            right = next;
        }
        i = (uint64_t)left << bits | right;
    } while (i >= permutation->n);
    return i;
}

void lb_order_start(struct lb_order *order, uint64_t n, uint64_t seed, enum lb_stream stream)
{
    order->n = n;
    order->seed = seed;
    order->stream = stream;
    order->epoch = 0;
    lb_permutation_start(&order->permutation, n, seed, stream, 0);
}

uint64_t lb_order_at(struct lb_order *order, uint64_t position)
{
    const uint64_t epoch = position / order->n;
    if (epoch != order->epoch) {
        order->epoch = epoch;
        lb_permutation_start(&order->permutation, order->n, order->seed, order->stream, epoch);
    }
    return lb_permutation_at(&order->permutation, position % order->n);
}
